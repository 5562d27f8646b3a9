"""A client of a Dask cluster: of one that runs already, or of one of this machine's processes.

Dask is an extra, so it is imported when it is asked for.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from models.kernels.compile import config
from models.types import BadInput, Unavailable

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

CONNECT_S = 10.0
SETTINGS = {
    # Dask would write what workers need into the environment of this process: one thread for all of its libraries.
    "distributed.nanny.pre-spawn-environ": {},
    # A worker that does not come back within this is gone for good; a busy machine needs longer than Dask allows.
    "distributed.deploy.lost-worker-timeout": "10m",
    # It would take what works share from all workers but one as soon as nobody reads it: from the next chunk's.
    "distributed.scheduler.active-memory-manager.start": False,
}


@contextmanager
def connected(address: str | None, workers: int | None) -> "Iterator[Client]":
    """A client of the scheduler at `address`, or of a cluster of this machine: so many processes of one thread each
    (None: one for each processor), which ends with the context, and where nobody else can connect to.

    Raises:
        BadInput: Dask is not installed, or the address is none.
        Unavailable: no scheduler answers there.
    """
    distributed = _distributed()
    with ExitStack() as closing:
        closing.enter_context(_quiet())
        if address is None:
            cluster = closing.enter_context(_local_cluster(distributed, workers))
            client = distributed.Client(cluster, set_as_default=False)
        else:
            client = _client_at(distributed, address)
        yield closing.enter_context(client)


def _distributed() -> ModuleType:
    try:
        return import_module("distributed")
    except ImportError as error:
        found = f"Dask is not installed ({error})"
        raise BadInput(f"{found}; make install-dev brings it, or take --runner threads") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Workers that end and come back are Dask's daily business; what matters to the caller is raised."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    before = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for one, level in zip(loggers, before, strict=True):
            one.setLevel(level)


def _client_at(distributed: ModuleType, address: str) -> "Client":
    try:
        return distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except OSError as error:
        said = f"no Dask scheduler answers at {address} within {CONNECT_S:g} s"
        raise Unavailable(f"{said}; start one, or leave evolution.dask_address out") from error
    except ValueError as error:
        raise BadInput(f"{address} is no address of a Dask scheduler ({error}); give tcp://host:port") from error


@contextmanager
def _local_cluster(distributed: ModuleType, workers: int | None) -> "Iterator[LocalCluster]":
    import dask

    with (
        dask.config.set(SETTINGS),
        distributed.LocalCluster(
            n_workers=int(config.NUMBA_NUM_THREADS) if workers is None else workers,
            threads_per_worker=1,
            host="127.0.0.1",
            # A worker runs what it is told: without certificates any user of the machine could tell it something.
            security=distributed.Security.temporary(),
            dashboard_address="127.0.0.1:0",
            # Half of the memory is no reason to stop: what a worker has is what the threads would have in one process.
            memory_limit=0,
            preload=["tasks.adapters.runners.preload"],
        ) as cluster,
    ):
        yield cluster
