"""What the user stream brings of orders and fills, and what it says when it brings nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from binance_accounts import KEYS, an_order, new_exchange, open_on
from exchange import Rule, WallClock
from exchange.server import Server
from exchange_process import exchange_thread

from models.types.wire import OrderKind, OrderState, Report, VenueTrade
from tasks.adapters.brokers import CcxtAccount
from tasks.adapters.brokers.user_stream import Interrupted, Resumed, Told, UserStream
from tasks.adapters.clocks import SystemClock

PATIENCE_S = 120.0


@dataclass
class Listening:
    """A stream, and what it has brought so far."""

    server: Server
    account: CcxtAccount
    values: AsyncIterator[Told]
    heard: list[Told] = field(default_factory=list)

    async def until(self, enough: Callable[[list[Told]], bool]) -> list[Told]:
        while not enough(self.heard):
            self.heard.append(await anext(self.values))
        return self.heard

    async def say(self, act: Callable[[], object]) -> object:
        """An act of the account or the exchange, beside the loop."""
        return await asyncio.get_running_loop().run_in_executor(None, act)

    def trade(self, cid: str, **changes: object) -> Callable[[], Report]:
        return lambda: self.account.submit(an_order(SystemClock().now(), cid, **changes))


async def at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


def listen(folder: Path, scene: Callable[[Listening], Awaitable[None]], silence: float = 10.0) -> list[Told]:
    """Everything that was heard in the scene."""
    with exchange_thread(new_exchange(WallClock())) as server:
        account = open_on(server.url, folder)
        account.rules("BTC/USDT")

        async def played() -> list[Told]:
            stream = UserStream(account.line, silence, at_once)
            async with asyncio.timeout(PATIENCE_S), aclosing(stream.told()) as values:
                listening = Listening(server, account, values)
                await scene(listening)
            return listening.heard

        return asyncio.run(played())


def reports(heard: list[Told]) -> list[Report]:
    return [value for value in heard if isinstance(value, Report)]


def fills(heard: list[Told]) -> list[VenueTrade]:
    return [value for value in heard if isinstance(value, VenueTrade)]


def resumed(heard: list[Told]) -> int:
    return sum(isinstance(value, Resumed) for value in heard)


def test_an_order_and_its_fill(tmp_path: Path) -> None:
    async def scene(stage: Listening) -> None:
        await stage.until(lambda heard: resumed(heard) == 1)
        await stage.say(stage.trade("one-0-1"))
        await stage.until(lambda heard: bool(fills(heard)) and any(is_full(report) for report in reports(heard)))

    heard = listen(tmp_path, scene)
    assert isinstance(heard[0], Resumed)
    last = reports(heard)[-1]
    assert (last.cid, last.symbol, last.state) == ("one-0-1", "BTC/USDT", OrderState.FILLED)
    assert (last.filled, last.value) == (Decimal("0.001"), Decimal("40.00001"))
    (fill,) = fills(heard)
    assert (fill.exchange_id, fill.price, fill.quantity) == (last.exchange_id, Decimal("40000.01"), Decimal("0.001"))
    assert (fill.fee, fill.fee_asset, fill.is_buy, fill.maker) == (Decimal("0.000001"), "BTC", True, False)


def is_full(report: Report) -> bool:
    return report.filled == report.quantity


def test_every_fill_of_an_order_is_told(tmp_path: Path) -> None:
    async def scene(stage: Listening) -> None:
        stage.server.exchange.set_book(
            "BTCUSDT",
            [(Decimal(39_000), Decimal(1))],
            [(Decimal(40_000 + k), Decimal("0.0002")) for k in range(5)],
        )
        await stage.until(lambda heard: resumed(heard) == 1)
        await stage.say(stage.trade("one-0-1"))
        await stage.until(lambda heard: len(fills(heard)) == 5)

    heard = listen(tmp_path, scene)
    assert sum(fill.quantity for fill in fills(heard)) == Decimal("0.001")
    assert len({fill.trade_id for fill in fills(heard)}) == 5
    assert sum((fill.fee for fill in fills(heard)), Decimal(0)) == Decimal("0.000001")


def test_a_cancellation_is_told_under_the_order_s_id(tmp_path: Path) -> None:
    async def scene(stage: Listening) -> None:
        await stage.until(lambda heard: resumed(heard) == 1)
        made = an_order(SystemClock().now(), "one-0-1", kind=OrderKind.LIMIT, limit=Decimal("39000.00"))
        await stage.say(lambda: stage.account.submit(made))
        await stage.say(lambda: stage.account.cancel(made))
        await stage.until(lambda heard: any(report.state is OrderState.CANCELED for report in reports(heard)))

    assert {report.cid for report in reports(listen(tmp_path, scene))} == {"one-0-1"}


def test_a_foreign_order_is_told_too(tmp_path: Path) -> None:
    async def scene(stage: Listening) -> None:
        await stage.until(lambda heard: resumed(heard) == 1)
        act = stage.server.exchange.manual_order
        await stage.say(lambda: act("BTCUSDT", "BUY", "LIMIT", price="39000", quantity="0.001", timeInForce="GTC"))
        await stage.until(lambda heard: bool(reports(heard)))

    (report,) = reports(listen(tmp_path, scene))
    assert report.state is OrderState.OPEN


@pytest.mark.parametrize("fault", ["drop", "mute"])
def test_a_lost_connection_is_said_and_replaced(tmp_path: Path, fault: str) -> None:
    async def scene(stage: Listening) -> None:
        await stage.until(lambda heard: resumed(heard) == 1)
        stage.server.exchange.faults.add(Rule(fault, "STREAM", "executionReport"))
        await stage.say(stage.trade("lost-0-1"))
        await stage.until(lambda heard: resumed(heard) == 2)
        await stage.say(stage.trade("heard-0-1"))
        await stage.until(lambda heard: any(is_full(report) for report in reports(heard)))

    heard = listen(tmp_path, scene, silence=1.0 if fault == "mute" else 10.0)
    kinds = [type(value) for value in heard]
    assert kinds[:3] == [Resumed, Interrupted, Resumed]
    assert {report.cid for report in reports(heard)} == {"heard-0-1"}  # the lost one is asked for by request


def test_silence_is_taken_for_a_dead_line(tmp_path: Path) -> None:
    async def scene(stage: Listening) -> None:
        await stage.until(lambda heard: resumed(heard) == 3)

    heard = listen(tmp_path, scene, silence=0.4)
    assert [type(value) for value in heard] == [Resumed, Interrupted, Resumed, Interrupted, Resumed]


def test_twice_is_twice_and_late_is_late(tmp_path: Path) -> None:
    """Duplicates and disorder go through: whoever merges orders by id and state does not mind."""

    async def scene(stage: Listening) -> None:
        await stage.until(lambda heard: resumed(heard) == 1)
        for fault in ("replay_last", "delay:50", "out_of_order"):
            stage.server.exchange.faults.add(Rule(fault, "STREAM", "executionReport"))
            await stage.say(stage.trade(f"one-{fault[:5]}-1"))
        await stage.until(lambda heard: len({fill.exchange_id for fill in fills(heard)}) == 3)

    heard = listen(tmp_path, scene)
    assert resumed(heard) == 1


def test_who_cannot_be_reached_is_asked_again_with_growing_pauses(tmp_path: Path) -> None:
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    with exchange_thread(new_exchange(WallClock())) as server:
        account = open_on(server.url, tmp_path)
        account.rules("BTC/USDT")

    async def played() -> list[Told]:
        heard: list[Told] = []
        async with asyncio.timeout(PATIENCE_S), aclosing(UserStream(account.line, 5.0, note).told()) as values:
            while len(pauses) < 9:
                heard.append(await anext(values))
        return heard

    heard = asyncio.run(played())
    assert all(isinstance(value, Interrupted) for value in heard)
    for number, pause in enumerate(pauses):
        longest = min(0.5 * 2**number, 30.0)
        assert longest / 2 <= pause <= longest
    assert len(set(pauses)) == len(pauses)


def test_refused_keys_are_said_without_the_keys(tmp_path: Path) -> None:
    with exchange_thread(new_exchange(WallClock())) as server:
        account = open_on(server.url, tmp_path)
        account.rules("BTC/USDT")
        server.exchange.api_secret = server.exchange.api_secret[::-1]

        async def first() -> Told:
            async with asyncio.timeout(PATIENCE_S), aclosing(UserStream(account.line, 5.0, at_once).told()) as values:
                return await anext(values)

        told = asyncio.run(first())
    assert isinstance(told, Interrupted)
    assert KEYS.key.get_secret_value() not in repr(told)
    assert "signature" not in repr(told)
    assert "127.0.0.1" not in repr(told)
