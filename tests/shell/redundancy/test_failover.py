"""One feed out of several: who serves, why, and that no bar is lost, doubled or wrong."""

import logging
import time
from collections.abc import Callable

import pytest
from fake_feeds import BTC, START, FakeFeed, TurningClock, truth

from data.journal import Change, Fault, FeedEvent, FeedLog
from models.types import BadInput, Unavailable
from models.types.timeframes import HOUR, MINUTE, SECOND
from tasks.ports import Page
from tasks.session.feeds import FailoverFeed

Together = Callable[..., FailoverFeed]
CLOSED = 100  # bars that have closed by the clock of the fixtures


def read(feed: FailoverFeed, since: int | None = None) -> list[Page]:
    return list(feed.pages(BTC.symbol, BTC.timeframe, since))


def stamps(pages: list[Page]) -> list[int]:
    return [int(stamp - START) // HOUR for page in pages for stamp in page.bars.ts]


def sources(pages: list[Page]) -> list[str]:
    """Who gave the pages, neighbours of one name once."""
    names = [page.source for page in pages]
    return [name for k, name in enumerate(names) if k == 0 or names[k - 1] != name]


def happened(log: FeedLog, *kinds: Change) -> list[FeedEvent]:
    return [event for event in log.events(BTC) if not kinds or event.kind in kinds]


def require_true(pages: list[Page], first: int = 0, count: int = CLOSED) -> None:
    assert stamps(pages) == list(range(first, count))
    closes = [close for page in pages for close in page.bars.close]
    assert closes == truth(count).close[first:].tolist()


def test_the_first_feed_serves_as_long_as_it_is_well(fakes: list[FakeFeed], together: Together, log: FeedLog) -> None:
    feed = together(*fakes)
    require_true(read(feed))
    assert (feed.name, fakes[0].opened) == ("one", 1)
    assert sources(read(feed)) == ["one"]
    assert happened(log) == []
    assert fakes[2].asked == []


@pytest.mark.parametrize(
    ("mood", "fault", "reason"),
    [
        ("down", Fault.DOWN, "one did not give its bars"),
        ("hang", Fault.HANGING, "one did not answer within 0.25 s"),
        ("late", Fault.LATE, "one is late: at least"),
        ("empty", Fault.LATE, "one is late: at least"),
        ("wrong", Fault.WRONG, "closes of one are up to 296 bps off those of two, three, 100 are allowed"),
        ("shuffled", Fault.WRONG, "bars of one are not in the order of time"),
    ],
)
def test_a_failing_first_feed_is_passed_over_with_its_reason(
    mood: str, fault: Fault, reason: str, fakes: list[FakeFeed], together: Together, log: FeedLog
) -> None:
    fakes[0].mood, fakes[0].frozen = mood, 37
    began = time.monotonic()
    pages = read(together(*fakes), START)
    assert time.monotonic() - began < 60.0
    require_true(pages)
    assert sources(pages) == (["one", "two"] if mood == "late" else ["two"])
    (event,) = happened(log)
    assert (event.kind, event.feed_from, event.feed_to) == (Change.SWITCH, "one", "two")
    assert event.reason.startswith(reason)
    pause = log.pause("one", BTC.symbol)
    assert pause is not None
    assert (pause.fault, pause.failures, pause.retry_at - pause.failed_at) == (fault, 1, MINUTE)


def test_a_change_in_the_middle_joins_without_seam(fakes: list[FakeFeed], together: Together) -> None:
    pages = []
    fakes[1].size = 7
    for page in together(*fakes).pages(BTC.symbol, "1h", None):
        pages.append(page)
        fakes[0].mood = "down" if len(pages) >= 3 else "ok"
    require_true(pages)
    assert sources(pages) == ["one", "two"]
    assert stamps(pages[:3]) == list(range(30))


def test_the_growing_bar_is_left_out_and_late_means_more_than_late_bars(
    fakes: list[FakeFeed], together: Together, log: FeedLog
) -> None:
    fakes[0].mood, fakes[0].frozen = "late", CLOSED - 3
    assert stamps(read(together(*fakes)))[-1] == CLOSED - 4
    assert happened(log) == []
    fakes[0].frozen = CLOSED - 4
    assert stamps(read(together(*fakes), START))[-1] == CLOSED - 1
    assert [event.feed_to for event in happened(log)] == ["two"]


def test_a_paused_feed_is_left_alone_and_comes_back_after_its_pause(
    fakes: list[FakeFeed], together: Together, log: FeedLog, clock: TurningClock
) -> None:
    fakes[0].mood = "down"
    feed = together(*fakes)
    read(feed)
    fakes[0].mood, fakes[0].asked = "ok", []
    assert sources(read(feed)) == ["two"]
    assert fakes[0].asked == []
    clock.moment += 60 * SECOND
    assert sources(read(together(*fakes))) == ["one"]  # the state is the journal's, not the object's
    told = [(event.kind, event.feed_from, event.feed_to, event.reason) for event in happened(log)]
    assert told == [
        (Change.SWITCH, "one", "two", "one did not give its bars"),
        (Change.BACK, "two", "one", "one answers again"),
    ]


def test_a_feed_that_comes_back_in_the_middle_takes_over_where_the_other_ended(
    fakes: list[FakeFeed], together: Together, clock: TurningClock
) -> None:
    fakes[0].mood = "down"
    pages = []
    for page in together(*fakes).pages(BTC.symbol, "1h", None):
        pages.append(page)
        if len(pages) == 4:
            fakes[0].mood, clock.moment = "ok", clock.moment + 61 * SECOND
    require_true(pages)
    assert sources(pages) == ["two", "one"]


def test_every_change_has_the_reason_of_its_own_time(
    fakes: list[FakeFeed], together: Together, clock: TurningClock, log: FeedLog
) -> None:
    moods = {0: ("down", "down", "ok"), 3: ("down", "ok", "ok"), 5: ("ok", "ok", "ok")}

    def turn(number: int) -> None:
        if number in moods:
            clock.moment += 4 * MINUTE
            fakes[0].mood, fakes[1].mood, fakes[2].mood = moods[number]

    turn(0)
    pages = []
    for number, page in enumerate(together(*fakes).pages(BTC.symbol, "1h", None), 1):
        pages.append(page)
        turn(number)
    require_true(pages)
    assert sources(pages) == ["three", "two", "one"]
    assert [(event.feed_from, event.feed_to, event.reason) for event in happened(log, Change.SWITCH, Change.BACK)] == [
        ("one", "three", "one did not give its bars"),
        ("three", "two", "two answers again"),
        ("two", "one", "one answers again"),
    ]


def test_a_backup_called_a_second_time_goes_on_where_the_series_is(
    fakes: list[FakeFeed], together: Together, clock: TurningClock
) -> None:
    pages = []
    fakes[0].mood = "down"
    for page in together(*fakes).pages(BTC.symbol, "1h", None):
        pages.append(page)
        if len(pages) in (2, 5):
            fakes[0].mood, clock.moment = "ok" if len(pages) == 2 else "down", clock.moment + 61 * SECOND
    require_true(pages)
    assert sources(pages) == ["two", "one", "two"]


def test_pauses_grow_while_the_feed_goes_on_failing_and_begin_anew_after_a_long_rest(
    fakes: list[FakeFeed], together: Together, log: FeedLog, clock: TurningClock
) -> None:
    feed = together(*fakes)
    lengths = []
    for mood in ("down", "down", "ok", "down", "down", "down", "down"):
        fakes[0].mood = mood
        read(feed)
        pause = log.pause("one", BTC.symbol)
        lengths.append(0 if pause is None else (pause.retry_at - pause.failed_at) // SECOND)
        clock.moment = clock.moment if pause is None else pause.retry_at
    assert lengths == [60, 120, 0, 240, 480, 600, 600]
    clock.moment += 601 * SECOND
    fakes[0].mood = "down"
    read(feed)
    pause = log.pause("one", BTC.symbol)
    assert pause is not None
    assert pause.failures == 1


def test_switching_is_told_once_and_not_with_every_page(
    fakes: list[FakeFeed], together: Together, log: FeedLog, caplog: pytest.LogCaptureFixture
) -> None:
    fakes[0].mood = "down"
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert sources(read(together(*fakes))) == ["two"]
    assert len(happened(log)) == 1
    assert [record.message for record in caplog.records] == [
        "binance BTC/USDT 1h: switch from one to two: one did not give its bars"
    ]


def test_when_all_are_on_a_pause_they_are_asked_all_the_same(fakes: list[FakeFeed], together: Together) -> None:
    for fake in fakes:
        fake.mood = "down"
    feed = together(*fakes)
    with pytest.raises(Unavailable, match=r"no feed gives .*: one did .*; two did .*; three did not give its bars"):
        read(feed)
    fakes[2].mood = "ok"
    pages = read(feed)
    require_true(pages)
    assert sources(pages) == ["three"]


def test_a_hanging_request_is_not_repeated_while_it_hangs(fakes: list[FakeFeed], together: Together) -> None:
    for fake in fakes:
        fake.mood = "hang"
    feed = together(*fakes)
    for _ in range(3):
        with pytest.raises(Unavailable):
            read(feed)
    assert [len(fake.asked) for fake in fakes] == [1, 1, 1]
    fakes[0].mood = "ok"
    with pytest.raises(Unavailable, match="one has not answered an earlier request yet"):
        read(feed)
    fakes[0].released.set()
    time.sleep(0.05)
    assert sources(read(feed)) == ["one"]


def test_two_feeds_that_disagree_are_both_not_believed(
    fakes: list[FakeFeed], together: Together, log: FeedLog, clock: TurningClock
) -> None:
    fakes[1].mood = "wrong"
    feed = together(fakes[0], fakes[1])
    for _ in range(2):
        pages = []
        with pytest.raises(Unavailable, match=r"blocked: closes of one and two are up to 296 bps apart over 10 bars"):
            pages.extend(feed.pages(BTC.symbol, "1h", None))
        assert pages == []
    (event,) = happened(log)
    assert (event.kind, event.feed_from, event.feed_to) == (Change.BLOCKED, "one", None)
    assert feed.blocked() == event
    fakes[1].mood = "ok"
    require_true(read(feed))
    assert [event.kind for event in happened(log)] == [Change.BLOCKED, Change.CLEARED]
    assert feed.blocked() is None


def test_three_that_all_say_something_else_block_too(fakes: list[FakeFeed], together: Together) -> None:
    fakes[1].mood, fakes[2].mood, fakes[2].factor = "wrong", "wrong", 0.95
    with pytest.raises(Unavailable, match="among 3 feeds no majority"):
        read(together(*fakes))


def test_a_wrong_backup_is_outvoted_and_left_alone(fakes: list[FakeFeed], together: Together, log: FeedLog) -> None:
    fakes[1].mood = "wrong"
    pages = read(together(*fakes))
    require_true(pages)
    assert sources(pages) == ["one"]
    pause = log.pause("two", BTC.symbol)
    assert pause is not None
    assert pause.fault is Fault.WRONG
    assert happened(log) == []


def test_a_feed_that_was_wrong_is_not_believed_alone(
    fakes: list[FakeFeed], together: Together, clock: TurningClock, log: FeedLog
) -> None:
    feed = together(*fakes)
    fakes[0].mood = "wrong"
    assert sources(read(feed)) == ["two"]
    fakes[1].mood = fakes[2].mood = "down"
    clock.moment += 5 * MINUTE
    with pytest.raises(Unavailable, match=r"one was wrong before \(.*\), and no other feed can say"):
        read(feed)
    fakes[0].mood = fakes[2].mood = "ok"
    clock.moment += 15 * MINUTE
    assert sources(read(feed)) == ["one"]


def test_who_was_wrong_refutes_nobody_and_does_not_serve_until_it_is_borne_out(
    fakes: list[FakeFeed], together: Together, clock: TurningClock, log: FeedLog
) -> None:
    feed = together(*fakes)
    for number in (1, 0):  # as a witness, and as the one whose turn it is
        fakes[number].mood = "wrong"
        read(feed)
        fakes[2].mood = "down"
        clock.moment += 4 * MINUTE
        pages = read(feed)
        require_true(pages)
        assert sources(pages) == [fakes[1 - number].name]
        pause = log.pause(fakes[number].name, BTC.symbol)
        assert pause is not None
        assert (pause.fault, pause.failures, pause.failed_at) == (Fault.WRONG, 2, clock.moment)
        fakes[number].mood = fakes[2].mood = "ok"
        clock.moment += 15 * MINUTE
        read(feed)
        assert log.pause(fakes[number].name, BTC.symbol) is None
    assert Change.BLOCKED not in [event.kind for event in happened(log)]


def test_a_feed_without_witnesses_is_believed_and_that_is_told(
    fakes: list[FakeFeed], together: Together, log: FeedLog, clock: TurningClock
) -> None:
    feed = together(fakes[0], fakes[1])
    fakes[1].mood = "down"
    require_true(read(feed))
    assert [event.kind for event in happened(log)] == [Change.UNCHECKED]
    fakes[1].mood = "ok"
    clock.moment += 2 * MINUTE
    require_true(read(feed))
    assert [event.kind for event in happened(log)] == [Change.UNCHECKED, Change.CHECKED]


def test_a_long_history_is_checked_with_half_the_calls(fakes: list[FakeFeed], together: Together) -> None:
    fakes[0].size = fakes[1].size = 20
    pages = read(together(*fakes))
    require_true(pages)
    served = len(pages)
    assert served == 5
    # Two history pages per answer of the witness, and one for the newest page.
    assert [number for _, number in fakes[1].asked] == [10, 50, 90]


def test_a_history_tolerates_an_odd_bar_and_the_newest_bars_do_not(
    fakes: list[FakeFeed], together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = together(fakes[0], fakes[1])
    odd: list[int] = []
    sound = FakeFeed._answer

    def with_odd_bars(self: FakeFeed) -> object:
        bars = sound(self)
        if self.name == "two":
            bars.close[[one for one in odd if one < len(bars)]] *= 1.03
        return bars

    monkeypatch.setattr(FakeFeed, "_answer", with_odd_bars)
    odd.extend(range(5, 90, 10))
    require_true(read(feed))
    odd.append(95)
    with pytest.raises(Unavailable, match="blocked"):
        read(feed)


def test_a_backup_that_keeps_little_history_neither_fails_nor_is_asked_for_every_page(
    fakes: list[FakeFeed], together: Together, log: FeedLog
) -> None:
    fakes[1].begins_at = 80
    pages = read(together(*fakes))
    require_true(pages)
    assert log.pause("two", BTC.symbol) is None
    # Once in the history, and once more for the newest bars.
    assert (fakes[1].opened, len(fakes[1].asked)) == (2, 1)
    assert happened(log) == []


def test_what_the_first_feed_does_not_have_is_not_taken_from_another(fakes: list[FakeFeed], together: Together) -> None:
    fakes[0].mood = "lacking"
    with pytest.raises(BadInput, match="one has no such market"):
        read(together(*fakes))


def test_a_backup_without_the_symbol_is_passed_over(fakes: list[FakeFeed], together: Together, log: FeedLog) -> None:
    fakes[0].mood, fakes[1].mood = "down", "lacking"
    assert sources(read(together(*fakes))) == ["three"]
    assert log.pause("two", BTC.symbol) is None


def test_a_backup_is_asked_for_its_own_symbol(fakes: list[FakeFeed], together: Together) -> None:
    fakes[0].mood = "down"
    read(together(*fakes, symbols={"two": "XBT/USDT"}))
    assert {symbol for symbol, _ in fakes[1].asked} == {"XBT/USDT"}
    assert {symbol for symbol, _ in fakes[2].asked} == {"BTC/USDT"}


DOLLARS = {"two": "BTC/USD", "three": "BTC/USD"}


def test_another_currency_serves_only_beside_a_feed_of_the_own_one(
    fakes: list[FakeFeed], together: Together, log: FeedLog
) -> None:
    fakes[0].mood = "down"
    with pytest.raises(Unavailable, match="two quotes BTC/USD, and no feed of the series' own currency"):
        read(together(*fakes, symbols=DOLLARS))
    assert sources(read(together(*fakes, symbols={"two": "BTC/USD"}))) == ["two"]


def test_the_own_currency_is_asked_for_its_opinion_first(fakes: list[FakeFeed], together: Together) -> None:
    require_true(read(together(*fakes, symbols={"two": "BTC/USD"})))
    assert fakes[1].asked == []


def test_dollars_do_not_outvote_tethers(fakes: list[FakeFeed], together: Together) -> None:
    fakes[0].mood = "wrong"  # or the tether lost its peg: nobody can tell
    with pytest.raises(Unavailable, match="blocked"):
        read(together(*fakes, symbols=DOLLARS))
    fakes[0].mood = "ok"
    require_true(read(together(*fakes, symbols=DOLLARS)))


def test_all_late_is_said(fakes: list[FakeFeed], together: Together) -> None:
    pages: list[Page] = []
    for k, fake in enumerate(fakes):
        fake.mood, fake.frozen = "late", 40 + 10 * k
    with pytest.raises(Unavailable, match=r"one is late: .*; two is late: .*; three is late"):
        pages.extend(together(*fakes).pages(BTC.symbol, "1h", None))
    assert stamps(pages) == list(range(60))


def test_a_feed_without_any_bars_is_not_the_end_of_the_series(
    fakes: list[FakeFeed], together: Together, log: FeedLog
) -> None:
    fakes[0].mood = "empty"
    require_true(read(together(*fakes), None))
    assert happened(log)[0].reason == "one has no bars at all"


def test_another_series_and_a_backup_named_twice_are_refused(fakes: list[FakeFeed], together: Together) -> None:
    with pytest.raises(BadInput, match="was asked for ETH/USDT 1h"):
        list(together(*fakes).pages("ETH/USDT", "1h", None))
    with pytest.raises(BadInput, match="name every backup once"):
        together(fakes[0], fakes[0])


def test_an_error_of_an_adapter_is_not_taken_for_a_failing_venue(fakes: list[FakeFeed], together: Together) -> None:
    fakes[0].clock = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        read(together(*fakes))
