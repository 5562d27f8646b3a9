"""Backtests."""

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
    readable,
    show_json,
    show_rows,
    working,
)
from models.types import parse_time
from tasks.bootstrap import build_desk, build_tracker
from tasks.session.backtesting import BacktestReport, backtest
from tasks.session.publishing import publish
from tasks.session.showing import behaviour_rows, metric_rows, stopping_rows, switching_rows, system_rows, trade_line
from tasks.session.worth import WorthReport, worth_of_the_split


def run_backtest(
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    start: Annotated[str | None, typer.Option(help="First bar, such as 2020-01-01 (UTC).")] = None,
    end: Annotated[str | None, typer.Option(help="Last bar, such as 2024-01-01 (UTC).")] = None,
    profile: Profile = None,
    split: Annotated[
        bool, typer.Option("--split", help="Also measure what the specialists' split by regime is worth.")
    ] = False,
    costs: Annotated[float, typer.Option(help="Multiple of the configured fees, spread, impact and carry.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Backtest the book on out-of-sample predictions, in-sample figures beside them, and write a tear sheet."""
    desk = build_desk(book_flags(venue, symbol, timeframe, profile))
    window = [None if text is None else parse_time(text) for text in (start, end)]
    with working() as say:
        tracker = build_tracker(desk)
        report = publish(desk, tracker, backtest(desk, tracker, window[0], window[1], say, costs), say)
        worth = worth_of_the_split(desk, tracker, window[0], window[1], say, costs) if split else None
    if as_json:
        show_json(report.as_json() | ({} if worth is None else {"split": worth.as_json()}))
        return
    show_report(report)
    if worth is not None:
        show_worth(worth)


def show_worth(worth: WorthReport) -> None:
    """The controller against what is simpler, and whether the split is worth anything."""
    rows = worth.rows()
    show_rows("worth of the split", list(rows[0]), [list(row.values()) for row in rows])
    drawn = worth.random
    out.print(
        f"{drawn.replicates} random controllers with the same spells: {drawn.low:+.2%} to {drawn.high:+.2%}, median "
        f"{drawn.median:+.2%}\n{worth.verdict}",
        highlight=False,
    )


def show_report(report: BacktestReport) -> None:
    """Metrics as a table, or what speaks against them, and what has to be said beside them."""
    title = f"{', '.join(report.book.symbols)}, {report.run.panel.ts.size} bars, {' to '.join(report.window)}"
    show_figures(title, report)
    if report.plausible:
        for name, rows in (
            ("systems", system_rows(report)),
            ("specialists", behaviour_rows(report)),
            ("switches of the specialist in charge", switching_rows(report)),
            ("stops", stopping_rows(report)),
        ):
            show_rows(name, list(rows[0]), [list(row.values()) for row in rows])
    if report.refused:
        out.print(f"refused: {readable(report.refused)}", highlight=False)
    out.print(f"volatility index: {readable(report.provenance.index_source)}", highlight=False)
    out.print(f"intents {report.intents_sha256}\ntear sheet {report.tear_sheet}", highlight=False)


def show_figures(title: str, report: BacktestReport) -> None:
    """The figures; where they are not plausible, the doubts and the trades behind them in their place."""
    if report.plausible:
        rows = metric_rows(report)
        heads = ["" if head == "metric" else head for head in rows[0]]
        show_rows(title, heads, [list(row.values()) for row in rows])
        return
    out.print(f"{title}\nNot plausible: look for an error in data or fills before you believe this result.")
    for doubt in report.doubts:
        out.print(f"- {doubt.text}", highlight=False)
        for trade in doubt.trades:
            out.print(f"    {trade_line(trade)}", highlight=False)
