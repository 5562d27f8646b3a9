"""Finding log lines again, in the files of every process, the rotated ones too."""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Names of a line that hold the id of an order: itself, what it is for, and whose place it takes.
ORDERS = ("cid", "parent")
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines; None: all of them.

    Attributes:
        cycle: id of a cycle: its lines, and those of its orders that other threads and processes wrote.
        order: client order id, also of the intent that several orders are for.
        since: ISO 8601 in UTC, from then on.
        level: this one or a graver one.
    """

    cycle: str | None = None
    order: str | None = None
    since: str | None = None
    level: str = "DEBUG"


@dataclass(frozen=True, slots=True)
class Found:
    """The newest lines in the order of their times, how many there are in all, and how many could not be read: what a
    full disk or a kill has cut off.
    """

    lines: tuple[Line, ...]
    every: int
    unreadable: int


@dataclass(slots=True)
class _Count:
    every: int = 0
    unreadable: int = 0


def found_lines(folder: Path, wanted: Wanted, last: int = 1_000_000) -> Found:
    """The newest `last` of every file below the folder; one that goes while it is read is read as far as it was there.
    No more than these are held in memory.
    """
    mine, count = _orders_of(folder, wanted), _Count()
    newest = heapq.nlargest(last, _counted(folder, wanted, mine, count), key=_order)
    return Found(tuple(line for _, line in reversed(newest)), count.every, count.unreadable)


def _counted(folder: Path, wanted: Wanted, mine: set[str], count: _Count) -> Iterator[tuple[int, Line]]:
    for path in _paths(folder):
        for line in _lines(path, count):
            if _is_plain(line, wanted) and _is_about(line, wanted, mine):
                count.every += 1
                yield count.every, line


def _order(numbered: tuple[int, Line]) -> tuple[str, int]:
    """By time, and as they stand in the files."""
    return _time(numbered[1]), numbered[0]


def _orders_of(folder: Path, wanted: Wanted) -> set[str]:
    """Ids of the orders that the wanted cycle has lines about."""
    if wanted.cycle is None:
        return set()
    lines = (one for path in _paths(folder) for one in _lines(path, _Count()) if one.get("cycle") == wanted.cycle)
    return {str(one[name]) for one in lines for name in ORDERS if one.get(name)}


def new_lines(folder: Path, wanted: Wanted, read: dict[bytes, int]) -> list[Line]:
    """Lines since the last call with the same `read` (bytes that were read of each file, which is known by its first
    line: names and inodes are given anew); of the first call none. A file that was rotated in between is read on.
    """
    is_first, found = not read, list[Line]()
    read.setdefault(b"", 0)
    for path in _paths(folder):
        try:
            with path.open("rb") as file:
                name = file.readline()
                file.seek(read.get(name, 0))
                whole = file.read().rpartition(b"\n")
        except FileNotFoundError:
            continue  # rotated away
        if name.endswith(b"\n"):
            read[name] = read.get(name, 0) + len(whole[0]) + len(whole[1])
        if name.endswith(b"\n") and not is_first:
            found += _parsed(whole[0].splitlines(), _Count())
    kept = [one for one in found if _is_plain(one, wanted) and _is_about(one, wanted, set())]
    return sorted(kept, key=_time)


def _time(line: Line) -> str:
    return str(line.get("time", ""))


def _paths(folder: Path) -> list[Path]:
    """The oldest of each process first."""
    found = [*folder.glob("*.jsonl"), *folder.glob("*.jsonl.[0-9]*")]
    return sorted(found, key=lambda path: (path.name.partition(".")[0], -_place(path)))


def _place(path: Path) -> int:
    last = path.suffix[1:]
    return int(last) if last.isdigit() else 0


def _lines(path: Path, count: _Count) -> Iterator[Line]:
    try:
        with path.open("rb") as file:
            yield from _parsed(file, count)
    except FileNotFoundError:
        return  # rotated away


def _parsed(lines: Iterable[bytes], count: _Count) -> Iterator[Line]:
    for one in lines:
        if not one.strip():
            continue
        try:
            line = json.loads(one)
        except ValueError:
            count.unreadable += 1
            continue
        if isinstance(line, dict):
            yield line
        else:
            count.unreadable += 1


def _is_plain(line: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether time and level are wanted."""
    level = str(line.get("level", "")).upper()
    grave = level not in LEVELS or LEVELS.index(level) >= LEVELS.index(wanted.level)
    return grave and (wanted.since is None or str(line.get("time", "")) >= wanted.since)


def _is_about(line: Mapping[str, Any], wanted: Wanted, mine: set[str]) -> bool:
    named = {str(line[name]) for name in ORDERS if line.get(name)}
    if wanted.cycle is not None and line.get("cycle") != wanted.cycle and not named & mine:
        return False
    # The orders of an intent have its id, and a number behind it.
    return wanted.order is None or any(one == wanted.order or one.startswith(f"{wanted.order}-") for one in named)
