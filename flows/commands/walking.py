"""The stage-transition tests: what would have passed when, and how it went after."""

from typing import Annotated

import typer

from flows.commands.output import (
    AsJson,
    Profile,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    show_json,
    show_rows,
    working,
)
from models.types import parse_time
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.staging.walk_showing import CLEAN, aftermath_rows, criterion_rows, life_rows, said_of
from tasks.session.staging.walked import Walked, walk_book


def walk_stages(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    start: Annotated[str | None, typer.Option(help="First bar, such as 2020-01-01 (UTC).")] = None,
    end: Annotated[str | None, typer.Option(help="Last bar, such as 2024-01-01 (UTC).")] = None,
    profile: Profile = None,
    costs: Annotated[float, typer.Option(help="Multiple of the configured fees, spread, impact and carry.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Backtest the book and walk through its days: when each stage would have passed, and how it went after."""
    desk = build_desk(book_flags(venue, symbol, timeframe, profile))
    first, last = (None if text is None else parse_time(text) for text in (start, end))
    with working() as say:
        walked = walk_book(desk, build_tracker(desk), first, last, say, costs)
    if as_json:
        show_json(walked.as_json())
    else:
        _show(walked)


def _show(walked: Walked) -> None:
    tables = {
        f"{walked.title}: what came after": aftermath_rows(walked.walk),
        "share of the days on which each criterion passes": criterion_rows(walked.walk),
        "steps, had every chance been taken": life_rows(walked.walk),
    }
    for title, rows in tables.items():
        if rows:
            show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
    for line in (*said_of(walked.walk), CLEAN):
        out.print(line, highlight=False)
    if not walked.report.plausible:
        out.print("The backtest itself is not plausible: look at keel backtest before you believe this.")
    out.print(f"picture {walked.picture}", highlight=False)
