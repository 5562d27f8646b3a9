"""What the journal keeps of its feeds."""

from dataclasses import replace

from data.journal import (
    Change,
    Fault,
    FeedEvent,
    FeedHealth,
    FeedLog,
    Journal,
    JournalPlace,
    PauseRule,
    blocked_by,
)
from models.types import Series

BTC = Series("binance", "BTC/USDT", "1h")
RULE = PauseRule(first=10, longest=60)


def test_a_feeds_health_is_its_newest_answers_and_since_when_it_fails(journal: Journal) -> None:
    log = FeedLog(journal.engine)
    assert log.health(("kraken",)) == ()
    log.failure("kraken", "A", Fault.DOWN, "first", 5, RULE)
    log.failure("kraken", "B", Fault.HANGING, "second", 7, RULE)
    assert log.health(("kraken", "binance")) == (FeedHealth("kraken", None, 7, 5, "second"),)
    log.success("kraken", "B", 9)
    assert log.health(("kraken",)) == (FeedHealth("kraken", 9, 7, None, "second"),)
    log.failure("kraken", "A", Fault.LATE, "third", 11, RULE)
    log.answered("binance", 12)
    expected = (FeedHealth("binance", 12, None, None, None), FeedHealth("kraken", 9, 11, 11, "third"))
    assert log.health(("binance", "kraken")) == expected


def test_a_fault_of_one_symbol_pauses_that_and_one_of_the_feed_all(journal: Journal, place: JournalPlace) -> None:
    log = FeedLog(journal.engine)
    log.failure("kraken", "A", Fault.WRONG, "off", 100, RULE)
    assert log.pause("kraken", "B") is None
    assert log.pause("binance", "A") is None
    log.failure("kraken", "B", Fault.DOWN, "gone", 101, RULE)
    log = FeedLog(place.open().engine)
    found = {symbol: log.pause("kraken", symbol) for symbol in ("A", "B", "C")}
    assert {symbol: pause and (pause.fault, pause.retry_at) for symbol, pause in found.items()} == {
        "A": (Fault.WRONG, 110),  # its own comes first
        "B": (Fault.DOWN, 111),
        "C": (Fault.DOWN, 111),
    }
    log.success("kraken", "C", 102)  # the feed is up again, which says nothing of A
    assert [log.pause("kraken", symbol) is None for symbol in ("A", "B", "C")] == [False, True, True]
    log.success("kraken", "A", 103)
    assert log.pause("kraken", "A") is None


def test_pauses_double_up_to_the_longest_and_begin_anew_after_it(journal: Journal) -> None:
    log = FeedLog(journal.engine)
    lengths = []
    for at in (0, 20, 40, 60, 80, 141):
        log.failure("kraken", "A", Fault.DOWN, "gone", at, RULE)
        log.success("kraken", "A", at) if at == 40 else None
        pause = log.pause("kraken", "A")
        lengths.append(None if pause is None else pause.retry_at - at)
    assert lengths == [10, 20, None, 60, 60, 10]
    assert RULE.after(10_000) == 60


def test_events_come_back_in_order_and_by_series(journal: Journal) -> None:
    log = FeedLog(journal.engine)
    assert log.last(BTC, tuple(Change)) is None
    assert blocked_by(log, BTC) is None
    made = [
        FeedEvent(9, BTC, "binance", "kraken", Change.SWITCH, "gone"),
        FeedEvent(9, BTC, "kraken", None, Change.BLOCKED, "apart"),
        FeedEvent(5, BTC, "kraken", "binance", Change.BACK, "answers again"),  # the clock was set back
    ]
    for event in made:
        log.record(event)
    log.record(replace(made[0], series=replace(BTC, timeframe="5m")))
    assert log.events(BTC) == made
    assert log.last(BTC, (Change.SWITCH, Change.BACK)) == made[2]
    assert blocked_by(log, BTC) == made[1]
    log.record(replace(made[1], kind=Change.CLEARED, feed_to="kraken"))
    assert blocked_by(log, BTC) is None
