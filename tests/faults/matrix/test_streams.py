"""Fault matrix 11 to 14: what the venue tells by itself breaks off, falls silent, comes twice or in any order."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace

import pytest
from matrix_books import ENTRY, STOP, assert_one_truth, sent, state, told
from order_sims import Simulation
from sim_book import LOTS
from sim_choices import enter

from tasks.adapters.brokers.user_stream import Interrupted, Resumed, Told
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.following import follow_account
from tasks.session.ordering.recovering import recover

LOT = LOTS["BTC/USDT"]


async def stream(values: Iterable[Told]) -> AsyncIterator[Told]:
    for one in values:
        yield one


def hear(book: Simulation, values: Callable[[OrderDesk], Iterable[Told]]) -> None:
    """A process listens to these, and asks for what it missed where the stream says that it broke off."""
    process = book.start()
    process.journal = book.journals[0]
    with process._broker(process.journal).at_work() as working:
        desk = working.desk  # type: ignore[attr-defined]
        told_now = list(values(desk))
        asyncio.run(follow_account(desk, "binance", stream(told_now), lambda: recover(desk, "sim", LOTS)))
    process.end()


def trigger(book: Simulation) -> None:
    """The market falls through the stop while nobody looks."""
    book.world.prices["BTCUSDT"] = 37_000.0
    book.world._set("BTCUSDT", deep=True)
    assert book.world.exchange.orders_of(STOP)[0].status == "FILLED"


def test_fault_11_what_happened_during_a_drop_is_asked_for_after_it(book: Simulation) -> None:
    book.do(enter)
    trigger(book)
    assert state(book, STOP) == "open"
    hear(book, lambda _: [Interrupted(1, "1006"), Resumed(2)])
    assert state(book, STOP) == "filled"
    assert_one_truth(book)


def test_fault_12_silence_is_no_news_and_requests_stand_in(book: Simulation) -> None:
    book.do(enter)
    trigger(book)
    hear(book, lambda _: [Interrupted(1, "nothing was heard for 180 s")])
    assert state(book, STOP) == "open"
    assert told(book, "stream binance")
    book.cycle()
    assert state(book, STOP) == "filled"
    assert_one_truth(book)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_fault_13_and_14_late_twice_or_in_any_order_ends_in_the_same(book: Simulation, order: tuple[int, ...]) -> None:
    book.do(enter)
    before = book.log.order(STOP)
    assert before is not None
    reports: list[Told] = []

    def events(desk: OrderDesk) -> list[Told]:
        account = desk.account("binance")
        reports.append(account.find(before))  # type: ignore[arg-type]
        trigger(book)
        reports.append(account.find(before))  # type: ignore[arg-type]
        reports.extend(account.trades("BTC/USDT", before.created_at - 1_000_000)[-1:])
        return [*(reports[k] for k in order), *reversed(reports), *reports]

    hear(book, events)
    assert state(book, STOP) == "filled"
    assert len(book.log.trades_of(STOP)) == len([t for t in book.world.exchange.trades if t.client_id == STOP])
    assert len(sent(book, ENTRY)) == 1
    assert_one_truth(book)


def test_fault_14_what_was_sold_in_the_moment_it_was_bought_is_booked_after_it(book: Simulation) -> None:
    """The sale was heard of first: the reply of the purchase was late. Found by seed 22497."""
    book.do(enter)
    bought, sold = book.log.order(ENTRY), book.log.order(STOP)
    assert bought is not None
    assert sold is not None
    (first,) = book.log.trades_of(ENTRY)
    process = book.start()
    process.journal = book.journals[0]
    with process._broker(process.journal).at_work() as working:
        log = working.desk.log  # type: ignore[attr-defined]
        late = replace(first, trade_id="9001", quantity=LOT)
        sale = replace(
            first, trade_id="9000", exchange_id=sold.exchange_id, cid=STOP, is_buy=False, quantity=2 * LOT, fee=LOT * 0
        )
        log.add_trades([sale], first.at)
        log.add_trades([late], first.at)
    process.end()
    assert [trade.is_buy for _, trade, _ in book.log.unsettled("sim")] == [True, True, False]
