"""The worker that starts flow runs: its command, and what the Prefect server knows of it."""

from collections.abc import Mapping
from types import MappingProxyType

from tasks.adapters.servers import api
from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.pools import POOL
from tasks.adapters.servers.process import Command, python_module
from tasks.adapters.servers.silent_runs import HEARTBEATS

# One name for all restarts, so that the server shows one worker and not one for every start.
_NAME = "keel"

# It asks every 4 s and prefetches 10 s: scheduled runs start within about a second. Prefetch must exceed the interval
# of asking, or runs are late by the difference.
_PACE: Mapping[str, str] = MappingProxyType(
    {"PREFECT_WORKER_QUERY_SECONDS": "4", "PREFECT_WORKER_PREFETCH_SECONDS": "10"}
)


def worker(plan: Plan, pool: str = POOL) -> Command:
    """A process worker of one pool."""
    return Command(
        name=process_of(pool),
        argv=worker_argv(pool, _NAME),
        env=client_env(plan) | pace(pool),
        keyed=True,  # flow runs, which are its children, trade
    )


def pace(pool: str) -> dict[str, str]:
    """How often a worker asks, and how often runs say that they live where they may be on another machine."""
    return {**_PACE, **({} if pool == POOL else HEARTBEATS)}


def process_of(pool: str) -> str:
    """What the pool's worker is called among the processes of a stack."""
    return "worker" if pool == POOL else f"worker-{pool}"


def worker_argv(pool: str, name: str) -> tuple[str, ...]:
    """The command line of a process worker."""
    return python_module(
        *("prefect", "--no-prompt", "worker", "start"), *("--pool", pool, "--type", "process", "--name", name)
    )


def workers_online(api_url: str, pool: str) -> list[str]:
    """Names of the pool's workers that the server has heard from lately; it believes in one that died for another 90 s.

    Raises:
        Unavailable: the server does not answer, or has no such pool.
    """
    found = api.call(api_url, "POST", f"/work_pools/{pool}/workers/filter", {})
    return sorted(str(each["name"]) for each in found if each["status"] == "ONLINE")


def worker_online(api_url: str, pool: str = POOL) -> bool:
    """Whether the server has heard from this stack's worker lately."""
    return _NAME in workers_online(api_url, pool)


def forget_worker(api_url: str, pool: str = POOL) -> None:
    """Remove what the server remembers of an earlier worker, which would look online before the new one is."""
    api.call(api_url, "DELETE", f"/work_pools/{pool}/workers/{_NAME}", accept=404)
