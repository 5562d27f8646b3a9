"""How the parts of a stack are, by asking them: those that this home has started, and those of other machines."""

from dataclasses import dataclass
from pathlib import Path

from conf.secrets import scrub
from models.types.errors import KeelError, Unavailable
from tasks.adapters.servers import health, record
from tasks.adapters.servers.elsewhere import elsewhere
from tasks.adapters.servers.pools import POOL
from tasks.adapters.servers.process import ServerProcess, alive
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.worker import process_of, worker_online, workers_online


@dataclass(frozen=True, slots=True)
class Component:
    """One part: whether it works, why it does or does not in a few words, and where to open it."""

    name: str
    ok: bool
    why: str
    url: str | None = None


def status(home: Path, pools: tuple[str, ...] = (POOL,)) -> list[Component]:
    """Health of prefect, mlflow and the worker of each pool, in this order, whether or not they were ever started; then
    of the API where it was. What the environment names on other machines is asked there.
    """
    stack = record.load(home)
    other = elsewhere(None if stack is None else stack.plan)
    workers = [process_of(pool) for pool in pools]
    serves = stack is not None and any(one.name == "api" for one in stack.processes)
    return [
        _component(stack, "prefect") if other.api_url is None else _server("prefect", other.api_url, "/health"),
        _component(stack, "mlflow") if other.mlflow_url is None else _server("mlflow", other.mlflow_url, "/health"),
        *(
            _component(stack, name) if other.api_url is None else _workers(name, other.api_url, pool)
            for name, pool in zip(workers, pools, strict=True)
        ),
        *([_component(stack, "api")] if serves else []),
    ]


def _component(stack: Stack | None, name: str) -> Component:
    process = None if stack is None else next((each for each in stack.processes if each.name == name), None)
    if stack is None or process is None:
        return Component(name, False, "not started: `keel up` starts it")
    trouble = _trouble(process, stack.plan.api_url)
    return Component(name, trouble is None, trouble or "works", process.url)


def _trouble(process: ServerProcess, api_url: str) -> str | None:
    if not alive(process):
        return f"has ended: see {process.log}"
    if process.health is None:  # a worker serves nobody; the Prefect server knows of it
        return _silence(api_url, process.name)
    return None if health.answers(process.health) else f"runs, but does not answer: see {process.log}"


def _silence(api_url: str, name: str) -> str | None:
    pool = name.partition("-")[2] or POOL
    try:
        return None if worker_online(api_url, pool) else "runs, but the Prefect server has not heard from it"
    except Unavailable:
        return "runs, but the Prefect server does not answer"


def _server(name: str, url: str, path: str) -> Component:
    ok = health.answers(url + path)
    shown = scrub(url.removesuffix("/api"))
    return Component(name, ok, "elsewhere: works" if ok else "elsewhere: does not answer from here", shown)


def _workers(name: str, api_url: str, pool: str) -> Component:
    try:
        found = workers_online(api_url, pool)
    except KeelError as error:
        return Component(name, False, f"elsewhere: {error}")
    said = f"elsewhere: {len(found)} of the pool {pool} ({', '.join(found)})"
    return Component(name, bool(found), said if found else f"elsewhere: the pool {pool} has no worker that is heard of")
