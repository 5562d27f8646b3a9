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
from tasks.adapters.servers.deploy import create_work_pool, deploy_all
from tasks.adapters.servers.guardian import guardian
from tasks.adapters.servers.mlflow_server import mlflow_server
from tasks.adapters.servers.plan import Plan, client_env, state_dir
from tasks.adapters.servers.ports import require_free
from tasks.adapters.servers.prefect_server import prefect_server
from tasks.adapters.servers.process import Command, alive, launch, stop, stop_marked
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.worker import forget_worker, worker, worker_online

# The worker first: it would go on submitting runs to a server that is about to leave. Who watches goes last.
_STOP_ORDER = ("worker", "prefect", "mlflow", "guardian")

_GRACE_S = 10.0


def up(plan: Plan, report: Callable[[str], None]) -> Stack:
    """Start servers, deploy the flows, start worker and guardian, and return once all servers work.

    Raises Refused when a stack of this home runs, Unavailable when a port is taken or a part does not start. Whatever
    ends it early, an interrupt too, everything that it had started is stopped before the exception goes on.
    """
    with record.sole_starter(plan.home):
        _refuse_second(plan.home)
        require_free(plan.prefect_port, "prefect")
        require_free(plan.mlflow_port, "mlflow")
        try:
            return _start(plan, report)
        except BaseException:
            with _uninterrupted():
                down(plan.home)
            raise


def down(home: Path) -> list[str]:
    """Stop what is recorded, the worker first; return the names of the parts that were running."""
    stack = record.load(home)
    if stack is None:
        return []
    processes = sorted(stack.processes, key=lambda each: _STOP_ORDER.index(each.name))
    stopped = [each.name for each in processes if stop(each, _GRACE_S)]
    stop_marked(stack.mark, _GRACE_S)  # started, but interrupted before it was recorded
    record.forget(home)
    return stopped


def _start(plan: Plan, report: Callable[[str], None]) -> Stack:
    stack = Stack(plan, mark=f"{uuid.uuid4().hex}/")
    record.save(stack)  # before the first process: whatever happens next, the mark finds all of them
    report(f"Starting Prefect on {plan.api_url} and MLflow on {plan.mlflow_url}")
    stack = _launch(stack, prefect_server(plan), cwd=state_dir(plan.home))
    stack = _launch(stack, mlflow_server(plan), cwd=state_dir(plan.home))
    prefect, mlflow = stack.processes
    health.wait_healthy(prefect)
    report("Deploying the flows")  # meanwhile MLflow, which takes longer, goes on starting
    create_work_pool(plan.api_url)
    deploy_all(plan.root, {**client_env(plan), family.MARK: f"{stack.mark}deploy"})
    health.wait_healthy(mlflow)
    report("Starting the worker and the guardian")
    stack = _start_worker(stack)
    return _launch(stack, guardian(plan), cwd=plan.root)


def _start_worker(stack: Stack) -> Stack:
    forget_worker(stack.plan.api_url)
    stack = _launch(stack, worker(stack.plan), cwd=stack.plan.root)
    health.wait_until(partial(worker_online, stack.plan.api_url), stack.processes[-1])
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
