"""The session from the shell, and the report of its campaign."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    progress,
    say,
    show_json,
    show_rows,
    warn,
    working,
)
from tasks.bootstrap import build_journal, build_standing_desk, build_tracker, build_trading_desk
from tasks.session.desk import Desk
from tasks.session.running.steps import Step

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_session(flags: dict[str, Any], capital: float | None, duration: str | None, live: bool, as_json: bool) -> None:
    """Trade until the campaign's time is over or somebody interrupts, then show its report."""
    # Imported here: a scheduled cycle need not pay for the session's streams and pictures.
    from tasks.bootstrap.sessions import opened_session
    from tasks.session.running.asking import flags_of, micros_of

    micros, asked = micros_of(duration), flags_of(capital, flags)
    with working():
        desk, journal = build_trading_desk(asked, warn)
        with _shown() as report, opened_session(desk, journal, asked, report, micros, live) as (session, campaign):
            more = "goes on" if campaign.before else "begins"
            say(f"campaign {campaign.name} {more} with the release {campaign.release}; interrupt to end")
            asyncio.run(_until_interrupted(session.run))
    _show_report(desk, as_json)


def show_session(
    venue: Venue = None, symbol: Symbol = None, timeframe: Timeframe = None, as_json: AsJson = False
) -> None:
    """The report of the book's newest campaign (keel trade --session), whether it runs or is over: what was decided and
    what not, what came of it, and whether the backtest of the same bars agrees.
    """
    flags = {name: value for name, value in book_flags(venue, symbol, timeframe).items() if value is not None}
    if flags:
        from tasks.bootstrap import build_desk

        desk = build_desk(flags)
    else:
        desk = build_standing_desk(warn)
    _show_report(desk, as_json)


def _show_report(desk: Desk, as_json: bool) -> None:
    from tasks.session.running.publishing import publish
    from tasks.session.running.report import report_of
    from tasks.session.running.showing import figure_rows, lines_of, skipped_rows

    with working():
        found = report_of(desk, build_journal(desk))
        pages = publish(desk, build_tracker(desk), found, warn)
    if as_json:
        show_json(found.as_json() | {"page": str(pages.path)})
        return
    for line in lines_of(found):
        out.print(line, highlight=False)
    for title, rows in (("campaign", figure_rows(found)), ("not decided", skipped_rows(found))):
        if rows:
            show_rows(title, list(rows[0]), [list(row.values()) for row in rows])
    out.print(f"page {pages.path}", highlight=False)


@contextmanager
def _shown() -> Iterator[Callable[[Step], None]]:
    """A line for every bar, and on a terminal a bar of the campaign's time with the next close."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=progress) if progress.is_terminal else None
    with bar if bar is not None else nullcontext():
        task = None if bar is None else bar.add_task("waits for the first bar", total=None)

        def show(step: Step) -> None:
            say(str(step))
            if bar is not None and task is not None:
                coming = step.as_json()["next_close"]
                total = None if step.share is None else 1.0
                bar.update(
                    task, description=f"next close {coming or 'unknown'}", total=total, completed=step.share or 0
                )

        yield show


async def _until_interrupted(run: "Callable[[asyncio.Event], Any]") -> None:
    """A first signal ends it after the cycle that has begun, a second one at once."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupt() -> None:
        ended.set()
        for one in ENDINGS:
            loop.remove_signal_handler(one)
            signal.signal(one, signal.default_int_handler)

    for one in ENDINGS:
        loop.add_signal_handler(one, interrupt)
    try:
        await run(ended)
    finally:
        for one in ENDINGS:
            loop.remove_signal_handler(one)
