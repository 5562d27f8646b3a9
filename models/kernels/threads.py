"""Compiled work on many rows at once, in threads: compiled functions let go of the interpreter's lock.

Not numba's own parallel loops: of their threading layers one dies when two threads call it, and another does not
survive the fork of its process.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from models.kernels.compile import config

# Parts that each thread gets, so that none waits long for one with heavier rows.
PARTS = 8


def in_threads(work: Callable[[int, int], None], count: int) -> None:
    """Call `work` with the first and last (excluded) row of each of the parts that `count` rows are cut into.

    As many threads as numba would take: one for each processor of the process, or NUMBA_NUM_THREADS. What a part raises
    is raised here.
    """
    threads = int(config.NUMBA_NUM_THREADS)
    size = max(1, -(-count // (threads * PARTS)))
    begins = range(0, count, size)
    ends = [min(count, begin + size) for begin in begins]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, begins, ends))
