"""What a command shows: one JSON object, or text and tables for people. Progress goes to standard error."""

import contextlib
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column, Table

from models.types.seen import seen
from tasks.session.json_values import finite

# Width is only limited where a terminal limits it: a pipe gets whole lines, and tables this wide.
# What is shown may hold square brackets: they are text, never markup.
PIPE_WIDTH = 180
out = Console(
    soft_wrap=True, markup=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
)
progress = Console(stderr=True, soft_wrap=True, markup=False)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")]
Why = Annotated[str, typer.Option("--why", help="What for; journal and audit chain keep it.")]
Who = Annotated[str | None, typer.Option("--who", help="Who does it (default: the name you are logged in by).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Venue = Annotated[str | None, typer.Option(help="Venue, such as binance or sample (default: trading.venue).")]
Symbol = Annotated[
    list[str] | None, typer.Option("--symbol", help="Symbol, such as BTC/USDT; repeatable (default: trading.symbols).")
]
Timeframe = Annotated[str | None, typer.Option(help="Bar size: 1m 5m 15m 30m 1h 4h 1d (default: trading.timeframe).")]
Profile = Annotated[str | None, typer.Option(help="Risk profile (default: trading.profile).")]


def name_of(who: str | None) -> str:
    """Who does it, as the journal keeps it."""
    return getpass.getuser() if who is None else who


def say(text: str) -> None:
    """A line of progress."""
    progress.print(seen(text), style="dim", highlight=False)


def warn(text: str) -> None:
    """A line that a person must not miss."""
    progress.print(seen(f"keel: {text}"), style="red", highlight=False)


@contextlib.contextmanager
def working() -> Iterator[Callable[[str], None]]:
    """Run work whose libraries may print: whatever they say goes to standard error."""
    with contextlib.redirect_stdout(sys.stderr):
        yield say


def steps_bar(quiet: bool = False) -> Progress:
    """Progress in steps of known number, to standard error; `quiet`: none where that is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=progress, disable=quiet and not progress.is_terminal)


def share_bar() -> Progress:
    """Progress as a share of the whole, to standard error; none where that is no terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=progress, disable=not progress.is_terminal)


def show_json(result: object) -> None:
    """The one object of a --json call; a figure that is not finite becomes null, because JSON knows none."""
    sys.stdout.write(json.dumps(finite(result), default=str, allow_nan=False) + "\n")


def show_fields(title: str, fields: Mapping[str, Any]) -> None:
    """Two columns, for people."""
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in fields.items():
        table.add_row(name.replace("_", " "), readable(value))
    out.print(table)


def show_by(column: str, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table for each value of that column, without the column."""
    for value in dict.fromkeys(row[column] for row in rows):
        part = [row for row in rows if row[column] == value]
        shown = [name for name in part[0] if name != column]
        show_rows(f"{title}: {value}", shown, [[row[name] for name in shown] for row in part])


def show_rows(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """A table, for people."""
    table = Table(*(Column(one, overflow="fold") for one in columns), title=title, title_justify="left")
    for row in rows:
        table.add_row(*(readable(value) for value in row))
    out.print(table)


def readable(value: Any) -> str:
    """A value in a table cell. Texts come from venues and news too: none of them commands the terminal."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4f}"
    if isinstance(value, dict):
        return ", ".join(f"{seen(str(key))} {readable(one)}" for key, one in value.items()) or "-"
    return seen(str(value))


def book_flags(
    venue: str | None, symbols: list[str] | None, timeframe: str | None, profile: str | None = None
) -> dict[str, Any]:
    """Command-line flags as settings; what was not given is None and changes nothing."""
    return {
        "trading.venue": venue,
        "trading.symbols": symbols or None,
        "trading.timeframe": timeframe,
        "trading.profile": profile,
    }
