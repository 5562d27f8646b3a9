"""Fault matrix 11 to 14: what the venue tells by itself breaks off, falls silent, comes twice or in any order."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest
from binance_accounts import an_order, new_exchange, open_on
from exchange import Exchange, Rule, WallClock
from exchange_process import exchange_thread
from matrix_books import ENTRY, STOP, assert_one_truth, sent, state
from order_sims import CAPS, SETTINGS, Simulation
from sim_book import LOTS
from sim_choices import enter
from sim_world import HOUR

from data.journal import Holder, Leases, OrderLog, open_journal
from models.types.wire import OrderKind, Report, Role
from tasks.adapters.brokers import CcxtAccount
from tasks.adapters.brokers.user_stream import Interrupted, Resumed, Told, UserStream
from tasks.adapters.clocks import SystemClock
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.following import follow_account
from tasks.session.ordering.recovering import recover
from tasks.session.ordering.submitting import submit

D = Decimal
FIRST, SECOND = "one-0-s1", "one-0-s2"
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


@dataclass
class Followed:
    """A journal and a desk that follow the real user stream of an account, on an exchange with real sockets.

    Attributes:
        heard: what the stream told, and how the stop of FIRST stood in the journal before it was acted on.
    """

    desk: OrderDesk
    exchange: Exchange
    alerts: list[str]
    heard: list[tuple[type[Told], str]] = field(default_factory=list)

    def place(self, cid: str, stop: int) -> None:
        """A stop of what the account has rests at the exchange."""
        changes = {"role": Role.STOP, "kind": OrderKind.STOP, "is_buy": False, "limit": None, "stop": D(stop)}
        account = self.desk.account("binance")
        sent_one = submit(self.desk, an_order(self.desk.clock.now(), cid, **changes), account.quote("BTC/USDT"))
        assert sent_one.state.value == "open", sent_one.why

    def state(self, cid: str) -> str:
        order = self.desk.log.order(cid)
        assert order is not None
        return order.state.value

    def ask(self) -> None:
        """By request, as every live cycle begins."""
        recover(self.desk, "main", ["BTC/USDT"])

    async def while_following(self, silence: float, scene: Callable[[], Awaitable[None]]) -> None:
        """The scene, once there is a connection."""
        account = self.desk.account("binance")
        assert isinstance(account, CcxtAccount)
        stream = UserStream(account.line, silence, lambda _: asyncio.sleep(0))
        async with asyncio.timeout(20), aclosing(stream.told()) as told_now:
            listening = asyncio.create_task(follow_account(self.desk, "binance", self._noted(told_now), self.ask))
            try:
                await until(lambda: len(self.heard) == 1)
                await scene()
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _noted(self, values: AsyncIterator[Told]) -> AsyncIterator[Told]:
        async for one in values:
            self.heard.append((type(one), self.state(FIRST)))
            yield one

    async def fall(self) -> None:
        """The market falls through the first stop."""
        await asyncio.to_thread(self.exchange.set_price, "BTCUSDT", D(37_500))
        assert self.exchange.orders_of(FIRST)[0].status == "FILLED"


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await asyncio.sleep(0.02)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    """Two stops rest at the exchange."""
    with exchange_thread(new_exchange(WallClock())) as server:
        journal, clock, alerts = open_journal(tmp_path / "journal.sqlite"), SystemClock(), list[str]()
        lease = Leases(journal.engine).take("writer", Holder("here", "boot", 1, 1), clock.now(), HOUR, lambda _: False)
        desk = OrderDesk(
            log=OrderLog(journal.engine, lease),
            accounts={"binance": open_on(server.url, tmp_path)},
            clock=clock,
            settings=SETTINGS,
            caps=CAPS,
            alert=lambda key, _severity, _text: alerts.append(key),
            checkpoint=lambda _: None,
            monotonic=lambda: time.monotonic_ns() // 1000,
        )
        one = Followed(desk, server.exchange, alerts)
        one.place(FIRST, 38_000)
        one.place(SECOND, 30_000)
        yield one
        journal.engine.dispose()


def test_fault_11_what_happened_as_the_stream_broke_off_is_asked_for_once_it_is_there_again(followed: Followed) -> None:
    """The real stream, its real line cut with the event that tells of the fill; afterwards events are heard again."""

    async def scene() -> None:
        followed.exchange.faults.add(Rule("drop", "STREAM", "executionReport"))
        await followed.fall()
        await until(lambda: followed.state(FIRST) == "filled")
        (second,) = followed.exchange.orders_of(SECOND)
        await asyncio.to_thread(followed.exchange.manual_cancel, second.id, "BTCUSDT")
        await until(lambda: followed.state(SECOND) == "canceled")

    asyncio.run(followed.while_following(20.0, scene))
    assert followed.heard[:3] == [(Resumed, "open"), (Interrupted, "open"), (Resumed, "open")]
    assert {kind for kind, _ in followed.heard[3:]} == {Report}, "the second stop's end was told, not asked for"
    assert len([one for one in followed.alerts if one.startswith("stream binance")]) == 1
    assert_converged(followed)


def test_fault_12_a_stream_that_falls_silent_is_taken_for_dead_and_what_it_kept_back_is_asked_for(
    followed: Followed,
) -> None:
    async def scene() -> None:
        followed.exchange.faults.add(Rule("mute", "STREAM", "executionReport"))
        await followed.fall()
        await until(lambda: followed.state(FIRST) == "filled")

    asyncio.run(followed.while_following(0.7, scene))
    kinds = [kind for kind, _ in followed.heard]
    assert set(kinds) == {Resumed, Interrupted}
    assert [state for _, state in followed.heard[:3]] == ["open"] * 3
    assert [one for one in followed.alerts if one.startswith("stream binance")]
    assert_converged(followed)


def test_fault_12_from_silence_that_nobody_has_noticed_yet_nothing_is_concluded_and_a_cycle_asks(
    followed: Followed,
) -> None:
    """What every live cycle begins with needs no stream."""

    async def scene() -> None:
        followed.exchange.faults.add(Rule("mute", "STREAM", "executionReport"))
        await followed.fall()
        await asyncio.sleep(0.5)

    asyncio.run(followed.while_following(20.0, scene))
    assert followed.heard == [(Resumed, "open")]
    assert followed.state(FIRST) == "open"
    assert followed.alerts == []
    followed.ask()
    assert_converged(followed)


def assert_converged(followed: Followed) -> None:
    """The journal has the stop and its fills as the exchange has them, once."""
    (there,) = followed.exchange.orders_of(FIRST)
    here = followed.desk.log.order(FIRST)
    assert here is not None
    assert (here.state.value, here.filled) == ("filled", there.executed)
    fills = [one for one in followed.exchange.trades if one.client_id == FIRST]
    assert len(followed.desk.log.trades_of(FIRST)) == len(fills) > 0
    followed.desk.log.verify_chain()


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
