"""The loop on a virtual clock: a decision for each bar that comes in time, a line with a reason for every other."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from later_home import AAA, COUNT, settle_with_later
from session_runs import Market, Played, play
from synthetic import SETTINGS, START, SYMBOLS, swinging_bars

import tasks.bootstrap.sessions as bootstrap
from conf import load
from data.journal import Heartbeats, SessionKind, SessionLog
from models.gap import Kind
from models.types import Refused, Series, Unavailable
from models.types.timeframes import HOUR, MINUTE, SECOND
from tasks.adapters.clocks import VirtualClock
from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.gapping import gap_report
from tasks.session.parameters import ParameterServer, Snapshot
from tasks.session.parity import hold_against_backtest
from tasks.session.running import Session

LATER = 40
FIRST = START + COUNT * HOUR
BOTH = tuple(Series("binance", one, "1h") for one in SYMBOLS)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle_with_later(tmp_path_factory.mktemp("later") / "home", 0)


@pytest.fixture
def desk(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    home = shutil.copytree(template, tmp_path / "home")
    settings = SETTINGS | {
        "KEEL_GUARDIAN__BEAT_SECONDS": "60",
        "KEEL_GUARDIAN__SILENCE_SECONDS": "300",
        "KEEL_HOME": str(home),
    }
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    return build_desk()


def market(delays: dict[int, int | None] | None = None) -> Market:
    bars = {one: swinging_bars(k + 1, COUNT + LATER) for k, one in enumerate(BOTH)}
    return Market(bars, {FIRST + k * HOUR: delay for k, delay in (delays or {}).items()})


def bar(k: int) -> int:
    return FIRST + k * HOUR


def hours(played: Played) -> dict[int, list[str]]:
    return {(ts - FIRST) // HOUR: said for ts, said in played.became().items()}


DECIDED = ["decided: decided"]


def test_every_bar_is_decided_at_its_close_and_equals_the_backtest(desk: Desk) -> None:
    played = play(desk, VirtualClock(FIRST + MINUTE), market(), 12 * HOUR)
    assert hours(played) == {-1: DECIDED} | dict.fromkeys(range(12), DECIDED)
    assert played.why == "its time was over"
    journal = build_journal(desk)
    book = configured_book(desk).name
    settle = round(desk.loaded.settings.session.settle_seconds * SECOND)
    decided = journal.decisions_of(book)
    assert [one.decided_at - one.bar - HOUR for one in decided[1:]] == [settle] * 12
    assert [one.seconds for one in played.events][1:] == [settle / SECOND] * 12
    found = hold_against_backtest(desk, journal)
    assert found.equal, found.first_difference
    assert found.orders > 0
    beat = Heartbeats(journal.engine).last("trader")
    assert beat is not None
    assert beat.due_at is None
    (run,) = SessionLog(journal.engine).runs()
    assert (run.ended_at, run.why, run.until) == (beat.at, "its time was over", FIRST + MINUTE + 12 * HOUR)


def test_late_missing_and_stale_bars_each_have_their_reason_and_the_loop_goes_on(desk: Desk) -> None:
    patience = desk.loaded.settings.session.patience_seconds
    assert patience == 60.0
    # Bar 2 comes 30 s late, bar 4 ten minutes, 6 to 9 never.
    plan = {2: 30 * SECOND, 4: 10 * MINUTE} | dict.fromkeys(range(6, 10))
    played = play(desk, VirtualClock(FIRST + MINUTE), market(plan), 12 * HOUR)
    said = hours(played)
    assert [k for k, one in said.items() if one == DECIDED] == [-1, 0, 1, 2, 3, 5, 10, 11]
    assert said[4] == ["skipped: no answer"]
    assert desk.loaded.settings.trading.max_missing_bars == 1
    assert [said[k] for k in range(6, 10)] == [["skipped: no answer"], *[["skipped: stale"]] * 3]
    assert sorted(said) == list(range(-1, 12))
    late = next(one for one in played.events if one.bar == bar(2))
    assert late.seconds is not None
    assert 30.0 <= late.seconds <= 32.0
    found = hold_against_backtest(desk, build_journal(desk))
    assert found.equal, found.first_difference
    assert found.missed >= 1


def test_a_clock_that_jumps_forward_passes_bars_over_and_one_that_jumps_back_decides_none_twice(desk: Desk) -> None:
    clock = VirtualClock(FIRST + MINUTE)

    def jump(now: int) -> None:
        if bar(3) + HOUR <= now < bar(3) + HOUR + 3 * SECOND and not jumps:
            jumps.append(now)
            clock.moment -= 2 * HOUR
        if len(jumps) == 1 and now > bar(5) + HOUR:
            jumps.append(now)

    jumps: list[int] = []
    shop = replace(market(), on_ask=jump)
    turned: list[int] = []

    def watch(step: object, _ended: object) -> None:
        # Between bars 6 and 7 the machine sleeps for four hours.
        if clock.now() > bar(6) + HOUR and not turned:
            turned.append(clock.now())
            clock.moment += 4 * HOUR + 10 * MINUTE

    played = play(desk, clock, shop, 16 * HOUR, watch=watch)
    said = hours(played)
    assert all(len(one) == 1 for one in said.values()), said
    assert [said[k] for k in (7, 8, 9)] == [["skipped: missed"]] * 3
    assert said[10] == ["skipped: late"]
    assert said[11] == DECIDED
    settle = round(desk.loaded.settings.session.settle_seconds * SECOND)
    decided = build_journal(desk).decisions_of(configured_book(desk).name)
    assert len({one.bar for one in decided}) == len(decided)
    assert all(one.decided_at >= one.bar + HOUR + settle or one.bar == bar(3) for one in decided)


def test_an_interrupted_campaign_goes_on_where_it_stopped(desk: Desk) -> None:
    clock = VirtualClock(FIRST + MINUTE)

    def stop(step, ended) -> None:  # type: ignore[no-untyped-def]
        if step.bar == bar(3):
            ended.set()

    first = play(desk, clock, market(), 12 * HOUR, watch=stop)
    assert first.why == "interrupted"
    clock.moment += 2 * HOUR + 30 * MINUTE
    again = play(desk, clock, market(), 99 * HOUR)
    assert again.campaign.name == first.campaign.name
    assert again.campaign.until == first.campaign.until
    assert not again.campaign.has_crashed
    said = hours(again)
    assert sorted(said) == list(range(4, 12))
    assert said[4] == ["skipped: missed"]
    assert "no session ran" in next(one.reason for one in again.events if one.bar == bar(4))
    assert said[5] == ["skipped: late"]
    assert all(said[k] == DECIDED for k in range(6, 12))
    found = hold_against_backtest(desk, build_journal(desk))
    assert found.equal, found.first_difference


def test_another_capital_than_the_books_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    play(desk, VirtualClock(FIRST + MINUTE), market(), 3 * HOUR)
    flags: dict[str, object] = {"trading.capital": 5000.0}
    other = replace(build_desk(), loaded=load(flags))
    with pytest.raises(Refused, match=r"10000.*--capital 5000"):
        play(other, VirtualClock(FIRST + 5 * HOUR), market(), 3 * HOUR, flags)
    same: dict[str, object] = {"trading.capital": 10000.0}
    play(replace(build_desk(), loaded=load(same)), VirtualClock(FIRST + 5 * HOUR), market(), 2 * HOUR, same)


def test_a_living_session_is_refused_and_a_cycle_that_fails_is_told_once_and_tried_at_the_next_bar(desk: Desk) -> None:
    journal = build_journal(desk)

    def watch(step, ended) -> None:  # type: ignore[no-untyped-def]
        if step.bar == bar(0):
            with pytest.raises(Refused, match="runs already"):
                play(desk, VirtualClock(FIRST + 2 * HOUR), market(), HOUR)
            path = desk.bars.dataset(AAA).folder
            path.rename(path.with_name("away"))
        if step.bar == bar(2):
            path = desk.bars.dataset(AAA).folder
            shutil.rmtree(path, ignore_errors=True)
            path.with_name("away").rename(path)

    quiet = market()
    quiet.bars = {BOTH[1]: quiet.bars[BOTH[1]]}
    played = play(desk, VirtualClock(FIRST + MINUTE), quiet, 5 * HOUR, watch=watch)
    said = hours(played)
    assert [one.startswith("failed: ") for k in (1, 2) for one in said[k]] == [True, True]
    assert said[3] == DECIDED
    alerts = [one for one in journal.tables()["alerts_outbox"] if one["key"].startswith("session ")]
    assert len(alerts) == 1


@pytest.mark.parametrize("away", [30 * MINUTE, 3 * HOUR])
def test_a_machine_that_slept_while_it_asked_for_a_bar_is_late_for_it(desk: Desk, away: int) -> None:
    clock = VirtualClock(FIRST + MINUTE)

    class Sleeping(Market):
        def bring(self, desk: Desk) -> str:
            said = Market.bring(self, desk)
            if bar(2) < clock.now() < bar(3):
                clock.moment += away
            return said

    shop = market()
    played = play(desk, clock, Sleeping(shop.bars), 6 * HOUR)
    said = hours(played)
    assert said[1] == ["skipped: late"]
    decided = {(one.bar - FIRST) // HOUR for one in build_journal(desk).decisions_of(configured_book(desk).name)}
    assert {k for k, one in said.items() if one == DECIDED} == decided
    assert 5 in decided


def test_a_machine_that_slept_before_the_cycle_read_its_clock_has_decided_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = VirtualClock(FIRST + MINUTE)

    def sleep(_desk: Desk) -> None:
        if bar(2) < clock.now() < bar(3):
            clock.moment += 3 * HOUR

    monkeypatch.setattr("tasks.session.running.turn.await_words", sleep)
    played = play(desk, clock, market(), 6 * HOUR)
    assert hours(played)[1] == ["skipped: late"]
    assert all(one.seconds is None for one in played.events if one.bar == bar(1))


def test_a_journal_that_cannot_take_parameters_ends_no_session(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, told = VirtualClock(FIRST + MINUTE), []
    real = ParameterServer.at_boundary

    def at_boundary(server: ParameterServer, now: int) -> Snapshot:
        if bar(2) < now < bar(3):
            told.append(now)
            raise Unavailable("the journal cannot be written: disk full")
        return real(server, now)

    monkeypatch.setattr(ParameterServer, "at_boundary", at_boundary)
    played = play(desk, clock, market(), 4 * HOUR)
    said = hours(played)
    assert said[1] == ["failed: unavailable"]
    assert [said[k] for k in (0, 2, 3)] == [DECIDED] * 3
    assert played.why == "its time was over"


def test_a_bar_that_was_decided_by_who_died_before_saying_so_has_its_line(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, real = VirtualClock(FIRST + MINUTE), Session._tell

    def tell(self: Session, kind: SessionKind, reason: str, at: int | None = None, *rest: Any) -> None:
        if at == bar(1) and reason == "decided":
            raise RuntimeError("killed")
        real(self, kind, reason, at, *rest)

    monkeypatch.setattr(Session, "_tell", tell)
    with pytest.raises(RuntimeError, match="killed"):
        play(desk, clock, market(), 4 * HOUR)
    writing = bootstrap.build_writing
    monkeypatch.setattr(bootstrap, "build_writing", lambda *one: replace(writing(*one), is_dead=lambda _: True))
    again = play(desk, clock, market(), None)
    assert hours(again) == {1: ["decided: decided before"], 2: DECIDED, 3: DECIDED}
    log, journal = SessionLog(build_journal(desk).engine), build_journal(desk)
    lines = [event.bar for run in log.runs() for event in log.events(run.id or 0) if event.bar is not None]
    assert lines == [one.bar for one in journal.decisions_of(configured_book(desk).name)]


def test_the_capital_that_a_book_began_with_stays_its_own_after_a_start_without_it(desk: Desk) -> None:
    clock = VirtualClock(FIRST + MINUTE)
    flags: dict[str, object] = {"trading.capital": 5000.0}
    play(replace(desk, loaded=load(flags)), clock, market(), HOUR, flags)
    play(desk, clock, market(), HOUR)
    play(replace(desk, loaded=load(flags)), clock, market(), HOUR, flags)
    other: dict[str, object] = {"trading.capital": 10000.0}
    with pytest.raises(Refused, match=r"5000.*--capital 10000"):
        play(replace(desk, loaded=load(other)), clock, market(), HOUR, other)


def test_what_the_feeds_said_stands_beside_a_bar_that_did_not_come(desk: Desk) -> None:
    class Down(Market):
        def bring(self, desk: Desk) -> str:
            said = Market.bring(self, desk)
            # A feed takes its time.
            time.sleep(0.01)
            return "the feed is down" if bar(2) < desk.clock.now() < bar(3) else said

    played = play(desk, VirtualClock(FIRST + MINUTE), Down(market().bars, {bar(1): None}), 3 * HOUR)
    (reason,) = [one.reason for one in played.events if one.bar == bar(1)]
    assert reason.endswith("(the feed is down)")


def test_bars_that_did_not_come_while_a_session_asked_for_them_are_data_in_the_gap_report(desk: Desk) -> None:
    """All of them are there when the first one after them is decided on."""
    out = range(5, 9)
    played = play(desk, VirtualClock(FIRST + MINUTE), market({k: (9 - k) * HOUR for k in out}), 12 * HOUR)
    assert all(hours(played)[k][0] in ("skipped: no answer", "skipped: stale") for k in out)
    report = gap_report(desk, build_journal(desk), 30.0)
    assert report.missed == len(out)
    assert {one.kind for one in report.findings} == {Kind.DATA}
    assert report.parts[Kind.DATA] == pytest.approx(report.total, abs=1e-9)
    assert report.total != 0.0
