"""The whole embedded stack: up and down, leaving nothing behind whatever interrupts it."""

import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from models.types.errors import Refused
from tasks.adapters.servers import family, health, record
from tasks.adapters.servers.alerts import alerts
from tasks.adapters.servers.deploy import deploy_all
from tasks.adapters.servers.guardian import guardian
from tasks.adapters.servers.mlflow_server import mlflow_server
from tasks.adapters.servers.plan import Plan, client_env, state_dir
from tasks.adapters.servers.ports import require_free
from tasks.adapters.servers.prefect_server import prefect_server
from tasks.adapters.servers.process import Command, alive, launch, stop, stop_marked
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.serving import serving
from tasks.adapters.servers.stores import EMBEDDED, Stores
from tasks.adapters.servers.worker import forget_worker, worker, worker_online

# The worker first: it would go on submitting runs to a server that is about to leave. Who watches goes last, and who
# tells people of it after that.
_STOP_ORDER = ("worker", "api", "prefect", "mlflow", "guardian", "alerts")

_GRACE_S = 10.0


def up(plan: Plan, report: Callable[[str], None], stores: Stores = EMBEDDED) -> Stack:
    """Start servers, deploy the flows, start worker, guardian and alerts, and return once all servers work.

    Raises Refused when a stack of this home runs, Unavailable when a port is taken or a part does not start. Whatever
    ends it early, an interrupt too, everything that it had started is stopped before the exception goes on.
    """
    with record.sole_starter(plan.home):
        _refuse_second(plan.home)
        require_free(plan.prefect_port, "prefect")
        require_free(plan.mlflow_port, "mlflow")
        if plan.api_port is not None:
            require_free(plan.api_port, "api", "api.port")
        try:
            return _start(plan, report, stores)
        except BaseException:
            with _uninterrupted():
                down(plan.home)
            raise


def down(home: Path) -> list[str]:
    """Stop what is recorded, the worker first; return the names of the parts that were running."""
    stack = record.load(home)
    if stack is None:
        return []
    processes = sorted(stack.processes, key=lambda each: _STOP_ORDER.index(each.name.partition("-")[0]))
    stopped = [each.name for each in processes if stop(each, _GRACE_S)]
    stop_marked(stack.mark, _GRACE_S)  # started, but interrupted before it was recorded
    record.forget(home)
    return stopped


def _start(plan: Plan, report: Callable[[str], None], stores: Stores) -> Stack:
    stack = Stack(plan, mark=f"{uuid.uuid4().hex}/")
    record.save(stack)  # before the first process: whatever happens next, the mark finds all of them
    report(f"Starting Prefect on {plan.api_url} and MLflow on {plan.mlflow_url}")
    stack = _launch(stack, prefect_server(plan, stores.prefect), cwd=state_dir(plan.home))
    stack = _launch(stack, mlflow_server(plan, stores.mlflow), cwd=state_dir(plan.home))
    prefect, mlflow = stack.processes
    health.wait_healthy(prefect)
    report("Deploying the flows")  # meanwhile MLflow, which takes longer, goes on starting
    deploy_all(plan.root, {**client_env(plan), family.MARK: f"{stack.mark}deploy"}, plan.pools)
    health.wait_healthy(mlflow)
    report("Starting the worker, the guardian and the alerts")
    for pool in plan.pools:
        stack = _start_worker(stack, pool)
    stack = _launch(stack, guardian(plan), cwd=plan.root)
    stack = _launch(stack, alerts(plan), cwd=plan.root)
    return stack if plan.api_port is None else _start_api(stack, plan.api_port)


def _start_api(stack: Stack, port: int) -> Stack:
    """Last: whatever it shows is there."""
    stack = _launch(stack, serving(stack.plan, port), cwd=stack.plan.root)
    health.wait_healthy(stack.processes[-1])
    return stack


def _start_worker(stack: Stack, pool: str) -> Stack:
    forget_worker(stack.plan.api_url, pool)
    stack = _launch(stack, worker(stack.plan, pool), cwd=stack.plan.root)
    health.wait_until(partial(worker_online, stack.plan.api_url, pool), stack.processes[-1])
    return stack


def _launch(stack: Stack, command: Command, cwd: Path) -> Stack:
    log = state_dir(stack.plan.home) / "logs" / f"{command.name}.log"
    process = launch(command, cwd, log, mark=f"{stack.mark}{command.name}")
    stack = replace(stack, processes=(*stack.processes, process))
    record.save(stack)
    return stack


def _refuse_second(home: Path) -> None:
    stack = record.load(home)
    if stack is None:
        return
    if any(alive(each) for each in stack.processes):
        raise Refused(f"The servers of {home} already run, at {stack.plan.prefect_url}: `keel down` stops them.")
    down(home)  # what a crash left


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ignore SIGINT: a second Ctrl-C, while the first one cleans up, would leave processes behind."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread is ever interrupted
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
