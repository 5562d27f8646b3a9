"""Looking at risk, paying in and out."""

import time
from dataclasses import replace
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from flows.commands.output import (
    AsJson,
    Who,
    Why,
    name_of,
    out,
    progress,
    readable,
    say,
    show_json,
    show_rows,
    warn,
    working,
)
from flows.commands.standing import show_stops
from models.types import BadInput
from tasks.bootstrap import build_trading_desk, watched_parameters
from tasks.session.review import Review, review
from tasks.session.riskdesk import (
    DeskReport,
    RiskMonitor,
    check_breakers,
    mark_book,
    review_json,
    risk_report,
    take_flow,
)

risk = typer.Typer(help="Stops, limits and what could be lost in a day.", invoke_without_command=True)

LEAST_SECONDS, MOST_SECONDS = 0.1, 3600.0


@risk.callback()
def show(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until interrupted.")] = False,
    seconds: Annotated[float, typer.Option("--seconds", help="From one look to the next.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Mark the book at the newest prices, journal what that trips, and show stops, limits and value at risk."""
    if context.invoked_subcommand is not None:
        return
    if watch and as_json:
        raise BadInput("found --watch with --json; one object cannot go on: leave one of them out")
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise BadInput(f"found --seconds {seconds:g}; give {LEAST_SECONDS:g} to {MOST_SECONDS:g}")
    if watch:
        _watch(seconds)
        return
    desk, journal = build_trading_desk({}, warn)
    with working():
        marked = mark_book(desk, journal)
        if check_breakers(journal, marked) is not None:
            marked = mark_book(desk, journal)
        report, reviewed = risk_report(desk, journal, marked), review(desk, journal)
    if as_json:
        show_json(report.as_json() | {"review": review_json(reviewed)})
    else:
        _show(report)
        _show_review(reviewed)


@risk.command("flow")
def flow(
    amount: Annotated[float, typer.Argument(help="Quote currency; negative takes out (after --).")],
    why: Why,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Pay into or out of the paper account with the next decision; no profit, no loss, and no stop comes of it."""
    desk, journal = build_trading_desk({}, warn)
    event = take_flow(desk, journal, amount, name_of(who), why)
    if as_json:
        show_json({"amount": event.amount, "book": event.book, "who": event.who, "why": event.why})
    else:
        out.print(f"{'in' if amount > 0.0 else 'out'}: {abs(amount):g}, with the next decision of {event.book}")


def _watch(seconds: float) -> None:
    desk, journal = build_trading_desk({}, warn)
    with watched_parameters(desk, journal, {}) as server, Live(console=out, auto_refresh=False) as live:
        say("reading the book; interrupt to end")
        # A look at the book is no bar boundary: whoever decides adopts what is new, and this follows.
        monitor = RiskMonitor(lambda: replace(desk, loaded=server.follow(desk.clock.now()).loaded), journal)
        while True:
            begun = time.monotonic()
            live.update(_table(risk_report(desk, journal, monitor.round())), refresh=True)
            time.sleep(max(0.0, seconds - (time.monotonic() - begun)))


def _show(report: DeskReport) -> None:
    out.print(_table(report))
    show_stops(report.stopped.stops)
    if report.tails is None:
        progress.print(f"no value at risk by all methods: {report.why_not}", highlight=False)
        return
    rows = [
        [name, one.var, one.var / report.tails.equity, one.es, one.es / report.tails.equity]
        for name, one in ({} if report.tails.tail is None else report.tails.tail.tails).items()
    ]
    show_rows(f"one day at {report.tails.confidence:.0%}", ["method", "VaR", "of equity", "CVaR", "of equity"], rows)


def _show_review(found: Review) -> None:
    rows = [[one.name, one.fills, one.mean_bps] for some in found.slippage.values() for one in some]
    show_rows(f"slippage, basis points; target {found.target_bps:g}", ["of", "fills", "mean"], rows)
    made = [
        [key, row.name, row.trades, row.profit, row.costs] for key, some in found.attribution.items() for row in some
    ]
    show_rows(
        f"profit of {len(found.trades)} closed trades: {found.realised:,.2f}",
        ["by", "", "trades", "profit", "costs"],
        made,
    )
    for text in (*found.large_losses.values(), *(one.text for one in found.doubtful)):
        out.print(text, highlight=False)


def _table(report: DeskReport) -> Table:
    stopped = f"stopped: {report.stopped.reason}" if report.stopped.entries else "not stopped"
    title = f"{report.marked.held.book.name}, equity {report.marked.equity:,.2f}, {stopped}"
    table = Table("limit", "of", "found", "allowed", "room", "from", title=title, title_justify="left")
    for one in report.gauges:
        table.add_row(*map(readable, (one.name, one.system or "account", one.found, one.limit, one.room, one.source)))
    return table
