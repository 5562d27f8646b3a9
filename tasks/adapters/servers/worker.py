"""The worker that starts flow runs: its command, and what the Prefect server knows of it."""

from tasks.adapters.servers import api
from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.process import Command, python_module

POOL = "keel"

# One name for all restarts, so that the server shows one worker and not one for every start.
_NAME = "keel"


def worker(plan: Plan) -> Command:
    """A process worker that asks every 4 s and prefetches 10 s: scheduled runs start within about a second.

    Prefetch must exceed the interval of asking, or runs are late by the difference.
    """
    return Command(
        name="worker",
        argv=python_module(
            *("prefect", "--no-prompt", "worker", "start"),
            *("--pool", POOL, "--type", "process", "--name", _NAME),
        ),
        env={**client_env(plan), "PREFECT_WORKER_QUERY_SECONDS": "4", "PREFECT_WORKER_PREFETCH_SECONDS": "10"},
        keyed=True,  # flow runs, which are its children, trade
    )


def worker_online(api_url: str) -> bool:
    """Whether the server has heard from the worker lately; it believes in one that died for another 90 s."""
    found = api.call(api_url, "POST", f"/work_pools/{POOL}/workers/filter", {})
    return any(each["name"] == _NAME and each["status"] == "ONLINE" for each in found)


def forget_worker(api_url: str) -> None:
    """Remove what the server remembers of an earlier worker, which would look online before the new one is."""
    api.call(api_url, "DELETE", f"/work_pools/{POOL}/workers/{_NAME}", accept=404)
