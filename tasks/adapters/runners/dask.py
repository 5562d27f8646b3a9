"""Chunks on the workers of a Dask cluster: processes of this machine, or of others.

A chunk whose worker died is done again on another one: it is pure, so the result is the same. Dask does that by itself
while the chunk's inputs are alive; where a large part of the work went with the worker, that is sent and the chunk is
submitted once more.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from models.kernels.compile import config
from models.types import Unavailable
from tasks.adapters.runners.connecting import connected
from tasks.adapters.runners.sending import Letter, Sender

if TYPE_CHECKING:
    from distributed import Client, Future

Work = TypeVar("Work")
Done = TypeVar("Done")

# How often a cluster is asked whether it still has workers, and how long it may be without: a new one needs seconds.
LOOK_S = 1.0
PATIENCE_S = 60.0
# A result that does not come within this went with its worker.
FETCH_S = 30.0
# Workers that may be lost with one chunk before it is the chunk that is suspected.
LIVES = 10


@dataclass(frozen=True, slots=True)
class _Chunk(Generic[Work]):
    number: int
    work: Work
    lost: int = 0


class DaskRunner:
    """Runs on the cluster that `client` is connected to; whoever made the client closes it."""

    def __init__(self, client: "Client") -> None:
        self.client = client
        self.sender = Sender(client, PATIENCE_S)

    def run(self, function: Callable[[Work], Done], works: Sequence[Work]) -> Iterator[tuple[int, Done]]:
        """See `tasks.ports.Runner`. A work is read once a worker is free for it. After an error, or when the caller
        leaves, what has not begun is cancelled.

        Where works are tuples, their elements of a megabyte and more are sent once, for as long as runs that follow
        each other use the same objects, which must not be changed. On a worker they are one object for all chunks.
        """
        coming = enumerate(works)
        running: dict[Future, _Chunk[Work]] = {}
        settled: SimpleQueue[Future] = SimpleQueue()

        def begin(chunks: Iterable[_Chunk[Work]]) -> None:
            for chunk in chunks:
                future = self._submitted(function, chunk.work)
                running[future] = chunk
                future.add_done_callback(settled.put)

        try:
            begin(_Chunk(*one) for one in islice(coming, self._threads()))
            while running:
                first = self._first(settled)
                chunk = running.pop(first)
                try:
                    result = _result(first)
                except _Lost:
                    begin([_again(chunk)])
                    continue
                begin(_Chunk(*one) for one in islice(coming, max(0, self._threads() - len(running))))
                yield chunk.number, result
        finally:
            if self.client.status == "running":
                self.client.cancel(list(running))
            self.sender.forget()

    def _submitted(self, function: Callable[[Work], Done], work: Work) -> "Future":
        with _answering(self.client):
            letter, large = self.sender.letter(work)
            return self.client.submit(_do, function, letter, *large, pure=False)

    def _first(self, settled: "SimpleQueue[Future]") -> "Future":
        while True:
            with suppress(Empty):
                return settled.get(timeout=LOOK_S)
            self._threads()

    def _threads(self) -> int:
        """Of all workers; where there is none, the first is waited for."""
        with _answering(self.client):
            self.client.wait_for_workers(1, timeout=PATIENCE_S)
            return sum(self.client.nthreads().values())


@contextmanager
def dask_runner(address: str | None, workers: int | None) -> Iterator[DaskRunner]:
    """A runner on a cluster, see `connected`."""
    with connected(address, workers) as client:
        yield DaskRunner(client)


class _Lost(Exception):
    """The chunk has to be submitted again."""


@contextmanager
def _answering(client: "Client") -> Iterator[None]:
    if client.status == "closed":
        raise Unavailable("the connection to the Dask cluster is closed; run again, once its scheduler does")
    try:
        yield
    except TimeoutError as error:
        found = f"the Dask cluster has had no worker for {PATIENCE_S:g} s"
        raise Unavailable(f"{found}; see what ended them, start some and run again") from error
    except OSError as error:
        raise Unavailable(f"the Dask cluster does not answer ({error}); see whether its scheduler runs") from error


def _again(chunk: _Chunk[Work]) -> _Chunk[Work]:
    lost = chunk.lost + 1
    if lost == LIVES:
        found = f"chunk {chunk.number} was lost with its worker {lost} times"
        raise Unavailable(f"{found}; see in the workers' logs what ends them, want of memory for instance")
    return replace(chunk, lost=lost)


def _result(future: "Future") -> Any:
    """What the chunk returned; what it raised is raised."""
    from distributed.scheduler import KilledWorker

    if future.status == "finished":
        try:
            return future.result(timeout=FETCH_S)
        except (TimeoutError, CancelledError) as error:
            raise _Lost from error
    try:
        return future.result()
    except (KilledWorker, CancelledError) as error:
        raise _Lost from error


def _do(function: Callable[[Any], Done], letter: Letter, *large: object) -> Done:
    # On a worker, whose other threads have chunks of their own.
    config.NUMBA_NUM_THREADS = 1
    return function(letter.opened(large))
