"""All feeds down for five minutes of a session: trading stops, once."""

import pytest
from fake_feeds import BTC, RULES, FakeFeed, TurningClock

from data.journal import Fault, FeedHealth, FeedLog, Journal, PauseRule
from models.types import CALENDARS, Unavailable, parse_time
from models.types.timeframes import MINUTE, SECOND
from tasks.session.feeds import SingleFeed, Source, check_feeds_down, open_throughout
from tasks.session.feeds.stopping import outage_of

LIMIT = 5 * MINUTE
NAMES = ("one", "two", "three")
PAUSE = PauseRule(SECOND, SECOND)
T = parse_time("2024-03-01T12:00Z")


def read(feed: object) -> str:
    """Whether a round brought bars."""
    try:
        list(feed.pages(BTC.symbol, BTC.timeframe, None))  # type: ignore[attr-defined]
    except Unavailable:
        return "nothing"
    return "bars"


def test_all_down_for_five_minutes_stops_once(
    fakes: list[FakeFeed], together: object, clock: TurningClock, journal: Journal
) -> None:
    feed = together(*fakes)  # type: ignore[operator]
    began, told = clock.moment, []
    for minute in range(12):
        clock.moment = began + minute * MINUTE
        for fake in fakes:
            fake.mood = "ok" if minute == 0 else "down"
        read(feed)
        told.append(check_feeds_down(journal, NAMES, True, clock.moment, LIMIT) is not None)
    assert told == [False] * 6 + [True] * 6
    reason = journal.stop_reason()
    assert reason is not None
    assert reason.startswith("feed_down: no feed has answered since 2020-01-05T04:31:00Z (one: one did not give its")
    tables = journal.tables()
    assert [row["set_at"] for row in tables["control"]] == [began + 6 * MINUTE]
    assert [(row["severity"], row["raised_at"]) for row in tables["alerts_outbox"]] == [
        ("critical", began + 6 * MINUTE)
    ]
    for fake in fakes:
        fake.mood = "ok"
    clock.moment += 15 * MINUTE
    assert read(feed) == "bars"
    assert check_feeds_down(journal, NAMES, True, clock.moment, LIMIT) is None
    assert journal.stop_reason() == reason  # a latch: only a person releases it


@pytest.mark.parametrize("mood", ["hang", "late"])
def test_hanging_and_frozen_feeds_are_down_as_well(
    mood: str, fakes: list[FakeFeed], together: object, clock: TurningClock, journal: Journal
) -> None:
    feed = together(*fakes)  # type: ignore[operator]
    for fake in fakes:
        fake.mood, fake.frozen = mood, 0
    for _ in range(6):
        list_or_nothing = _from_the_end(feed, clock)
        assert list_or_nothing == "nothing"
        clock.moment += MINUTE
    assert check_feeds_down(journal, NAMES, True, clock.moment, LIMIT) is not None


def _from_the_end(feed: object, clock: TurningClock) -> str:
    try:
        list(feed.pages(BTC.symbol, BTC.timeframe, clock.moment - 3600 * 10 * SECOND))  # type: ignore[attr-defined]
    except Unavailable:
        return "nothing"
    return "bars"


def test_one_that_serves_is_enough(
    fakes: list[FakeFeed], together: object, clock: TurningClock, journal: Journal
) -> None:
    feed = together(*fakes)  # type: ignore[operator]
    fakes[0].mood = fakes[1].mood = "down"
    for _ in range(10):
        assert read(feed) == "bars"
        assert check_feeds_down(journal, NAMES, True, clock.moment, LIMIT) is None
        clock.moment += MINUTE
    assert journal.stop_reason() is None


def test_outside_of_sessions_nothing_stops(journal: Journal, log: FeedLog) -> None:
    for minute in range(7):
        log.failure("one", "SPY", Fault.DOWN, "gone", T + minute * MINUTE, PAUSE)
    assert check_feeds_down(journal, ("one",), False, T + 6 * MINUTE, LIMIT) is None
    assert journal.stop_reason() is None
    assert check_feeds_down(journal, ("one",), True, T + 6 * MINUTE, LIMIT) is not None


def test_the_first_reason_stays(journal: Journal, log: FeedLog) -> None:
    journal.set_stop("a person", 1)
    for minute in (0, 6):
        log.failure("one", "SPY", Fault.DOWN, "gone", T + minute * MINUTE, PAUSE)
    assert check_feeds_down(journal, ("one",), True, T + 6 * MINUTE, LIMIT) is not None
    assert journal.stop_reason() == "a person"
    assert len(journal.tables()["alerts_outbox"]) == 1


def _row(feed: str, success: int | None, failure: int | None, since: int | None) -> FeedHealth:
    """Times in minutes."""
    return FeedHealth(feed, *(None if one is None else T + one * MINUTE for one in (success, failure, since)), "gone")


@pytest.mark.parametrize(
    ("rows", "now", "down"),
    [
        ([], 0, False),
        # Failing for four minutes, for exactly five.
        ([_row("a", 0, 5, 1)], 5, False),
        ([_row("a", 0, 6, 1)], 6, True),
        # It has never answered at all.
        ([_row("a", None, 6, 1)], 6, True),
        # Nobody has asked for five minutes: it was quiet, not down.
        ([_row("a", 0, 6, 1)], 10, True),
        ([_row("a", 0, 6, 1)], 11, False),
        # Quiet for an hour, and the first answer after it is a failure.
        ([_row("a", 0, 60, 60)], 60, False),
        ([_row("a", 0, 66, 60)], 66, True),
        # One has been failing for long, the other served meanwhile: the outage begins with the other's failure.
        ([_row("a", 0, 60, 1), _row("b", 55, 60, 60)], 60, False),
        ([_row("a", 0, 60, 1), _row("b", 55, None, None)], 60, False),
        ([_row("a", 0, 65, 1), _row("b", 55, 65, 60)], 65, True),
        # A backup that lacks the symbol answered for another one long ago.
        ([_row("a", 0, 65, 58), _row("b", 55, 65, 60), _row("c", -900, None, None)], 65, True),
        ([_row("a", 0, 65, 58), _row("b", 55, 65, 60), _row("c", 61, None, None)], 65, False),
    ],
)
def test_the_rule(rows: list[FeedHealth], now: int, down: bool) -> None:
    assert (outage_of(tuple(rows), T + now * MINUTE, LIMIT) is not None) is down


@pytest.mark.parametrize(
    ("calendar", "now", "is_open"),
    [
        ("24/7", "2024-03-03T00:00Z", True),
        ("XNYS", "2024-03-01T14:34Z", False),  # it opened at 14:30
        ("XNYS", "2024-03-01T14:35Z", True),
        ("XNYS", "2024-03-01T20:59Z", True),
        ("XNYS", "2024-03-01T21:00Z", False),
        ("XNYS", "2024-03-02T16:00Z", False),
    ],
)
def test_open_throughout(calendar: str, now: str, is_open: bool) -> None:
    assert open_throughout(CALENDARS[calendar], parse_time(now), LIMIT) is is_open


def test_a_single_feed_gives_its_pages_as_they_are_and_its_health_is_kept(
    fakes: list[FakeFeed], clock: TurningClock, log: FeedLog
) -> None:
    one = fakes[0]
    feed = SingleFeed(BTC, Source(one, BTC.symbol), RULES, clock, log)
    reading = feed.pages(BTC.symbol, BTC.timeframe, None)
    pages = [next(reading)]
    assert log.health(("one",)) == (FeedHealth("one", clock.moment, None, None, None),)
    pages += reading
    assert sum(len(page.bars) for page in pages) == 101  # the growing one included: intake knows what to do with it
    assert (feed.name, {page.source for page in pages}) == ("one", {"one"})
    assert [number for _, number in one.asked] == [*range(0, 110, 10), 101]
    assert log.health(("one",)) == (FeedHealth("one", clock.moment, None, None, None),)
    one.mood = "late"
    assert list(feed.pages(BTC.symbol, BTC.timeframe, None)) == []
    for mood, text in (("down", "one did not give its bars"), ("hang", "one did not answer within 0.25 s")):
        one.mood, clock.moment = mood, clock.moment + SECOND
        with pytest.raises(Unavailable, match=f"^{text}$"):
            list(feed.pages(BTC.symbol, BTC.timeframe, None))
        (health,) = log.health(("one",))
        assert (health.last_failure, health.reason) == (clock.moment, text)
    assert health.failing_since == clock.moment - SECOND
    one.mood = "ok"
    one.released.set()
