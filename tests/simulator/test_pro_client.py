"""The client that the product uses follows the simulator's streams: book, orders, trades, balances, faults included."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import ccxt.pro
import pytest
from exchange import Exchange, Rule, WallClock
from exchange.server import Server
from exchange.streams import ACCOUNT
from exchange.ws import STREAMS
from exchange_process import exchange_thread, loopback_urls
from stream_scenes import ASKS, BIDS, PAIR, SILENCE_S, Sockets, make_exchange, play, quote, until


@dataclass
class Watched:
    """A ccxt.pro client on the simulator, and everything that its watch methods said, failures included."""

    client: Any
    orders: list[tuple[str, float]] = field(default_factory=list)
    trades: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def again_and_again(self, method: str, *arguments: str) -> None:
        """What it says is kept as it is now: the client goes on to change its objects."""
        while True:
            try:
                said = await getattr(self.client, method)(*arguments)
            except ccxt.NetworkError as error:
                self.failures.append(type(error).__name__)
                continue
            if method == "watch_orders":
                self.orders += [(order["status"], order["filled"]) for order in said]
            elif method == "watch_my_trades":
                self.trades += [trade["id"] for trade in said]


@contextlib.asynccontextmanager
async def pro_client(server: Server) -> AsyncIterator[Watched]:
    """With its markets; without its rate limit, which is for others' servers."""
    spot = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
    settings = {"apiKey": "key", "secret": "secret", "options": spot, "enableRateLimit": False, "newUpdates": True}
    client = ccxt.pro.binance(settings)
    loopback_urls(client, server.url)
    try:
        await client.load_markets()
        yield Watched(client)
    finally:
        await client.close()


@pytest.mark.parametrize("fault", ["", "gap", "replay_last", "out_of_order", "delay:100", "drop"])
def test_the_clients_book_is_the_book_after_every_fault(fault: str) -> None:
    exchange = make_exchange(WallClock())

    async def scene(sockets: Sockets) -> None:
        async with pro_client(server) as watched:
            watching = asyncio.ensure_future(watched.again_and_again("watch_order_book", "BTC/USDT"))
            await until(lambda: _book_of(watched.client) is not None)
            if fault:
                exchange.faults.add(Rule(fault, "STREAM", "depthUpdate", nth=2))
            rounds = 0
            while (
                rounds < 4
                or any(rule.times for rule in exchange.faults.rules)
                or _book_of(watched.client) != _truth(exchange)
            ):
                rounds += 1
                exchange.set_book(PAIR, [(Decimal(100), Decimal(rounds)), *BIDS[1:]], ASKS)
                await asyncio.sleep(0.1)
            watching.cancel()

    with exchange_thread(exchange) as server:
        play(server, scene)


def _book_of(client: Any) -> Any:
    """Both sides as the client has them; None before the first snapshot."""
    book = client.orderbooks.get("BTC/USDT")
    if book is None or book["nonce"] is None:
        return None
    return [[(float(price), float(quantity)) for price, quantity in book[side]] for side in ("bids", "asks")]


def _truth(exchange: Exchange) -> Any:
    with exchange.lock:
        book = exchange.markets[PAIR].book
        return [
            [(float(price), float(quantity)) for price, quantity in side.levels()] for side in (book.bids, book.asks)
        ]


def test_a_muted_book_says_nothing_and_a_new_connection_does() -> None:
    exchange = make_exchange()

    async def scene(sockets: Sockets) -> bool:
        async with pro_client(server) as watched:
            await watched.client.watch_order_book("BTC/USDT")
            exchange.faults.add(Rule("mute", "STREAM", "depthUpdate"))
            quote(server, 21)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(watched.client.watch_order_book("BTC/USDT"), SILENCE_S)
        async with pro_client(server) as watched:
            await watched.client.watch_order_book("BTC/USDT")
            return bool(_book_of(watched.client) == _truth(exchange))

    with exchange_thread(exchange) as server:
        assert play(server, scene)


def test_the_client_follows_orders_trades_and_balances() -> None:
    exchange = make_exchange(WallClock())

    async def scene(sockets: Sockets) -> tuple[Watched, Any]:
        async with pro_client(server) as watched:
            methods = [("watch_orders", "BTC/USDT"), ("watch_my_trades", "BTC/USDT"), ("watch_balance",)]
            tasks = [asyncio.ensure_future(watched.again_and_again(*method)) for method in methods]
            await watched.client.ensure_user_data_stream_ws_subscribe_signature("spot")
            placed = await watched.client.create_order("BTC/USDT", "limit", "buy", 3, 100.5)
            await until(lambda: len(watched.orders) == 1)
            await asyncio.to_thread(exchange.outside_order, PAIR, "SELL", Decimal(1))
            await until(lambda: len(watched.orders) == 2)
            await watched.client.cancel_order(placed["id"], "BTC/USDT")
            await until(lambda: len(watched.orders) == 3)
            await until(lambda: watched.client.balance["spot"]["USDT"]["used"] == 0)
            for task in tasks:
                task.cancel()
            return watched, watched.client.balance["spot"]["BTC"]["total"]

    with exchange_thread(exchange) as server:
        watched, bitcoin = play(server, scene)
    assert watched.orders == [("open", 0.0), ("open", 1.0), ("canceled", 1.0)]
    assert watched.trades == [str(trade.id) for trade in exchange.trades]
    assert Decimal(str(bitcoin)) == exchange.balance("BTC") == Decimal("10.999")


@pytest.mark.parametrize(
    ("fault", "told"), [("gap", 1), ("replay_last", 2), ("delay:100", 2), ("drop", 1), ("mute", 0)]
)
def test_the_clients_orders_after_a_fault_are_no_more_than_the_truth(fault: str, told: int) -> None:
    """Market orders are told as NEW and TRADE; what a fault takes away stays away until REST is asked."""
    exchange = make_exchange(WallClock())

    async def scene(sockets: Sockets) -> Watched:
        async with pro_client(server) as watched:
            task = asyncio.ensure_future(watched.again_and_again("watch_my_trades", "BTC/USDT"))
            await watched.client.ensure_user_data_stream_ws_subscribe_signature("spot")
            exchange.faults.add(Rule(fault, "STREAM", "executionReport", nth=2))
            for _ in range(2):
                await until(lambda: fault == "mute" or _is_heard(server))
                await watched.client.create_order("BTC/USDT", "market", "buy", 0.1)
            await until(lambda: len(set(watched.trades)) >= told)
            await asyncio.sleep(SILENCE_S)
            task.cancel()
            return watched

    with exchange_thread(exchange) as server:
        watched = play(server, scene)
    assert len(set(watched.trades)) == told
    assert set(watched.trades) <= {str(trade.id) for trade in exchange.trades}
    assert bool(watched.failures) == (fault == "drop")


def _is_heard(server: Server) -> bool:
    """Whether somebody listens to the owner's events on a connection that works."""
    listeners = server.doors.venue.app[STREAMS].listeners
    return any(ACCOUNT in one.topics and not one.muted for one in tuple(listeners))
