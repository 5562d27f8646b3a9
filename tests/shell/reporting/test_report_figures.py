"""A report's figures against the journal's own rows; periods add up, and a deposit is no profit."""

import json
import math
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from stormy import settle_in_storms
from synthetic import START

from data.journal import Holder, Journal, SessionEvent, SessionKind, SessionLog, SessionRun
from models.portfolio import Account
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk
from tasks.session.gapping import gap_report
from tasks.session.gapping.publishing import enter
from tasks.session.reporting import Period, PeriodReport, Span, make_report, newest_over, span_at
from tasks.session.review import review
from tasks.session.riskdesk import mark_book, risk_report, take_flow
from tasks.session.running.report import report_of

pytestmark = pytest.mark.monitoring
COUNT, BARS, PAID = 3000, 360, 500.0
FIRST = START + (COUNT - BARS) * HOUR
EQUITY, REALISED = (Account._fields.index(name) for name in ("equity", "realised"))


@dataclass(frozen=True, slots=True)
class Traded:
    """A book that traded for fifteen days, with a deposit in the middle; `after` lies behind its last bar."""

    desk: Desk
    journal: Journal

    @property
    def after(self) -> Desk:
        return self.desk.at(START + COUNT * HOUR)

    def report(self, span: Span) -> PeriodReport:
        return make_report(self.after, self.journal, span)

    def decided(self, span: Span | None = None) -> list[dict[str, object]]:
        """The journal's rows, read without any of our readers."""
        rows = sorted(self.journal.tables()["decisions"], key=lambda row: row["bar"])
        return [row for row in rows if span is None or span.begin <= row["decided_at"] < span.end]


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Traded:
    home, before = tmp_path_factory.mktemp("reported"), dict(os.environ)
    desk = settle_in_storms(Path(home), COUNT)
    journal = build_journal(desk)
    book = configured_book(desk).name
    log = SessionLog(journal.engine)
    run = SessionRun("campaign", book, "exploration", "10000", "release", Holder("h", "b", 1, 1.0), FIRST, None)
    session = log.begin(run)
    for k in range(BARS):
        at = desk.at(FIRST + (k + 1) * HOUR)
        if k == BARS // 2:
            take_flow(at, journal, PAID, "anna", "more to trade with")
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
        kind = SessionKind.DECIDED if k % 7 else SessionKind.SKIPPED
        reason = "decided" if k % 7 else "no answer: of nobody"
        log.note(SessionEvent(session, at.clock.now(), kind, reason, FIRST + k * HOUR, 0.5))
    last = desk.at(START + COUNT * HOUR)
    enter(journal, gap_report(last, journal, 3.0), last.clock.now())
    yield Traded(desk, journal)
    os.environ.clear()
    os.environ.update(before)


def worth(row: dict[str, object], at: int = EQUITY) -> float:
    state = json.loads(str(row["state_after"]))
    return math.fsum(figures[at] for figures in state["accounts"].values())


def days_of(span: Span) -> list[Span]:
    return [span_at(Period.DAILY, at) for at in range(span.begin, span.end, DAY)]


def week() -> Span:
    """A whole one, within what was traded."""
    span = span_at(Period.WEEKLY, FIRST + 7 * DAY)
    assert span.begin > FIRST
    assert span.end < START + COUNT * HOUR
    return span


def test_profit_is_what_the_equity_moved_without_what_was_paid_in(traded):
    for span in (week(), *days_of(week())):
        found = traded.report(span)
        mine = traded.decided(span)
        earlier = [row for row in traded.decided() if row["decided_at"] < span.begin]
        paid = PAID if span.has(FIRST + (BARS // 2 + 1) * HOUR) else 0.0
        assert found.money is not None
        assert found.decisions == len(mine)
        assert found.money.end == pytest.approx(worth(mine[-1]), abs=1e-9)
        assert found.money.begin == pytest.approx(worth(earlier[-1]), abs=1e-9)
        assert found.money.profit == pytest.approx(worth(mine[-1]) - worth(earlier[-1]) - paid, abs=1e-6)
        assert found.money.deposits == pytest.approx(paid, abs=1e-6)
        assert math.fsum(found.money.systems.values()) == pytest.approx(found.money.profit, abs=1e-9)


def test_the_days_of_a_week_add_up_to_it(traded):
    whole, days = traded.report(week()), [traded.report(one) for one in days_of(week())]
    assert whole.trades > 3
    assert abs(whole.money.profit) > 1.0
    assert sum(one.money.profit for one in days) == pytest.approx(whole.money.profit, abs=1e-9)
    for name in ("decisions", "trades", "fills"):
        assert sum(getattr(one, name) for one in days) == getattr(whole, name)
    for name, paid in whole.costs.items():
        assert sum(one.costs[name] for one in days) == pytest.approx(paid, abs=1e-9)
    for name in ("orders", "refused", "bars", "skipped", "alerts"):
        assert sum((Counter(getattr(one, name)) for one in days), Counter()) == Counter(getattr(whole, name))
    assert sum(one.profit for day in days for one in day.specialists) == pytest.approx(
        sum(one.profit for one in whole.specialists), abs=1e-9
    )


def test_all_periods_together_are_what_the_review_says_of_the_book(traded):
    months = dict.fromkeys(span_at(Period.MONTHLY, int(row["decided_at"])) for row in traded.decided())
    found = [traded.report(one) for one in months]
    known = review(traded.after, traded.journal)
    assert sum(one.trades for one in found) == len(known.trades)
    assert sum(one.fills for one in found) == len(known.fills)
    by = {
        name: math.fsum(one.profit for each in found for one in getattr(each, name)) for name in ("regimes", "symbols")
    }
    assert by == pytest.approx({"regimes": known.realised, "symbols": known.realised}, abs=1e-6)
    assert sum(one.money.profit for one in found) == pytest.approx(sum(one.profit for one in known.systems), abs=1e-6)
    fees = math.fsum(float(row["fee"]) for row in traded.journal.tables()["fills"])
    assert math.fsum(one.costs["fees"] for one in found) == pytest.approx(fees, abs=1e-9)


def test_figures_are_those_of_keel_session_on_the_same_window(traded):
    session = report_of(traded.after, traded.journal)
    found = make_report(traded.after, traded.journal, Span(Period.MONTHLY, FIRST, START + COUNT * HOUR + 1))
    assert found.money.profit == pytest.approx(session.profit, abs=1e-9)
    assert found.costs == pytest.approx(session.costs)
    assert (found.trades, found.fills, found.decisions) == (session.trades, session.fills, BARS)
    assert found.bars == {name: count for name, count in session.bars.items() if count}
    assert found.skipped == session.skipped
    for name, one in found.figures.items():
        assert (one.value, one.why) == (session.figures[name].value, session.figures[name].why), name


def test_limits_are_those_of_keel_risk_and_the_gap_that_of_keel_gap(traded):
    found = traded.report(week())
    risk = risk_report(traded.after, traded.journal, mark_book(traded.after, traded.journal))
    limits = {f"{one.system} {one.name}".strip(): one.found / one.limit for one in risk.gauges if one.limit > 0.0}
    assert found.limits_now == pytest.approx(limits)
    assert found.var_now == pytest.approx(risk.marked.var)
    gap = gap_report(traded.after, traded.journal, 3.0)
    assert found.gap.detail["total"] == pytest.approx(gap.total)
    assert found.gap.beyond == gap.beyond


def test_what_was_used_of_limits_at_most_is_in_the_rows_of_the_decisions(traded):
    found = {one.name: one for one in traded.report(week()).limits_used}
    rows = [json.loads(str(row["state_after"])) for row in traded.decided(week())]
    fallen = max(1.0 - one["ladder"]["equity"] / one["ladder"]["peak"] for one in rows)
    assert found["max_drawdown"].most == pytest.approx(max(fallen, 0.0))
    assert fallen > 0.0
    held = [
        sum(
            row[0] != 0.0 or row[names().index("ordered")] != 0.0
            for rows in one["positions"].values()
            for row in rows.values()
        )
        for one in rows
    ]
    assert found["max_positions"].most == max(held)


def names() -> tuple[str, ...]:
    from models.portfolio import Position

    assert Position._fields[0] == "quantity"
    return Position._fields


def test_specialists_have_their_trades_and_their_time_in_charge(traded):
    found = traded.report(week())
    assert {one.specialist for one in found.specialists if one.trades}
    assert sum(one.trades for one in found.specialists) == found.trades
    for system in {one.system for one in found.specialists}:
        assert 0.0 < sum(one.in_charge for one in found.specialists if one.system == system) <= 1.0 + 1e-9


def test_the_curve_ends_at_the_profit_and_its_drawdown_is_the_figure(traded):
    found = traded.report(week())
    equity = found.curve.equity
    assert equity[-1] - equity[0] == pytest.approx(found.money.profit, abs=1e-9)
    peaks = [max(equity[: k + 1]) for k in range(len(equity))]
    deepest = max(1.0 - value / peak for value, peak in zip(equity, peaks, strict=True))
    assert found.figures["max_drawdown"].value == pytest.approx(deepest)


def test_a_period_without_decisions_says_so(traded):
    found = traded.report(span_at(Period.DAILY, FIRST - 40 * DAY))
    assert found.money is None
    assert "nothing was decided" in found.summary
    assert (found.trades, found.decisions, found.costs) == (0, 0, {})
    assert all(one.value is None and one.why for one in found.figures.values())


def test_what_cannot_be_known_is_named_and_takes_nothing_else_away(traded, monkeypatch):
    from models.types import Damaged
    from tasks.session.reporting import making

    def broken(*_: object) -> None:
        raise Damaged("the page is torn")

    monkeypatch.setattr(making, "mark_book", broken)
    monkeypatch.setattr(making, "gap_before", lambda *_: None)
    found = traded.report(week())
    assert found.missing["risk"] == "the page is torn"
    assert "keel gap" in found.missing["gap"]
    assert found.money is not None
    assert "not known: risk, gap" in found.summary or "not known: gap, risk" in found.summary


@pytest.mark.parametrize(
    ("period", "at", "name", "days"),
    [
        (Period.DAILY, "2024-02-29T23:59:59.999999Z", "2024-02-29", 1),
        (Period.WEEKLY, "2024-12-30T00:00Z", "2025-W01", 7),
        (Period.WEEKLY, "2021-01-03T23:59Z", "2020-W53", 7),
        (Period.MONTHLY, "2024-02-29T12:00Z", "2024-02", 29),
        (Period.MONTHLY, "2023-12-31T23:00Z", "2023-12", 31),
    ],
)
def test_days_weeks_and_months_are_those_of_the_calendar_in_utc(period, at, name, days):
    from models.types import parse_time

    span = span_at(period, parse_time(at))
    assert (span.name, (span.end - span.begin) / DAY) == (name, days)
    assert span.has(parse_time(at))
    assert not span.has(span.end)
    assert newest_over(period, span.end) == span
    assert newest_over(period, span.end - 1) != span
    assert span_at(period, span.end).begin == span.end
