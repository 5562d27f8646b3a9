"""Chunks in threads of this process: compiled searches let go of the interpreter's lock."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from models.kernels.compile import config

Work = TypeVar("Work")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class ThreadRunner:
    """So many chunks at a time; None: one for each processor of the process."""

    workers: int | None = None

    def run(self, function: Callable[[Work], Done], works: Sequence[Work]) -> Iterator[tuple[int, Done]]:
        """See `tasks.ports.Runner`. A work is read once a thread is free for it; after an error, or when the caller
        leaves, no further one begins and those that run are waited for.
        """
        threads = int(config.NUMBA_NUM_THREADS) if self.workers is None else self.workers
        coming = enumerate(works)
        running: dict[Future[Done], int] = {}
        with ThreadPoolExecutor(threads, "chunk") as pool:

            def begin(count: int) -> None:
                for number, work in islice(coming, count):
                    running[pool.submit(function, work)] = number

            begin(threads)
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                first = min(done, key=running.__getitem__)
                number, result = running.pop(first), first.result()
                begin(1)
                yield number, result
