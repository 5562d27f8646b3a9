"""What the long run of trade cycles found: whether the sizes level off, and the tables of docs/housekeeping.md."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "housekeeping.md"
BEGIN, END = "<!-- figures: tests/support/cycles_run.py -->", "<!-- end of figures -->"
MEGA = 1_000_000
# Of the size before: what the last quarter may add with the housekeeping on.
MOST_GROWTH = 0.05
# Of the first half's growth per cycle: what the second half has at least without it.
LEAST_GROWTH = 0.7
SHOWN = ("event_resources", "events", "flow_run", "flow_run_state", "log", "task_run", "task_run_state", "artifact")


@dataclass(frozen=True, slots=True)
class Figures:
    """After so many cycles: bytes of the server's database with its log, of its pages in use, of the journal, of the
    servers' logs and of this process; rows by table.
    """

    cycles: int
    seconds: float
    server_bytes: int
    server_used: int
    journal_bytes: int
    log_bytes: int
    memory_bytes: int
    server_rows: Mapping[str, int]
    journal_rows: Mapping[str, int]


def last_growth(kept: Sequence[Figures]) -> float:
    """What the last quarter of the cycles added to the server's database, as a fraction of its size before."""
    return kept[-1].server_bytes / kept[len(kept) * 3 // 4 - 1].server_bytes - 1.0


def control_growth(control: Sequence[Figures]) -> tuple[float, float]:
    """Bytes in use that a cycle adds without housekeeping, in the first and in the second half."""
    first, half, last = control[0], control[len(control) // 2 - 1], control[-1]
    return tuple(
        (after.server_used - before.server_used) / (after.cycles - before.cycles)
        for before, after in ((first, half), (half, last))
    )  # type: ignore[return-value]


def problems(kept: Sequence[Figures], control: Sequence[Figures]) -> list[str]:
    """Why it cannot be said that the sizes level off because of the housekeeping."""
    grown, (first, second) = last_growth(kept), control_growth(control)
    found = []
    if grown > MOST_GROWTH:
        found.append(f"the last quarter adds {grown:.1%} to the server's database; allowed is {MOST_GROWTH:.0%}")
    if second < LEAST_GROWTH * first:
        found.append(
            f"without housekeeping the growth falls from {first:.0f} to {second:.0f} bytes per cycle by itself"
        )
    if any(one.journal_rows["decisions"] != one.cycles for one in (*kept, *control)):
        found.append("not every cycle decided")
    return found


def write_page(kept: Sequence[Figures], control: Sequence[Figures]) -> None:
    """Put the figures into docs/housekeeping.md."""
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{BEGIN}\n{figures_text(kept, control)}\n{END}{after}")


def figures_text(kept: Sequence[Figures], control: Sequence[Figures]) -> str:
    """Sentences and tables."""
    first, second = control_growth(control)
    journal = (kept[-1].journal_bytes - kept[0].journal_bytes) / (kept[-1].cycles - kept[0].cycles)
    minutes = kept[-1].seconds / 60
    head = (
        f"{datetime.now(UTC).date()}, {os.cpu_count()} cores: {kept[-1].cycles:,} cycles in {minutes:.0f} minutes. "
        f"The last quarter of them adds {last_growth(kept):+.1%} to the server's database. Without it a cycle adds "
        f"{first / 1000:.1f} kB in the first half of {control[-1].cycles:,} cycles and {second / 1000:.1f} kB "
        f"in the second. The journal, of which no decision ever goes, grows by {journal / 1000:.1f} kB a cycle."
    )
    step = max(1, len(kept) // 8)
    return "\n\n".join(
        [
            head,
            "With housekeeping:",
            _table(kept[step - 1 :: step]),
            "Without:",
            _table(control[step - 1 :: step]),
        ]
    )


def _table(some: Sequence[Figures]) -> str:
    head = ("cycles", "database MB", "in use MB", "journal MB", "process MB", *SHOWN)
    rows = [
        [
            f"{one.cycles:,}",
            *(f"{size / MEGA:.1f}" for size in (one.server_bytes, one.server_used, one.journal_bytes)),
            f"{one.memory_bytes / MEGA:.0f}",
            *(f"{one.server_rows.get(name, 0):,}" for name in SHOWN),
        ]
        for one in some
    ]
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
