"""A loopback venue that drops, falls silent, skips, repeats and disorders: the lake is right all the same."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stream_runs import PATIENCE, Running, streaming
from stream_venue import FIRST_MS, MINUTE_MS

from data.books import append_books, book_store
from data.tick_writer import TickWriter
from data.ticks import Market
from data.trades import trade_store
from models.types import Unavailable
from tasks.session.streaming import What

TROUBLE = {What.STALE, What.DROPPED, What.OUT_OF_STEP, What.FALLBACK_FAILED, What.NOT_FETCHED}


def run(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(scene())


async def quotes(running: Running, count: int) -> None:
    """Quotes until so many books more are in the lake."""
    enough = len(running.books()) + count
    while len(running.books()) < enough:
        await running.venue.quote()
        await running.until(lambda: True)
        await asyncio.sleep(0.02)


def newest_is_the_venues(running: Running) -> bool:
    """Whether the newest stored book has the 20 best levels that the venue has now."""
    book = running.books().book(-1)
    told = running.venue.depth(20)
    return all(
        np.array_equal(side, np.array(told[name], np.float64))
        for side, name in ((book.bids, "bids"), (book.asks, "asks"))
    )


def test_books_trades_and_bars_arrive_as_the_venue_told_them(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "bars", "trades", "books") as running:
            venue = running.venue
            for topic in ("kline", "trade", "depth"):
                await venue.listened(topic)
            await quotes(running, 2)
            for number in range(3):
                await venue.trade(100.0 + number, taker_sells=number == 1)
                await venue.grow(0, 101.0 + number)
            await venue.grow(0, 99.5, last=True)
            await venue.grow(1, 98.0)
            for level in (100.0, 97.0, 90.0):
                await venue.quote(level, 0.0)
            await venue.quote(99.0, 7.5)
            await running.until(lambda: len(running.trades()) == 3 and newest_is_the_venues(running))
            trades, books = running.trades(), running.books()
            assert trades.id == ("1", "2", "3")
            assert trades.price.tolist() == [100.0, 101.0, 102.0]
            assert trades.buyer_is_maker.tolist() == [False, True, False]
            assert trades.ts.tolist() == [(FIRST_MS + number) * 1000 for number in (1, 2, 3)]
            assert (trades.known_at > trades.ts).all()
            assert books.exch_ts[-1] == (FIRST_MS + venue.update) * 1000
            assert (np.diff(books.ts) > 0).all()
            await running.until(lambda: running.closes() == {0: 99.5})
            assert not TROUBLE & set(running.what())

    run(scene)


def test_a_level_beyond_the_twentieth_moves_up_when_better_ones_go(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "books") as running:
            await running.venue.listened("depth")
            await quotes(running, 1)
            for level in range(100, 85, -1):
                await running.venue.quote(float(level), 0.0)
            await running.until(lambda: newest_is_the_venues(running))
            assert running.books().bid_px[-1, 0] == 85.0
            assert not TROUBLE & set(running.what())

    run(scene)


@pytest.mark.parametrize(("fault", "turns"), [("drop", (What.DROPPED, What.BACK)), ("mute", (What.STALE, What.BACK))])
def test_a_connection_that_ends_or_falls_silent_is_replaced(
    tmp_path: Path, fault: str, turns: tuple[What, What]
) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "trades", patience=replace(PATIENCE, stale=0.3)) as running:
            venue = running.venue
            await venue.listened("trade")
            await venue.trade()
            venue.faults["trade"] = deque([fault])
            await venue.trade()
            await venue.listened("trade", handshakes=2)
            await venue.trade()
            await running.until(lambda: len(running.trades()) == 2 and turns[1] in running.what())
            assert running.trades().id == ("1", "3")
            what = running.what()
            assert what[:2] == [What.CONNECTED, turns[0]]
            assert what.index(turns[0]) < what.index(What.RECONNECTING) < what.index(turns[1])
            assert all(event.reason for event in running.events)

    run(scene)


def test_a_gap_in_the_sequence_begins_anew_with_a_snapshot(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "books") as running:
            venue = running.venue
            await venue.listened("depth")
            await quotes(running, 3)
            venue.faults["depth"] = deque(["gap", ""])
            await venue.quote(95.0, 0.0)
            stored = len(running.books())
            await venue.quote(100.0, 3.0)
            await running.until(lambda: What.OUT_OF_STEP in running.what())
            while What.RESYNCED not in running.what():
                await venue.quote()
                await asyncio.sleep(0.02)
            await running.until(lambda: newest_is_the_venues(running))
            assert venue.handshakes == 2
            # The book that lacked a change was never shown.
            assert not np.isin(95.0, running.books().bid_px[stored:])

    run(scene)


def test_changes_that_come_twice_or_in_the_wrong_order_leave_the_right_book(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "books") as running:
            venue = running.venue
            await venue.listened("depth")
            await quotes(running, 3)
            venue.faults["depth"] = deque(["twice", "", "later"])
            for quantity in (4.0, 5.0):
                await venue.quote(100.0, quantity)
            await running.until(lambda: newest_is_the_venues(running))
            assert not TROUBLE & set(running.what())
            await venue.quote(100.0, 6.0)
            await venue.quote(100.0, 7.0)
            await running.until(lambda: What.OUT_OF_STEP in running.what())
            while not newest_is_the_venues(running):
                await venue.quote()
                await asyncio.sleep(0.05)
            books = running.books()
            assert (np.diff(books.ts) > 0).all()

    run(scene)


def test_trades_that_come_twice_are_stored_once_and_late_ones_where_they_arrive(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "trades") as running:
            venue = running.venue
            await venue.listened("trade")
            venue.faults["trade"] = deque(["", "twice", "later", "", "twice"])
            for _ in range(5):
                await venue.trade()
            await running.until(lambda: len(running.trades()) == 5)
            await asyncio.sleep(0.05)
            trades = running.trades()
            assert trades.id == ("1", "2", "4", "3", "5")
            assert (np.diff(trades.known_at) >= 0).all()
            assert trades.ts[3] < trades.ts[2]

    run(scene)


def test_a_restart_does_not_store_the_trades_again_that_a_venue_repeats(tmp_path: Path) -> None:
    async def scene() -> None:
        for handshake in (1, 2):
            async with streaming(tmp_path, "trades") as running:
                await running.venue.listened("trade")
                for _ in range(handshake + 1):  # a venue of its own, that counts from one again
                    await running.venue.trade()
                await running.until(lambda: running.trades().id == ("1", "2", "3")[: handshake + 1])  # noqa: B023

    run(scene)


def test_only_closed_bars_are_shown_with_their_last_figures(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "bars") as running:
            venue = running.venue
            await venue.listened("kline")
            await venue.grow(0, 101.0)
            # The last message of the bar comes after the first one of the next.
            venue.faults["kline"] = deque(["later"])
            await venue.grow(0, 102.0, last=True)
            await venue.grow(1, 103.0)
            await running.until(lambda: running.closes() == {0: 102.0})
            venue.faults["kline"] = deque(["twice"])
            await venue.grow(1, 104.0, last=True)
            await venue.grow(2, 105.0)
            await running.until(lambda: running.closes() == {0: 102.0, 1: 104.0})
            await asyncio.sleep(0.05)
            assert running.closes() == {0: 102.0, 1: 104.0}
            assert not TROUBLE & set(running.what())

    run(scene)


def test_a_bar_whose_last_message_never_came_is_fetched(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "bars") as running:
            venue = running.venue
            await venue.listened("kline")
            await venue.grow(0, 101.0, last=True)
            await venue.grow(1, 102.0)
            venue.faults["kline"] = deque(["gap"])
            await venue.grow(1, 103.0, last=True)
            await venue.grow(2, 104.0)
            await venue.grow(2, 105.0, last=True)
            await running.until(lambda: running.closes() == {0: 101.0, 1: 103.0, 2: 105.0})
            assert What.FETCHED in running.what()

    run(scene)


def test_bars_that_closed_while_the_stream_was_down_are_fetched_and_the_open_one_is_not(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "bars", patience=replace(PATIENCE, first_delay=0.1)) as running:
            venue = running.venue
            await venue.listened("kline")
            await venue.grow(0, 101.0, last=True)
            await venue.grow(1, 102.0)
            await running.until(lambda: running.closes() == {0: 101.0})
            venue.rest_refusing = True
            venue.faults["kline"] = deque(["drop"])
            await venue.grow(1, 103.0)
            await venue.grow(1, 104.0, last=True)
            await venue.grow(2, 105.0, last=True)
            await venue.listened("kline", handshakes=2)
            venue.rest_refusing = False
            await venue.grow(3, 106.0)
            await running.until(lambda: running.closes() == {0: 101.0, 1: 104.0, 2: 105.0})
            await asyncio.sleep(0.05)
            assert 3 not in running.closes()

    run(scene)


def test_a_start_fetches_what_closed_since_the_last_bar_of_the_lake(tmp_path: Path) -> None:
    async def scene() -> None:
        last = (FIRST_MS + 2 * MINUTE_MS) * 1000
        async with streaming(tmp_path, "bars", last_bar=last) as running:
            for number in range(6):
                await running.venue.grow(number, 100.0 + number)
            await running.venue.listened("kline")
            await running.venue.grow(6, 106.0)
            await running.until(lambda: running.closes() == {3: 103.0, 4: 104.0, 5: 105.0})
            await running.until(lambda: running.what() == [What.FETCHED, What.CONNECTED])

    run(scene)


def test_while_the_stream_is_down_requests_stand_in_and_then_give_way(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "books", "bars") as running:
            venue = running.venue
            await venue.listened("kline")
            await venue.listened("depth")
            await quotes(running, 1)
            await venue.grow(0, 101.0, last=True)
            venue.refusing = True
            venue.faults["depth"] = venue.faults["kline"] = deque(["drop", "drop"])
            await venue.quote()
            await venue.grow(1, 102.0, last=True)
            await venue.grow(2, 103.0)
            await running.until(lambda: running.what().count(What.FALLBACK) == 2)
            await venue.quote(100.0, 42.0)
            await running.until(lambda: newest_is_the_venues(running) and running.closes() == {0: 101.0, 1: 102.0})
            venue.rest_refusing = True
            await running.until(lambda: running.what().count(What.FALLBACK_FAILED) == 2)
            venue.rest_refusing = venue.refusing = False
            while running.what().count(What.BACK) < 2:
                await venue.quote()
                await venue.grow(2, 104.0)
                await asyncio.sleep(0.02)
            asked = len([path for path in venue.asked if path.endswith("/klines")])
            await asyncio.sleep(3 * PATIENCE.poll)
            assert len([path for path in venue.asked if path.endswith("/klines")]) == asked

    run(scene)


def test_a_venue_that_stays_away_fails_the_run_after_its_attempts(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "trades", patience=replace(PATIENCE, attempts=3)) as running:
            running.venue.refusing = True
            assert running.job is not None
            with pytest.raises(Unavailable, match="3 attempts"):
                await asyncio.wait_for(asyncio.shield(running.job), 10)
            assert running.what().count(What.RECONNECTING) == 3
            assert running.what().count(What.DROPPED) == 4

    run(scene)


def test_attempts_are_counted_anew_after_each_value(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "trades", patience=replace(PATIENCE, attempts=2)) as running:
            for handshake in range(1, 5):
                await running.venue.listened("trade", handshakes=handshake)
                await running.venue.trade()
                await running.until(lambda: len(running.trades()) == handshake)  # noqa: B023
                running.venue.faults["trade"] = deque(["drop"])
                await running.venue.trade()
            await running.venue.listened("trade", handshakes=5)
            assert running.what().count(What.DROPPED) == 4

    run(scene)


def test_a_venue_without_a_stream_of_a_kind_is_polled(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "bars", stream=Silent(), last_bar=FIRST_MS * 1000) as running:
            for number in range(3):
                await running.venue.grow(number, 100.0 + number)
            await running.until(lambda: running.closes() == {1: 101.0})
            await running.venue.grow(3, 103.0)
            await running.until(lambda: running.closes() == {1: 101.0, 2: 102.0})
            assert running.what() == [What.FALLBACK]

    run(scene)


def test_a_kind_without_stream_and_request_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "books", stream=Silent(), books_by_request=False) as running:
            assert running.job is not None
            with pytest.raises(Unavailable, match="neither"):
                await running.job

    run(scene)


def test_two_recorders_of_one_market_do_not_write_at_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "books") as running:
            await running.venue.listened("depth")
            await quotes(running, 1)
            store = book_store(running.lake)
            other = TickWriter(store, Market("binance", "BTC/USDT"), lambda _: None)
            assert not other.is_free()
            with pytest.raises(Unavailable, match="another process"), other:
                append_books(other, [])

    run(scene)


def test_cancelled_it_leaves_everything_in_parquet(tmp_path: Path) -> None:
    async def scene() -> None:
        async with streaming(tmp_path, "trades", flush_seconds=60.0) as running:
            await running.venue.listened("trade")
            await running.venue.trade()
            await running.until(lambda: What.CONNECTED in running.what())
            await running.venue.trade()
            await asyncio.sleep(0.1)
            assert running.trades().id == ()
        assert running.trades().id == ("1", "2")
        assert not trade_store(running.lake).hot_files(Market("binance", "BTC/USDT"))
        assert running.tally.rows() == [{"symbol": "BTC/USDT", "kind": "trades", "stored": 2, "events": "1 connected"}]

    run(scene)


class Silent:
    """A venue that streams nothing."""

    name = "binance"

    def has(self, kind: str) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        return lambda *_: pytest.fail("it must not be asked")
