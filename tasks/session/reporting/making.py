"""Making a report: each part from where it is known already; one that cannot be known says why."""

from collections.abc import Callable
from typing import TypeVar

from data.journal import Journal
from models.portfolio import by_key
from models.types import KeelError
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.overview.risking import stage_now
from tasks.session.reporting.earning import figures_of, money_of, span_curve, specialists_of
from tasks.session.reporting.happening import alerts_in, bars_in, feeds_in, gap_before, orders_in, refusals_in
from tasks.session.reporting.periods import Span
from tasks.session.reporting.report import PeriodReport
from tasks.session.reporting.risking import limits_used, stops_in, used_now
from tasks.session.reporting.window import window_of
from tasks.session.riskdesk import mark_book
from tasks.session.running.figures import costs_of
from tasks.session.staging import look

Made = TypeVar("Made")
NO_GAP = "not held against its backtest: keel gap has not run, or has found nothing to look at"


def make_report(desk: Desk, journal: Journal, span: Span) -> PeriodReport:
    """Of the configured book in the span, as it is known now; nothing is written.

    Raises:
        BadInput: the configured book cannot be traded, or the journal lacks the entry of a position that was left.
        Damaged: decisions or fills are not as they were written.
    """
    book, settings, now = configured_book(desk), desk.loaded.settings, desk.clock.now()
    window, missing = window_of(journal, book.name, span), dict[str, str]()
    curve = span_curve(window)
    trades = [one.trade for one in window.trades]
    orders, failures = _known(missing, "orders", lambda: orders_in(journal, book.name, span)) or ({}, ())
    bars, skipped = _known(missing, "bars", lambda: bars_in(journal, book.name, span)) or ({}, {})
    alerts, told = _known(missing, "alerts", lambda: alerts_in(journal, span)) or ({}, ())
    marked = _known(missing, "risk", lambda: mark_book(desk, journal))
    gap = _known(missing, "gap", lambda: gap_before(journal, book.name, now))
    if gap is None and window.decisions:
        missing.setdefault("gap", NO_GAP)
    days = desk.calendar(desk.universe()[0]).days_per_year
    return PeriodReport(
        book=book.name,
        stage=settings.stage,
        span=span,
        made_at=now,
        is_over=now >= span.end,
        decisions=len(window.decisions),
        fills=len(window.fills),
        trades=len(trades),
        money=money_of(window),
        curve=curve,
        figures=figures_of(window, curve, days, settings.risk.controls.slippage_target_bps),
        costs=costs_of(window.fills, window.stretch) if window.decisions else {},
        specialists=specialists_of(window),
        regimes=by_key(trades, "regime"),
        symbols=by_key(trades, "symbol"),
        limits_used=limits_used(window.decisions, book.parameters.house),
        limits_now={} if marked is None else used_now(marked),
        var_now=None if marked is None else marked.var,
        stops=stops_in(window.decisions),
        orders=orders,
        refused=refusals_in(window),
        failures=failures,
        bars=bars,
        skipped=skipped,
        feeds=_known(missing, "feeds", lambda: feeds_in(journal, desk.universe(), span)) or (),
        alerts=alerts,
        told=told,
        gap=gap,
        standing=_known(missing, "stage", lambda: stage_now(look(journal, settings, now), settings.stage)),
        missing=missing,
    )


def _known(missing: dict[str, str], name: str, find: Callable[[], Made]) -> Made | None:
    try:
        return find()
    except KeelError as error:
        missing[name] = str(error)
        return None
