"""What counts as evidence: what somebody saw decided, without deposits, on the days and under the release it was."""

import json
import math
from dataclasses import replace

import pytest
from earned_stages import HOLDER, SECOND, VERSION, Shown, settings_with, show, write_gap
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from conf import Settings
from data.journal import Journal, SessionEvent, SessionKind, SessionLog, SessionRun
from data.journal.control_tables import session_events
from data.journal.tables import config_versions, decisions, risk_events
from models.stages import Evidence, Standing
from models.types import Stage
from models.types.timeframes import DAY, HOUR
from tasks.session.release import release_id
from tasks.session.staging import look
from tasks.session.staging.evidence import _curve, _drawdown, _Step, gather
from tasks.session.staging.rules import rules_of
from tasks.session.staging.window import BEGINNING, Asking, Window, window_of

NOW = 1_750_000_000_000_000
FIRST = NOW - 20 * DAY
BOOK = "paper|binance|1h|BTC/USDT"
LINE = "binance|1h|BTC/USDT"
PAPER = Standing(Stage.PAPER)


def window_at(journal: Journal, settings: Settings, at: int = NOW, entered: int = BEGINNING) -> Window:
    asking = Asking(LINE, rules_of(settings), at, release_id(), 365.0)
    return window_of(journal, asking, PAPER, entered)


def evidence(journal: Journal, settings: Settings, entered: int = BEGINNING) -> Evidence:
    return gather(journal, window_at(journal, settings, entered=entered)).evidence


def shown(journal: Journal, settings: Settings, **changes: object) -> Evidence:
    show(journal, settings, replace(Shown(Stage.PAPER, FIRST, 10), **changes))
    return evidence(journal, settings)


def test_of_a_book_that_never_decided_nothing_is_known(journal: Journal, settings: Settings) -> None:
    found = evidence(journal, settings)
    assert (found.days, found.trades, found.release_hours, found.profit) == (0.0, 0, 0.0, 0.0)
    assert all(math.isnan(one) for one in (found.sharpe, found.drawdown, found.win_rate, found.gap_bps))


def test_days_trades_and_figures_are_those_of_its_pages(journal: Journal, settings: Settings) -> None:
    found = shown(journal, settings, days=9)
    assert (found.days, found.trades, found.crashes, found.breaches) == (9.0, 9, 0, 0)
    assert found.win_rate == pytest.approx(6 / 9)
    assert found.drawdown == pytest.approx(0.003)
    assert found.profit == pytest.approx(1000.0 * ((1.006**2 * 0.997) ** 3 - 1.0))
    assert found.release_hours == 18.0
    assert (found.gap_bps, found.gap_beyond) == (1.0, False)


def test_a_book_that_slept_has_no_days(journal: Journal, settings: Settings) -> None:
    show(journal, settings, Shown(Stage.PAPER, FIRST, 3))
    show(journal, settings, Shown(Stage.PAPER, FIRST + 12 * DAY, 2))
    assert evidence(journal, settings).days == 5.0


def test_what_was_decided_as_of_an_earlier_time_costs_and_never_earns(journal: Journal, settings: Settings) -> None:
    found = shown(journal, settings, release=None, days=9)
    assert (found.days, found.release_hours, found.win_rate) == (0.0, 0.0, 0.0)
    assert found.trades == 3, "the losses alone"
    assert found.profit < 0.0
    assert found.drawdown == pytest.approx(1.0 - 0.997**3)


@pytest.mark.parametrize(
    ("stage", "venue", "days"),
    [
        (Stage.MICRO, {"sandbox": True}, 0.0),
        (Stage.MICRO, {"url": "http://127.0.0.1:9"}, 0.0),
        (Stage.MICRO, {"sandbox": False, "url": None}, 9.0),
        (Stage.PAPER, {"url": "http://127.0.0.1:9"}, 0.0),
        (Stage.PAPER, {"sandbox": True}, 9.0),
    ],
)
def test_what_a_stand_in_of_the_venue_filled_costs_and_never_earns(
    journal: Journal, settings: Settings, stage: Stage, venue: dict[str, object], days: float
) -> None:
    """Real money is not earned with the fills of a test account, which has books of its own."""
    show(journal, settings, Shown(stage, FIRST, 9))
    tree = {"trading": {"venue": "binance"}, "execution": {"venues": []}, "venues": {"binance": venue}}
    with journal.engine.begin() as connection:
        connection.execute(update(config_versions).values(tree=json.dumps(tree)))
    asking = Asking(LINE, rules_of(settings), NOW, release_id(), 365.0)
    found = gather(journal, window_of(journal, asking, Standing(stage), BEGINNING)).evidence
    assert (found.days, found.trades) == (days, 9 if days else 3)
    assert found.drawdown > 0.0


def test_in_exploration_archives_count(journal: Journal, settings: Settings) -> None:
    show(journal, settings, Shown(Stage.EXPLORATION, FIRST - 1000 * DAY, 9, release=None))
    asking = Asking(LINE, rules_of(settings), NOW, release_id(), 365.0)
    found = gather(journal, window_of(journal, asking, Standing(Stage.EXPLORATION), BEGINNING)).evidence
    assert (found.days, found.trades, found.release_hours) == (9.0, 9, 0.0)


def test_another_release_has_its_own_hours(journal: Journal, settings: Settings) -> None:
    show(journal, settings, Shown(Stage.PAPER, FIRST, 3, release="0.0.1+other"))
    show(journal, settings, Shown(Stage.PAPER, FIRST + 5 * DAY, 2))
    assert evidence(journal, settings).release_hours == 4.0


def test_hours_of_a_release_do_not_pass_faster_than_the_clock(journal: Journal) -> None:
    """A day that closed before the release came, and one an hour after it, are an hour of it."""
    midnight, book = NOW // DAY * DAY, "paper|binance|1d|BTC/USDT"
    log, settings = SessionLog(journal.engine), settings_with(trading__timeframe="1d")
    run = log.begin(SessionRun("scheduled", book, "paper", "1000.0", release_id(), HOLDER, midnight, midnight))
    for at, bar in ((midnight - HOUR, midnight - 2 * DAY), (midnight, midnight - DAY)):
        log.note(SessionEvent(run, at, SessionKind.DECIDED, "cycle", bar))
    assert look(journal, settings, midnight).found.evidence.release_hours == 1.0
    assert look(journal, settings, midnight + 100 * HOUR).found.evidence.release_hours == 48.0


def test_the_hours_of_a_release_are_of_simulated_money(journal: Journal, settings: Settings) -> None:
    show(journal, settings, Shown(Stage.MICRO, FIRST, 3))
    asking = Asking(LINE, rules_of(settings), NOW, release_id(), 365.0)
    found = gather(journal, window_of(journal, asking, Standing(Stage.MICRO), BEGINNING)).evidence
    assert (found.days, found.release_hours) == (3.0, 0.0)


def test_nothing_from_before_the_stage_was_entered_counts(journal: Journal, settings: Settings) -> None:
    show(journal, settings, Shown(Stage.PAPER, FIRST, 10))
    assert evidence(journal, settings, entered=FIRST + 4 * DAY).days == 6.0
    assert evidence(journal, settings, entered=NOW - DAY).days == 0.0
    assert math.isnan(evidence(journal, settings, entered=NOW - DAY).gap_bps), "nor an older gap report"


def test_a_deposit_is_no_profit(journal: Journal, settings: Settings) -> None:
    found = shown(journal, settings, days=4, won=0.001, lost=-0.001)
    bar = max(bars(journal))
    with journal.engine.begin() as connection:
        row = {"book": BOOK, "at": NOW, "kind": "flow", "system": "", "level": "NONE", "breaker": "NONE"}
        row |= {"value": "0.0", "limit": "0.0", "amount": "5000.0", "who": "anna", "why": "paid in", "bar": bar}
        connection.execute(insert(risk_events), row)
        last = connection.execute(decisions.select().where(decisions.c.bar == bar)).one()
        grown = last.state_after.replace(repr(1000.0 + found.profit), repr(6000.0 + found.profit))
        assert grown != last.state_after
        connection.execute(update(decisions).where(decisions.c.bar == bar).values(state_after=grown))
    again = evidence(journal, settings)
    assert (again.sharpe, again.profit) == (pytest.approx(found.sharpe), pytest.approx(found.profit))


@pytest.mark.parametrize(("level", "system", "breaches"), [("REDUCE", "", 1), ("PAUSE", "", 0), ("REDUCE", "swing", 0)])
def test_a_broken_limit_of_the_account_is_a_breach(
    journal: Journal, settings: Settings, level: str, system: str, breaches: int
) -> None:
    shown(journal, settings)
    row = {"book": BOOK, "at": NOW, "kind": "trip", "system": system, "level": level, "breaker": "DAILY_LOSS"}
    row |= {"value": "0.06", "limit": "0.05", "amount": "0.0", "who": "keel", "why": "loss", "bar": max(bars(journal))}
    with journal.engine.begin() as connection:
        connection.execute(insert(risk_events), row)
    assert evidence(journal, settings).breaches == breaches


def test_a_session_that_never_said_that_it_ended_is_a_crash(journal: Journal, settings: Settings) -> None:
    shown(journal, settings)
    log = SessionLog(journal.engine)
    began = NOW - 5 * DAY
    run = SessionRun("a", BOOK, "paper", "1000.0", release_id(), HOLDER, began, None)
    gone = replace(HOLDER, host=this_host())
    log.begin(replace(run, holder=gone))
    assert evidence(journal, settings).crashes == 1
    session = log.begin(replace(run, campaign="b", holder=gone))
    log.end(session, "its time was over", NOW - DAY)
    assert evidence(journal, settings).crashes == 1
    log.begin(replace(run, campaign="c", holder=this_process_now()))
    assert evidence(journal, settings).crashes == 1, "it lives"


def test_a_scheduled_cycle_of_which_nothing_was_heard_again_is_a_crash(journal: Journal, settings: Settings) -> None:
    shown(journal, settings)
    log = SessionLog(journal.engine)
    (page,) = [one.id for one in log.runs(BOOK)]
    for k, (kind, reason) in enumerate(
        [
            (SessionKind.NOTED, "begun"),
            (SessionKind.NOTED, "begun"),
            (SessionKind.FAILED, "the venue was silent"),
            (SessionKind.NOTED, "begun"),
        ]
    ):
        log.note(SessionEvent(page, NOW - HOUR + k * SECOND, kind, reason))
    assert evidence(journal, settings).crashes == 1, "the first; the last may be under way"


def test_the_newest_gap_report_of_this_book_counts(journal: Journal, settings: Settings) -> None:
    shown(journal, settings)
    write_gap(journal, LINE, BOOK, 33.0, NOW - HOUR, beyond=True)
    write_gap(journal, LINE, BOOK.replace("paper", "live"), 1.0, NOW - HOUR)
    write_gap(journal, "other", "paper|other", 2.0, NOW - HOUR)
    found = evidence(journal, settings)
    assert (found.gap_bps, found.gap_beyond) == (33.0, True)


def test_a_profit_that_is_not_known_leaves_none_of_the_figures(journal: Journal, settings: Settings) -> None:
    from data.journal.tables import fills

    shown(journal, settings)
    with journal.engine.begin() as connection:
        connection.execute(update(fills).where(fills.c.id == 2).values(realised=None))
    found = evidence(journal, settings)
    assert (found.trades, math.isnan(found.win_rate), math.isnan(found.profit_factor)) == (0, True, True)


def test_a_decision_without_a_witness_does_not_begin_the_days_anew(journal: Journal, settings: Settings) -> None:
    before = shown(journal, settings)
    bar = sorted(bars(journal))[7]
    with journal.engine.begin() as connection:
        connection.execute(session_events.delete().where(session_events.c.bar == bar))
    after = evidence(journal, settings)
    assert (after.days, after.trades) == (before.days, before.trades - 1)
    assert after.profit < before.profit


GROWTHS = st.lists(st.tuples(st.integers(0, 4), st.floats(0.5, 2.0), st.booleans()), min_size=1, max_size=12).map(
    sorted
)


@given(GROWTHS)
def test_what_nobody_saw_never_makes_a_curve_better(growths: list[tuple[int, float, bool]]) -> None:
    worth, seen, unseen = 100.0, [], []
    for k, (day, growth, is_seen) in enumerate(growths):
        step = _Step(k, day, worth, worth * growth, True)
        seen.append(step)
        unseen.append(replace(step, is_seen=is_seen))
        worth *= growth
    assert _drawdown(unseen, 0.0) >= _drawdown(seen, 0.0) - 1e-12
    of_all = dict(zip(sorted({one.day for one in seen}), _curve(seen)[1:], strict=True))
    of_seen = dict(zip(sorted({one.day for one in unseen if one.is_seen}), _curve(unseen)[1:], strict=True))
    assert all(worth <= of_all[day] * (1.0 + 1e-12) for day, worth in of_seen.items())


def test_a_cycle_that_crashed_under_the_release_before_is_a_crash(journal: Journal, settings: Settings) -> None:
    log = SessionLog(journal.engine)
    for release, at in (("0.0.1+old", FIRST), (release_id(), FIRST + DAY)):
        run = log.begin(SessionRun("scheduled", BOOK, "paper", "1000.0", release, HOLDER, at, at))
        log.end(run, "scheduled cycles", at)
        log.note(SessionEvent(run, at, SessionKind.NOTED, "begun"))
    assert evidence(journal, settings).crashes == 1


def bars(journal: Journal) -> list[int]:
    with journal.engine.connect() as connection:
        return list(connection.execute(decisions.select().with_only_columns(decisions.c.bar)).scalars())


def this_host() -> str:
    import socket

    return socket.gethostname()


def this_process_now():
    from tasks.adapters.holder import this_process

    return this_process()


def test_rows_of_these_tests_are_read_by_the_product(journal: Journal, settings: Settings) -> None:
    """What the tests write is what the product's own readers take for decisions and fills."""
    shown(journal, settings, days=2)
    made, fills = journal.decisions_of(BOOK), journal.fills_of(BOOK)
    assert [one.config_version for one in made] == [VERSION] * 4
    assert [one.fill.leg.name for one in fills] == ["ENTRY", "EXIT"] * 2
