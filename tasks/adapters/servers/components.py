"""How the parts of a stack are, by asking them."""

from dataclasses import dataclass
from pathlib import Path

from models.types.errors import Unavailable
from tasks.adapters.servers import health, record
from tasks.adapters.servers.process import ServerProcess, alive
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.worker import worker_online


@dataclass(frozen=True, slots=True)
class Component:
    """One part: whether it works, why it does or does not in a few words, and where to open it."""

    name: str
    ok: bool
    why: str
    url: str | None = None


def status(home: Path) -> list[Component]:
    """Health of prefect, mlflow and worker, in this order, whether or not they were ever started."""
    stack = record.load(home)
    return [_component(stack, name) for name in ("prefect", "mlflow", "worker")]


def _component(stack: Stack | None, name: str) -> Component:
    process = None if stack is None else next((each for each in stack.processes if each.name == name), None)
    if stack is None or process is None:
        return Component(name, False, "not started: `keel up` starts it")
    trouble = _trouble(process, stack.plan.api_url)
    return Component(name, trouble is None, trouble or "works", process.url)


def _trouble(process: ServerProcess, api_url: str) -> str | None:
    if not alive(process):
        return f"has ended: see {process.log}"
    if process.health is None:  # the worker serves nobody; the Prefect server knows of it
        return _silence(api_url)
    return None if health.answers(process.health) else f"runs, but does not answer: see {process.log}"


def _silence(api_url: str) -> str | None:
    try:
        return None if worker_online(api_url) else "runs, but the Prefect server has not heard from it"
    except Unavailable:
        return "runs, but the Prefect server does not answer"
