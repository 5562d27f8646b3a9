"""docs/faults.md: the fault matrix with the results of a run."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from fault_rows import LEVELS, PLANTED, ROWS, SEEDS, Row

HEAD = "| | Fault | What is done | Pure | Simulation | Process | Result | Seconds |"
TEXT = """Every row is shown at the levels that can show it: **pure** is a state machine or a function by itself,
**simulation** the real account, desk and journal on an exchange in memory and a virtual clock, **process** real
sockets, real processes, SIGKILL. A figure is the number of tests; *seeds* are simulations by dice, in which everything
may happen at once: faults of the wire, processes that die at any step or sleep through their lease, other people's
orders and cancels, thin books, rules that change, halts, clocks that jump. The judge of all of them is the exchange's
own log. The keys of all this are canaries: they are in no journal, file, log, traceback or page that it left behind.

`make faults` makes this page; `make faults SEED=N` plays one seed again and says what happened; `make test` plays some.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A test that was run: dotted module, `::`, its name."""

    name: str
    held: bool
    skipped: bool
    seconds: float

    def is_of(self, wanted: str) -> bool:
        """Whether a row means it."""
        file, _, start = wanted.partition("::")
        module = file.removesuffix(".py").replace("/", ".")
        where, _, name = self.name.partition("::")
        return (where == module or where.startswith(f"{module}.")) and name.startswith(start)


@dataclass(frozen=True, slots=True)
class Results:
    """Of a run: seeds, how long they took, what was wrong with them, and the tests."""

    seeds: int
    seconds: float
    wrong: tuple[str, ...]
    cases: tuple[Case, ...]

    @property
    def failed(self) -> tuple[Case, ...]:
        return tuple(one for one in self.cases if not one.held)


def page(results: Results) -> str:
    """The whole page."""
    day, cores = datetime.now(UTC).date(), os.cpu_count()
    found = "none is wrong" if not results.wrong else f"{len(results.wrong)} findings"
    run = [one for one in results.cases if not one.skipped]
    lines = [
        "# Fault matrix",
        "",
        f"Run on {day}, {cores} cores: {results.seeds:,} seeds in {results.seconds:,.0f} s, {found}; "
        f"{len(run)} tests in {sum(one.seconds for one in run):,.0f} s, {len(results.failed)} failed.",
        "",
        TEXT,
        HEAD,
        "|---:|---|---|---|---|---|---|---:|",
        *(row_line(row, results) for row in ROWS),
        "",
        *elsewhere(),
    ]
    return "\n".join([*lines, *broken(results)]).rstrip() + "\n"


def fixed(row: Row) -> str:
    """What a row's line begins with, whatever came of its tests."""
    return f"| {row.number} | {row.fault} | {row.behaviour} |"


def row_line(row: Row, results: Results) -> str:
    """A row of the table."""
    cells = [cell(getattr(row, level), results) for level in LEVELS]
    mine = cases_of(row.tests, results.cases)
    run = [one for one in results.cases if not one.skipped]
    is_missing = any(not cases_of([one], run) for one in row.tests if one != SEEDS)
    held = all(one.held for one in mine) and not (SEEDS in row.tests and results.wrong) and not is_missing
    seconds = sum(one.seconds for one in mine)
    return f"{fixed(row)} {' | '.join(cells)} | {'held' if held else '**broken**'} | {seconds:,.1f} |"


def cell(tests: Sequence[str], results: Results) -> str:
    """How it was shown at one level."""
    count = len([one for one in cases_of(tests, results.cases) if not one.skipped])
    said = [f"{count}"] if count else []
    said += ["seeds"] if SEEDS in tests else []
    said += ["planted bugs"] if PLANTED in tests else []
    return ", ".join(said) or "-"


def cases_of(tests: Iterable[str], cases: Sequence[Case]) -> list[Case]:
    """The tests that a row means; of the seeds those of the long run stand in."""
    wanted = [one for one in tests if one != SEEDS]
    return [one for one in cases if any(one.is_of(each) for each in wanted)]


def elsewhere() -> list[str]:
    """Rows that are not of orders."""
    lines = ["## Rows that are shown elsewhere", ""]
    for row in ROWS:
        if row.elsewhere:
            shown = ", ".join(f"`{one.replace('::', ' ')}`" for one in row.tests)
            lines.append(f"- {row.number}, {row.fault}: {row.elsewhere}. {shown}")
    return lines


def broken(results: Results) -> list[str]:
    """What did not hold."""
    said = [*results.wrong, *(one.name for one in results.failed)]
    return ["", "## What did not hold", "", *(f"- {one}" for one in said)] if said else []
