"""The small parts of a stream: pauses, doubles, closing, and what ccxt's words become."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ccxt
import numpy as np
import pytest

from models.types import BadInput, Bars, MarketTrades, Unavailable
from models.types.timeframes import MINUTE
from tasks.adapters.clocks import FixedClock
from tasks.adapters.feeds.streams import CcxtStream, OutOfStep, build_stream_exchange
from tasks.adapters.feeds.streams.closing import ClosedBars
from tasks.adapters.feeds.streams.line import Line
from tasks.adapters.feeds.streams.rows import book_of, trades_of
from tasks.ports import Page
from tasks.session.streaming import Patience
from tasks.session.streaming.bars import BarTaker
from tasks.session.streaming.doubles import REMEMBERED, Doubles


def test_pauses_double_up_to_the_longest_and_half_of_each_is_chance() -> None:
    patience = Patience(stale=1.0, first_delay=0.5, longest_delay=6.0, attempts=9, poll=1.0)
    rng = np.random.default_rng(3)
    for attempt, full in [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (5, 6.0), (6, 6.0), (10_000, 6.0)]:
        pauses = [patience.delay(attempt, rng) for _ in range(200)]
        assert full / 2 <= min(pauses) < 0.55 * full
        assert 0.95 * full < max(pauses) <= full
    assert patience.delay(4, np.random.default_rng(5)) == patience.delay(4, np.random.default_rng(5))


def _numbered(*ids: int) -> MarketTrades:
    columns = np.array(ids, np.float64)
    return MarketTrades(
        np.array(ids), np.array(ids), tuple(map(str, ids)), columns, columns, np.zeros(len(ids), np.bool_)
    )


def test_doubles_are_taken_out_in_order_and_long_ago_is_forgotten() -> None:
    doubles = Doubles(["7"])
    assert doubles.without(_numbered(5, 6, 7, 6, 8)).id == ("5", "6", "8")
    fresh = doubles.without(_numbered(8, 4))
    assert (fresh.id, fresh.price.tolist()) == (("4",), [4.0])
    assert len(doubles.without(_numbered(*range(100, 100 + REMEMBERED)))) == REMEMBERED
    assert doubles.without(_numbered(5, 100 + REMEMBERED - 1)).id == ("5",)


def _rows(*stamps: int) -> list[list[Any]]:
    return [[stamp, 1.0, 1.0, 1.0, 1.0, 1.0] for stamp in stamps]


def test_without_a_mark_a_bar_is_closed_when_the_next_one_began() -> None:
    closing = ClosedBars(marks=False)
    assert closing.take([]) == []
    assert closing.take(_rows(1)) == []
    assert closing.take(_rows(1, 2, 3)) == _rows(1, 2)
    assert closing.take(_rows(1, 2, 3)) == []
    assert closing.take(_rows(3, 5)) == _rows(3)


def test_with_marks_a_bar_is_closed_when_it_is_marked() -> None:
    closing = ClosedBars(marks=True)
    assert closing.take(_rows(1, 2)) == []
    closing.marked.add(1)
    assert closing.take(_rows(1, 2)) == _rows(1)
    closing.marked.add(3)
    assert closing.take(_rows(1, 2, 3)) == _rows(3)
    closing.marked.add(2)
    assert closing.take(_rows(1, 2, 3)) == []


@dataclass
class Asked:
    """A venue with the minute bars of these numbers; the last one is still open."""

    numbers: list[int]
    times: list[int | None] = field(default_factory=list)
    name: str = "asked"

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        self.times.append(since)
        if not self.numbers:
            raise Unavailable("nobody answers")
        yield Page(_bars(*(one for one in self.numbers if since is None or one * MINUTE >= since)), self.name)


def _bars(*numbers: int) -> Bars:
    return Bars(np.array(numbers, np.int64) * MINUTE, *[np.array(numbers, np.float64)] * 5)


@pytest.mark.parametrize(
    ("last", "venue", "comes", "stored", "said"),
    [
        (None, [], [3], [3], []),
        (2, [], [3, 4], [3, 4], []),
        (2, [], [2, 1], [], []),
        (2, [1, 2, 3, 4, 5], [4], [3, 4], ["fetched"]),
        (2, [1, 2, 3, 4, 5, 6], [4, 5], [3, 4, 5], ["fetched"]),
        (2, [1, 2, 5, 6, 7], [3, 6], [3, 5, 6], ["fetched"]),
        (None, [1, 2, 3, 4, 5], [1, 4], [1, 2, 3, 4], ["fetched"]),
        (2, [], [4], [4], ["not fetched"]),
        (2, [4, 5], [4], [4], ["fetched"]),
    ],
)
def test_bars_are_stored_once_in_order_and_what_is_missing_is_asked_for(
    last: int | None, venue: list[int], comes: list[int], stored: list[int], said: list[str]
) -> None:
    taken: list[int] = []
    turns: list[str] = []
    taker = BarTaker(
        symbol="X",
        timeframe="1m",
        feed=Asked(venue),
        store=lambda bars: taken.extend(int(one) // MINUTE for one in bars.ts),
        clock=FixedClock(0),
        say=lambda what, _: turns.append(what),
        last=None if last is None else last * MINUTE,
    )
    asyncio.run(taker.take(_bars(*comes)))
    assert (taken, turns) == (stored, said)
    assert taker.last == (None if last is None and not stored else MINUTE * (stored or [last])[-1])


def test_a_fallback_stopped_while_it_stores_and_the_stream_after_it_store_each_bar_once() -> None:
    taken: list[int] = []
    storing, go_on = threading.Event(), threading.Event()

    def store(bars: Bars) -> None:
        storing.set()
        assert go_on.wait(60)
        taken.extend(int(one) // MINUTE for one in bars.ts)

    async def scene() -> None:
        taker = BarTaker("X", "1m", Asked([1, 2, 3, 4, 5]), store, FixedClock(0), lambda *_: None, 2 * MINUTE)
        fallback = asyncio.create_task(taker.take(_bars(3)))
        assert await asyncio.to_thread(storing.wait, 60)
        fallback.cancel()
        stream = [asyncio.create_task(work) for work in (taker.catch_up(), taker.take(_bars(5, 6)))]
        await asyncio.sleep(0.05)
        go_on.set()
        await asyncio.gather(*stream)
        assert fallback.cancelled()

    asyncio.run(scene())
    assert taken == [3, 4, 5, 6]


BIDS, ASKS = [[10.0, 1.0, 7], [9.0, 2.0, 7]], [[11.0, 3.0], [12.0, 4.0]]


def test_a_book_is_copied_and_cut_and_takes_its_arrival_where_the_venue_gives_no_time() -> None:
    raw = {"bids": [row[:] for row in BIDS], "asks": ASKS, "timestamp": None}
    book = book_of(raw, 1, known_at=77)
    raw["bids"][0][0] = 1.0
    assert (book.ts, book.known_at, book.bids.tolist(), book.asks.tolist()) == (77, 77, [[10.0, 1.0]], [[11.0, 3.0]])
    assert book_of(raw | {"bids": BIDS, "timestamp": 5}, 9, 77).ts == 5000


@pytest.mark.parametrize(
    "sides", [{"bids": []}, {"asks": []}, {"bids": ASKS, "asks": BIDS}, {"bids": BIDS[::-1]}, {"asks": ASKS[::-1]}]
)
def test_a_book_that_cannot_be_is_none(sides: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match="order book"):
        book_of({"bids": BIDS, "asks": ASKS, "timestamp": 5} | sides, 20, 77)


@pytest.mark.parametrize(("venue", "expected"), [("binance", [True, False]), ("coinbase", [False, True])])
def test_coinbase_names_the_side_of_the_resting_order(venue: str, expected: list[bool]) -> None:
    raw = [{"timestamp": 5, "id": 1, "price": 2.0, "amount": 3.0, "side": side} for side in ("sell", "buy")]
    found = trades_of(venue, raw, 77)
    assert found.buyer_is_maker.tolist() == expected
    assert (found.ts.tolist(), found.known_at.tolist(), found.id) == ([5000, 5000], [77, 77], ("1", "1"))


class Told:
    """An exchange whose watch method ends as it was told."""

    id = "told"

    def __init__(self, *ends: Any) -> None:
        self.ends = list(ends)
        self.clients: dict[str, object] = {}

    async def watch(self) -> str:
        end = self.ends.pop(0)
        if isinstance(end, BaseException):
            raise end
        self.clients = {"url": end}
        return "answer"


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (ccxt.ChecksumError("x"), OutOfStep),
        (ccxt.NetworkError("x"), Unavailable),
        (ccxt.ExchangeError("x"), Unavailable),
        (ccxt.BadSymbol("x"), BadInput),
        (asyncio.CancelledError(), Unavailable),
    ],
)
def test_a_line_says_in_our_words_how_it_ended(end: BaseException, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="told"):
        asyncio.run(Line(Told(end)).ask("watch"))


def test_a_line_whose_socket_was_replaced_asks_no_more() -> None:
    async def scene() -> None:
        exchange = Told("one", "one", "two")
        line = Line(exchange)
        assert await line.ask("watch") == "answer"
        assert await line.ask("watch") == "answer"
        exchange.clients = {}
        with pytest.raises(Unavailable, match="closed the connection"):
            await line.ask("watch")
        assert exchange.ends == ["two"]

    asyncio.run(scene())


@pytest.mark.parametrize("venue", ["binance", "kraken", "coinbase", "bitget"])
def test_every_venue_streams_trades_and_books_and_all_but_coinbase_bars(venue: str) -> None:
    stream = CcxtStream(venue, lambda: build_stream_exchange(venue, None, None), clock=None)  # type: ignore[arg-type]
    assert stream.has("trades")
    assert stream.has("books")
    assert stream.has("bars") == (venue != "coinbase")


def test_a_venue_that_ccxt_does_not_stream_and_a_missing_ca_file_are_said() -> None:
    with pytest.raises(BadInput, match="nowhere"):
        build_stream_exchange("nowhere", None, None)
    with pytest.raises(BadInput, match="no file"):
        build_stream_exchange("binance", None, "no-such.pem")
    exchange = build_stream_exchange("binance", "http://127.0.0.1:1", None)
    assert (exchange.httpsProxy, exchange.wssProxy) == ("http://127.0.0.1:1", "http://127.0.0.1:1")
