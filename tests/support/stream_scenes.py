"""Scenes of raw websockets on the simulator: a small book, connections that end with the scene, and what they hear."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp
from exchange import Clock, Exchange, ManualClock, Symbol
from exchange.server import Server
from raw_sockets import SUBSCRIBE, asked, raw_socket, signed

PAIR = "BTCUSDT"
PATIENCE_S = 10.0
SILENCE_S = 0.15
BIDS = [(Decimal(100 - k), Decimal(1 + k)) for k in range(5)]
ASKS = [(Decimal(101 + k), Decimal(2 + k)) for k in range(5)]


def make_exchange(clock: Clock | None = None) -> Exchange:
    exchange = Exchange([Symbol()], clock or ManualClock(), balances={"USDT": Decimal(10_000), "BTC": Decimal(10)})
    exchange.set_book(PAIR, BIDS, ASKS)
    return exchange


@dataclass
class Sockets:
    """Raw connections of one test."""

    server: Server
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self, path: str) -> aiohttp.ClientWebSocketResponse:
        return await self.stack.enter_async_context(raw_socket(self.server.url, path))

    async def owners(self) -> aiohttp.ClientWebSocketResponse:
        socket = await self.open("/ws-api/v3")
        answer = await asked(socket, SUBSCRIBE, signed({}, self.server.exchange.now_ms()))
        assert answer["status"] == 200, answer
        return socket


def play(server: Server, scene: Callable[[Sockets], Awaitable[Any]]) -> Any:
    """What the scene returns; it has so long and no longer."""

    async def played() -> Any:
        sockets = Sockets(server)
        async with asyncio.timeout(PATIENCE_S), sockets.stack:
            return await scene(sockets)

    return asyncio.run(played())


async def silent(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Whether nothing comes."""
    try:
        await asyncio.wait_for(socket.receive(), SILENCE_S)
    except TimeoutError:
        return True
    return False


async def heard(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[Any]:
    return [await socket.receive_json() for _ in range(count)]


def quote(server: Server, quantity: int) -> None:
    """The best bid changes: exactly one depth update."""
    server.exchange.set_book(PAIR, [(Decimal(100), Decimal(quantity)), *BIDS[1:]], ASKS)


async def until(reached: Callable[[], bool]) -> None:
    """Look until it is so; the scene's own time ends it otherwise."""
    while not reached():
        await asyncio.sleep(0.005)
