"""The protocol of the simulator's websockets: subscriptions, tickers, bars, and what the owner of the key is told."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from exchange import ManualClock, Rule
from exchange.server import Server
from exchange_process import exchange_thread
from raw_sockets import SUBSCRIBE, asked, signed
from stream_scenes import PAIR, Sockets, heard, make_exchange, play, quote, silent


@pytest.fixture
def server() -> Iterator[Server]:
    with exchange_thread(make_exchange()) as server:
        yield server


def test_subscriptions_are_answered_as_documented(server: Server) -> None:
    async def scene(sockets: Sockets) -> list[Any]:
        socket = await sockets.open("/ws")
        return [
            await asked(socket, "SUBSCRIBE", ["btcusdt@trade", "btcusdt@depth"], 1),
            await asked(socket, "LIST_SUBSCRIPTIONS", None, 2),
            await asked(socket, "UNSUBSCRIBE", ["btcusdt@trade"], 3),
            await asked(socket, "LIST_SUBSCRIPTIONS", None, 4),
            await asked(socket, "GET_PROPERTY", ["combined"], 5),
            await asked(socket, "SET_PROPERTY", ["combined", True], 6),
            await asked(socket, "GET_PROPERTY", ["combined"], 7),
        ]

    results = [None, ["btcusdt@trade", "btcusdt@depth"], None, ["btcusdt@depth"], False, None, True]
    assert play(server, scene) == [{"result": result, "id": number} for number, result in enumerate(results, 1)]


def test_an_unknown_method_is_an_error(server: Server) -> None:
    async def scene(sockets: Sockets) -> Any:
        return await asked(await sockets.open("/ws/1"), "LISTEN", ["btcusdt@trade"])

    answer = play(server, scene)
    assert answer["error"]["code"] == 2
    assert "unknown variant LISTEN" in answer["error"]["msg"]


@pytest.mark.parametrize("path", ["/ws/btcusdt@depth", "/stream?streams=btcusdt@depth"])
def test_a_path_names_streams(server: Server, path: str) -> None:
    async def scene(sockets: Sockets) -> Any:
        socket = await sockets.open(path)
        await asked(socket, "LIST_SUBSCRIPTIONS")
        quote(server, 7)
        return await socket.receive_json()

    event = play(server, scene)
    if "stream" in path:
        assert event["stream"] == "btcusdt@depth"
        event = event["data"]
    assert (event["e"], dict(event["b"])["100.00000000"]) == ("depthUpdate", "7.00000000")


def test_one_hears_only_what_one_asked_for(server: Server) -> None:
    async def scene(sockets: Sockets) -> bool:
        socket = await sockets.open("/ws/1")
        await asked(socket, "SUBSCRIBE", ["ethusdt@depth", "btcusdt@trade"])
        quote(server, 7)
        return await silent(socket)

    assert play(server, scene)


def test_tickers_follow_trades_and_quotes(server: Server) -> None:
    async def scene(sockets: Sockets) -> list[Any]:
        socket = await sockets.open("/ws/btcusdt@trade/btcusdt@miniTicker/btcusdt@ticker/btcusdt@bookTicker")
        await asked(socket, "LIST_SUBSCRIPTIONS")
        server.exchange.outside_order(PAIR, "BUY", Decimal("0.5"))
        return await heard(socket, 4)

    trade, mini, ticker, book = play(server, scene)
    assert (trade["e"], trade["p"], trade["q"], trade["m"]) == ("trade", "101.00000000", "0.50000000", False)
    assert (mini["e"], mini["c"], mini["v"]) == ("24hrMiniTicker", "101.00000000", "0.50000000")
    assert (ticker["e"], ticker["L"], ticker["n"]) == ("24hrTicker", trade["t"], 1)
    assert {key: book[key] for key in "bBaA"} == {
        "b": "100.00000000",
        "B": "1.00000000",
        "a": "101.00000000",
        "A": "1.50000000",
    }


def test_a_bar_grows_and_is_closed_by_the_time_alone(server: Server) -> None:
    clock = server.exchange.clock
    assert isinstance(clock, ManualClock)

    async def scene(sockets: Sockets) -> list[Any]:
        socket = await sockets.open("/ws/btcusdt@kline_1m")
        await asked(socket, "LIST_SUBSCRIPTIONS")
        server.exchange.outside_order(PAIR, "BUY", Decimal("0.5"))
        grown = await heard(socket, 1)
        clock.advance(60_000)
        return grown + await heard(socket, 1)

    grown, closed = (event["k"] for event in play(server, scene))
    assert (grown["x"], closed["x"]) == (False, True)
    assert grown["t"] == closed["t"]
    assert {name: closed[name] for name in "ohlcvn"} == {name: grown[name] for name in "ohlcvn"}


# The owner's protocol.


def test_the_owner_is_told_of_an_order_from_its_birth_to_its_end(server: Server) -> None:
    async def scene(sockets: Sockets) -> list[Any]:
        socket = await sockets.owners()
        place = {
            "symbol": PAIR,
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "GTC",
            "quantity": "3",
            "price": "100.5",
        }
        params = signed({**place, "newClientOrderId": "mine"}, server.exchange.now_ms())
        await socket.send_str(json.dumps({"id": 9, "method": "order.place", "params": params}))
        placed = await heard(socket, 3)
        server.exchange.outside_order(PAIR, "SELL", Decimal(1))
        filled = await heard(socket, 2)
        server.exchange.manual_cancel(int(server.exchange.orders_of("mine")[0].id))
        return [*placed, *filled, *await heard(socket, 2)]

    messages = play(server, scene)
    answer = next(one for one in messages if "id" in one)
    assert (answer["status"], answer["result"]["status"]) == (200, "NEW")
    events = [one["event"] for one in messages if "event" in one]
    assert {one["subscriptionId"] for one in messages if "event" in one} == {0}
    reports = [event for event in events if event["e"] == "executionReport"]
    assert [(one["x"], one["X"], one["l"], one["z"]) for one in reports] == [
        ("NEW", "NEW", "0.00000000", "0.00000000"),
        ("TRADE", "PARTIALLY_FILLED", "1.00000000", "1.00000000"),
        ("CANCELED", "CANCELED", "0.00000000", "1.00000000"),
    ]
    assert [(one["c"], one["C"]) for one in reports[:2]] == [("mine", "")] * 2
    assert (reports[2]["C"], reports[2]["c"] != "mine") == ("mine", True)
    assert (reports[1]["n"], reports[1]["N"], reports[1]["m"]) == ("0.00100000", "BTC", True)
    assert [event["e"] for event in events] == ["executionReport", "outboundAccountPosition"] * 3
    usdt = [next(row for row in event["B"] if row["a"] == "USDT") for event in events[1::2]]
    assert [(row["f"], row["l"]) for row in usdt] == [
        ("9698.50000000", "301.50000000"),
        ("9698.50000000", "201.00000000"),
        ("9899.50000000", "0.00000000"),
    ]


def test_a_deposit_is_told(server: Server) -> None:
    async def scene(sockets: Sockets) -> Any:
        socket = await sockets.owners()
        server.exchange.edit_balance("USDT", Decimal("12.5"))
        return await socket.receive_json()

    event = play(server, scene)["event"]
    assert (event["e"], event["a"], event["d"]) == ("balanceUpdate", "USDT", "12.50000000")


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        ({"signature": "0" * 64}, 400, -1022),
        ({"apiKey": "another"}, 401, -2015),
        ({"timestamp": 1}, 400, -1021),
        ({"recvWindow": 4000}, 400, -1022),
    ],
)
def test_a_wrong_signature_subscribes_to_nothing(server: Server, spoil: dict[str, Any], status: int, code: int) -> None:
    async def scene(sockets: Sockets) -> tuple[Any, bool]:
        socket = await sockets.open("/ws-api/v3")
        answer = await asked(socket, SUBSCRIBE, signed({}, server.exchange.now_ms()) | spoil)
        server.exchange.edit_balance("USDT", Decimal(1))
        return answer, await silent(socket)

    answer, was_silent = play(server, scene)
    assert (answer["status"], answer["error"]["code"], was_silent) == (status, code, True)
    assert [(entry.path, entry.code, entry.accepted) for entry in server.exchange.log] == [(SUBSCRIBE, code, False)]


def test_the_session_knows_its_subscription(server: Server) -> None:
    async def scene(sockets: Sockets) -> list[Any]:
        socket = await sockets.owners()
        again = await asked(socket, SUBSCRIBE, signed({}, server.exchange.now_ms()))
        status = await asked(socket, "session.status")
        listed = await asked(socket, "session.subscriptions")
        await socket.send_str(json.dumps({"id": 5, "method": "userDataStream.unsubscribe"}))
        ended = await heard(socket, 2)
        server.exchange.edit_balance("USDT", Decimal(1))
        assert await silent(socket)
        return [again["error"]["code"], status["result"]["userDataStream"], listed["result"], ended]

    code, active, listed, ended = play(server, scene)
    assert (code, active, listed) == (-2035, True, [{"subscriptionId": 0}])
    assert ended[0]["event"]["e"] == "eventStreamTerminated"
    assert ended[1] == {"id": 5, "status": 200, "result": {}, "rateLimits": []}


def test_requests_are_answered_as_by_rest_and_are_in_the_log(server: Server) -> None:
    async def scene(sockets: Sockets) -> list[Any]:
        socket = await sockets.open("/ws-api/v3")
        now = server.exchange.now_ms()
        return [
            await asked(socket, "ping"),
            await asked(socket, "time"),
            await asked(socket, "order.status", signed({"symbol": PAIR, "origClientOrderId": "never"}, now)),
            await asked(socket, "order.vanish"),
        ]

    ping, time, status, unknown = play(server, scene)
    assert ping == {"id": 1, "status": 200, "result": {}, "rateLimits": []}
    assert time["result"] == {"serverTime": server.exchange.now_ms()}
    assert (status["status"], status["error"]["code"]) == (400, -2013)
    assert unknown["status"] == 400
    assert [(entry.method, entry.path, entry.code) for entry in server.exchange.log] == [
        ("GET", "/api/v3/ping", None),
        ("GET", "/api/v3/time", None),
        ("GET", "/api/v3/order", -2013),
    ]
    assert all(entry.connection.startswith("ws-api") for entry in server.exchange.log)


def test_a_torn_request_tears_the_socket_and_a_hanging_one_is_never_answered(server: Server) -> None:
    async def scene(sockets: Sockets) -> tuple[bool, Any]:
        server.exchange.faults.add(Rule("hang_after", path="/api/v3/time"))
        server.exchange.faults.add(Rule("reset_after", path="/api/v3/ping"))
        socket = await sockets.open("/ws-api/v3")
        await socket.send_str(json.dumps({"id": 1, "method": "time"}))
        was_silent = await silent(socket)
        await socket.send_str(json.dumps({"id": 2, "method": "ping"}))
        return was_silent, (await socket.receive()).type

    assert play(server, scene) == (True, aiohttp.WSMsgType.CLOSED)
