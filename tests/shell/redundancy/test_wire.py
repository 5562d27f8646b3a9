"""Failover over real sockets: three venues on the loopback, each in its own wire format."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import stamina
from fake_feeds import RULES
from venues.base import Fault as WireFault
from venues.base import Loopback, running
from venues.binance import Binance
from venues.bitget import Bitget
from venues.cases import access_to
from venues.kraken import Kraken
from venues.tape import FIRST, HOUR_MS, hours

from data.journal import Change, FeedLog
from models.types import CALENDARS, Series, Unavailable
from models.types.timeframes import HOUR
from tasks.adapters.clocks import FixedClock
from tasks.adapters.feeds import BUILDERS
from tasks.adapters.venues import Limits
from tasks.ports import Page
from tasks.session.feeds import FailoverFeed, Source

BTC = Series("binance", "BTC/USDT", "1h")
SERVERS: tuple[tuple[str, type[Loopback], str], ...] = (
    ("binance", Binance, "BTC/USDT"),
    ("bitget", Bitget, "BTC/USDT"),
    ("kraken", Kraken, "BTC/USD"),
)
COUNT = 60
DEADLINE = 1.5


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No waiting for budgets or between attempts: that is the adapters' own and has its tests."""
    monkeypatch.setattr(Limits, "wait", lambda *_: None)
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.fixture
def venues() -> Iterator[dict[str, Loopback]]:
    with ExitStack() as open_ones:
        yield {
            name: open_ones.enter_context(running(server(tape=hours(COUNT + 1), hang_s=2.0)))
            for name, server, _ in SERVERS
        }


@pytest.fixture
def feed(venues: dict[str, Loopback], tmp_path: Path, log: FeedLog) -> FailoverFeed:
    now = FIRST + COUNT * HOUR_MS + HOUR_MS // 2
    sources = [
        Source(BUILDERS[name](replace(access_to(venues[name], tmp_path, now), attempts=1)), symbol)
        for name, _, symbol in SERVERS
    ]
    # Markets are loaded before the clock runs, as in a process that has been up for a while.
    for source in sources:
        next(source.feed.pages(source.symbol, "1h", FIRST * 1000))
    rules = RULES.model_copy(update={"deadline_seconds": DEADLINE})
    return FailoverFeed(BTC, tuple(sources), rules, CALENDARS["24/7"], FixedClock(now * 1000), log)


Read = Callable[[], tuple[list[Page], float]]


@pytest.fixture
def read(feed: FailoverFeed) -> Read:
    def timed() -> tuple[list[Page], float]:
        began = time.monotonic()
        pages = list(feed.pages(BTC.symbol, "1h", FIRST * 1000))
        return pages, time.monotonic() - began

    return timed


def require_true(pages: list[Page]) -> None:
    candles = hours(COUNT).candles(HOUR_MS, 0, 2 * FIRST)
    assert [int(ts) for page in pages for ts in page.bars.ts] == [one.begin * 1000 for one in candles]
    assert [float(close) for page in pages for close in page.bars.close] == [float(one.close) for one in candles]


def test_all_are_well(venues: dict[str, Loopback], read: Read, log: FeedLog) -> None:
    pages, _ = read()
    require_true(pages)
    assert {page.source for page in pages} == {"binance"}
    assert log.events(BTC) == []
    assert all(one.failing_since is None for one in log.health(("binance", "bitget", "kraken")))


@pytest.mark.parametrize(
    ("fault", "reason", "served"),
    [
        (503, "binance did not give its bars (ExchangeNotAvailable, HTTP 503)", ["bitget"]),
        ("reset", "binance did not give its bars (", ["bitget"]),
        ("html", "binance did not give its bars (", ["bitget"]),
        ("cut", "binance did not give its bars (", ["bitget"]),
        ("stale", "binance is late: at least 23 closed bars are missing at its end, 3 may", ["binance", "bitget"]),
        ("empty", "binance is late: at least 60 closed bars are missing at its end, 3 may", ["bitget"]),
        ("off", "closes of binance are up to 296 bps off those of bitget, kraken, 100 are allowed", ["bitget"]),
        ("hang", "binance did not answer within 1.5 s", ["bitget"]),
    ],
)
def test_the_next_one_serves_within_its_deadline_and_the_event_says_why(
    fault: WireFault, reason: str, served: list[str], venues: dict[str, Loopback], read: Read, log: FeedLog
) -> None:
    venues["binance"].always, venues["binance"].fault_path = fault, "/klines"
    pages, seconds = read()
    require_true(pages)
    assert list(dict.fromkeys(page.source for page in pages)) == served
    (event,) = log.events(BTC)
    assert (event.kind, event.feed_from, event.feed_to) == (Change.SWITCH, "binance", "bitget")
    assert event.reason.startswith(reason)
    # The first one's deadline, where it is used up, and far less than its own for each that answers.
    assert seconds < (DEADLINE if fault == "hang" else 0.0) + DEADLINE


def test_bars_in_dollars_serve_while_tethers_bear_them_out(
    venues: dict[str, Loopback], feed: FailoverFeed, read: Read, log: FeedLog
) -> None:
    kraken_first = FailoverFeed(
        BTC, (feed.sources[0], feed.sources[2], feed.sources[1]), feed.rules, feed.calendar, feed.clock, log
    )
    venues["binance"].always = 503
    pages = list(kraken_first.pages(BTC.symbol, "1h", FIRST * 1000))
    require_true(pages)
    assert {page.source for page in pages} == {"kraken"}
    venues["bitget"].always = 503
    with pytest.raises(Unavailable, match=r"kraken quotes BTC/USD"):
        list(kraken_first.pages(BTC.symbol, "1h", FIRST * 1000))


def test_all_down_is_one_sentence_of_all_reasons(venues: dict[str, Loopback], read: Read, log: FeedLog) -> None:
    for venue in venues.values():
        venue.always = 503
    with pytest.raises(Unavailable, match=r"no feed gives .*: binance did .*; bitget did .*; kraken did ") as error:
        read()
    assert not any(venue.url in str(error.value) for venue in venues.values())
    health = log.health(("binance", "bitget", "kraken"))
    assert [one.failing_since for one in health] == [feed_now(health[0].last_failure)] * 3


def feed_now(moment: int | None) -> int:
    assert moment == (FIRST + COUNT * HOUR_MS) * 1000 + HOUR // 2
    return moment
