"""Chunks of work that workers in other processes can import: compiled, wrong, waiting, deadly."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from models.kernels import rolling_std
from models.kernels.compile import config
from models.types import FloatArray

PATIENCE_S = 30.0


class Read(Sequence):
    """Works that remember how many of them were read."""

    def __init__(self, works: list) -> None:
        self.works, self.read = works, 0

    def __len__(self) -> int:
        return len(self.works)

    def __getitem__(self, number: int):
        return self.works[number]

    def __iter__(self) -> Iterator:
        for work in self.works:
            self.read += 1
            yield work


def spreads(work: tuple[FloatArray, int]) -> FloatArray:
    """Rolling deviations of the array, every hundredth: compiled work on much that gives little."""
    values, window = work
    return rolling_std(values, window)[::100]


def wrong_at_two(number: int) -> int:
    if number == 2:
        raise ValueError(f"chunk {number} is wrong")
    return number


def after_the_gate(work: tuple[FloatArray, int, Path]) -> FloatArray:
    """Writes down which process has it, and waits for a file `open` before it does anything."""
    values, window, folder = work
    (folder / f"{window}-{os.getpid()}").touch()
    _wait_for(folder / "open")
    return spreads((values, window))


def second_first(work: tuple[int, Path]) -> int:
    """Chunk 0 is done once chunk 1 is, and some time later."""
    number, folder = work
    if number == 0:
        _wait_for(folder / "1")
        time.sleep(0.5)
    (folder / str(number)).touch()
    return number


def deadly(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


class Remembering:
    """Something large that remembers, wherever it is, how often it was asked; the memory does not travel."""

    def __init__(self, values: FloatArray) -> None:
        self.values, self.asked = values, 0

    def __getstate__(self) -> dict[str, object]:
        return {"values": self.values, "asked": 0}


class Asked(NamedTuple):
    market: Remembering
    number: int


def asked(work: Asked) -> tuple[float, int, int]:
    work.market.asked += 1
    return float(work.market.values[work.number]), os.getpid(), work.market.asked


def seen_there(work: FloatArray | Remembering) -> tuple[int, bool, bool, int]:
    """Threads that compiled work would take, and what an array looks like on the worker."""
    flags = (work.values if isinstance(work, Remembering) else work).flags
    return int(config.NUMBA_NUM_THREADS), flags.writeable, flags.c_contiguous, os.getpid()


def _wait_for(path: Path) -> None:
    begin = time.monotonic()
    while not path.exists():
        assert time.monotonic() - begin < PATIENCE_S, f"{path.name} never came"
        time.sleep(0.005)
