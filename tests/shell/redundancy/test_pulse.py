"""The pulse of the book's feeds: it stops trading after five minutes of silence, and only then."""

from pathlib import Path

import pytest
from fake_feeds import START, FakeFeed, TurningClock

from data.journal import Journal
from models.types import Series
from models.types.timeframes import HOUR, MINUTE
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.feeds import failover_for, feel_pulse, watch_feeds

SERIES = {"binance": Series("binance", "BTC/USDT", "1h"), "alpaca": Series("alpaca", "SPY", "1h")}
WEDNESDAY = START + 7 * 24 * HOUR  # 2020-01-08, 00:00 UTC


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Desk:
    venue = getattr(request, "param", "binance")
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setenv("KEEL_TRADING__VENUE", venue)
    monkeypatch.setenv("KEEL_TRADING__SYMBOLS", f"[{SERIES[venue].symbol}]")
    monkeypatch.setenv("KEEL_TRADING__TIMEFRAME", SERIES[venue].timeframe)
    return build_desk(as_of=WEDNESDAY)


def minutes(desk: Desk, journal: Journal, feeds: dict[str, FakeFeed], clock: TurningClock, begin: int, count: int):
    """A pulse a minute from `begin` on; what each of them said."""
    series = desk.universe()[0]
    said = []
    for number in range(count):
        clock.moment = begin + number * MINUTE
        at = desk.at(clock.moment)
        feed = failover_for(at, series, lambda venue, _: feeds[venue], journal, at.loaded.settings.feeds)
        said.append(feel_pulse(at, journal, series, feed))
    return said


def fakes(clock: TurningClock, mood: str) -> dict[str, FakeFeed]:
    names = ("binance", "kraken", "bitget", "coinbase", "cryptocompare", "alpaca")
    return {name: FakeFeed(name, clock, mood=mood) for name in names}


def test_five_silent_minutes_stop_trading(desk: Desk, journal: Journal) -> None:
    clock = TurningClock(0)
    said = minutes(desk, journal, fakes(clock, "down"), clock, WEDNESDAY, 7)
    assert said[:5] == [None] * 5
    assert said[5] is not None
    assert journal.stop_reason() == said[5]
    assert said[5].startswith("feed_down: no feed has answered since 2020-01-08T00:00:00Z")


def test_one_answer_in_between_is_a_sign_of_life(desk: Desk, journal: Journal) -> None:
    clock = TurningClock(0)
    feeds = fakes(clock, "down")
    minutes(desk, journal, feeds, clock, WEDNESDAY, 4)
    feeds["bitget"].mood = "ok"
    minutes(desk, journal, feeds, clock, WEDNESDAY + 4 * MINUTE, 1)
    feeds["bitget"].mood = "down"
    assert minutes(desk, journal, feeds, clock, WEDNESDAY + 5 * MINUTE, 4) == [None] * 4
    assert journal.stop_reason() is None


@pytest.mark.parametrize("desk", ["alpaca"], indirect=True)
def test_at_night_nobody_asks_for_stocks(desk: Desk, journal: Journal) -> None:
    clock = TurningClock(0)
    feeds = fakes(clock, "down")
    assert minutes(desk, journal, feeds, clock, WEDNESDAY + 8 * HOUR, 9) == [None] * 9
    assert feeds["alpaca"].asked == []
    opened = WEDNESDAY + 14 * HOUR + 30 * MINUTE
    assert minutes(desk, journal, feeds, clock, opened, 7)[-1] is not None


def test_feeds_that_come_back_do_not_release_the_stop(desk: Desk, journal: Journal) -> None:
    clock = TurningClock(0)
    feeds = fakes(clock, "down")
    minutes(desk, journal, feeds, clock, WEDNESDAY, 7)
    for feed in feeds.values():
        feed.mood = "ok"
    minutes(desk, journal, feeds, clock, WEDNESDAY + 10 * MINUTE, 2)
    assert watch_feeds(desk.at(clock.moment), journal) is None
    assert str(journal.stop_reason()).startswith("feed_down")
