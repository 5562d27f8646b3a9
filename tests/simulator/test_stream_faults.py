"""What each fault of the plan does to the events of a stream, and to the connections."""

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
import requests
from exchange import Rule, WallClock
from exchange.server import Server
from exchange.signing import signature
from exchange_process import exchange_thread
from raw_sockets import asked
from stream_scenes import PAIR, Sockets, heard, make_exchange, play, quote, silent


@pytest.fixture
def server() -> Iterator[Server]:
    with exchange_thread(make_exchange()) as server:
        yield server


@pytest.mark.parametrize(
    ("fault", "quantities"),
    [
        ("gap", ["12", "13"]),
        ("replay_last", ["11", "11", "12", "13"]),
        ("out_of_order", ["12", "11", "13"]),
        ("delay:50", ["11", "12", "13"]),
    ],
)
def test_what_a_fault_does_to_one_event(server: Server, fault: str, quantities: list[str]) -> None:
    async def scene(sockets: Sockets) -> list[Any]:
        server.exchange.faults.add(Rule(fault, "STREAM", "depthUpdate"))
        socket = await sockets.open("/ws/btcusdt@depth")
        await asked(socket, "LIST_SUBSCRIPTIONS")
        for quantity in (11, 12, 13):
            quote(server, quantity)
        events = await heard(socket, len(quantities))
        assert await silent(socket)
        return events

    assert [event["b"][0][1].split(".")[0] for event in play(server, scene)] == quantities


def test_a_dropped_connection_is_gone_and_the_next_one_works(server: Server) -> None:
    async def scene(sockets: Sockets) -> tuple[Any, Any, Any]:
        server.exchange.faults.add(Rule("drop", "STREAM", "depthUpdate"))
        first = await sockets.open("/ws/btcusdt@depth")
        await asked(first, "LIST_SUBSCRIPTIONS")
        quote(server, 11)
        ended = await first.receive()
        second = await sockets.open("/ws/btcusdt@depth")
        await asked(second, "LIST_SUBSCRIPTIONS")
        quote(server, 12)
        return ended.type, first.close_code, (await second.receive_json())["b"][0][1]

    assert play(server, scene) == (aiohttp.WSMsgType.CLOSED, 1006, "12.00000000")


def test_a_muted_connection_stays_open_and_says_nothing_more(server: Server) -> None:
    async def scene(sockets: Sockets) -> tuple[bool, bool, Any]:
        server.exchange.faults.add(Rule("mute", "STREAM", "executionReport"))
        first = await sockets.owners()
        server.exchange.manual_order(PAIR, "BUY", "MARKET", quantity="1")
        was_silent = await silent(first)
        await first.send_str(json.dumps({"id": 5, "method": "ping"}))
        second = await sockets.owners()
        server.exchange.manual_order(PAIR, "BUY", "MARKET", quantity="0.5")
        return was_silent and await silent(first), first.closed, (await second.receive_json())["event"]["x"]

    assert play(server, scene) == (True, False, "NEW")


@pytest.mark.parametrize(("word", "is_closed"), [("drop", True), ("mute", False)])
def test_all_connections_at_once(server: Server, word: str, is_closed: bool) -> None:
    async def scene(sockets: Sockets) -> list[bool]:
        both = [await sockets.owners(), await sockets.open("/ws/btcusdt@depth")]
        await asked(both[1], "LIST_SUBSCRIPTIONS")
        await asyncio.to_thread(control, server, {"do": "stream", "fault": word})
        if not is_closed:
            quote(server, 11)
            server.exchange.edit_balance("USDT", Decimal(1))
            return [not await silent(one) for one in both]
        return [(await one.receive()).type is aiohttp.WSMsgType.CLOSED for one in both]

    assert play(server, scene) == [is_closed] * 2
    with pytest.raises(AssertionError, match="there are drop and mute"):
        control(server, {"do": "stream", "fault": "sleep"})


def test_a_fault_waits_for_somebody_who_listens(server: Server) -> None:
    server.exchange.faults.add(Rule("gap", "STREAM", "depthUpdate"))
    quote(server, 10)
    requests.get(f"{server.url}/api/v3/ping", timeout=10)  # the update has been told by now, to nobody
    assert [rule.times for rule in server.exchange.faults.rules] == [1]


def control(server: Server, asked_for: dict[str, str]) -> None:
    answer = requests.post(f"{server.url}/_control", json=asked_for, timeout=10)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("rule", "order"),
    [
        (Rule("delay:900", "STREAM", "executionReport"), ["answer", "report"]),
        (Rule("gap", "STREAM", "balanceUpdate"), ["report", "answer"]),
    ],
)
def test_answer_and_report_come_in_either_order(rule: Rule, order: list[str]) -> None:
    exchange = make_exchange(WallClock())
    exchange.faults.add(rule)
    exchange.faults.add(Rule("latency:300", "POST", "/api/v3/order"))

    async def scene(sockets: Sockets) -> list[str]:
        came: list[str] = []
        socket = await sockets.owners()

        async def listen() -> None:
            await heard(socket, 3)
            came.append("report")

        async def place() -> None:
            given = {"symbol": PAIR, "side": "BUY", "type": "MARKET", "quantity": "0.1", "timestamp": exchange.now_ms()}
            query = "&".join(f"{key}={value}" for key, value in given.items())
            url = f"{wall.url}/api/v3/order?{query}&signature={signature('secret', query)}"
            async with aiohttp.ClientSession() as session, session.post(url, headers={"X-MBX-APIKEY": "key"}) as answer:
                assert (await answer.json())["status"] == "FILLED"
            came.append("answer")

        await asyncio.gather(listen(), place())
        return came

    with exchange_thread(exchange) as wall:
        assert play(wall, scene) == order
