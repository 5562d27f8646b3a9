"""The simulator says what Binance says: held against the official SDK and nautilus_trader."""

import asyncio
import json
import logging
import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse
from binance_common.configuration import ConfigurationWebSocketAPI, ConfigurationWebSocketStreams
from binance_common.errors import BadRequestError, UnauthorizedError
from binance_sdk_spot.rest_api import models
from binance_sdk_spot.websocket_api import SpotWebSocketAPI
from binance_sdk_spot.websocket_api import models as api_models
from binance_sdk_spot.websocket_streams import SpotWebSocketStreams
from binance_sdk_spot.websocket_streams import models as stream_models
from binance_sdk_spot.websocket_streams.models import KlineIntervalEnum
from exchange.server import Server
from exchange_process import exchange_thread
from order_lives import PAIR, Answers, live_through, make_exchange, named, sdk
from raw_sockets import SUBSCRIBE, asked, raw_socket, signed
from strict_reading import CONDITIONAL, CONDITIONAL_IN_REPORTS, CONDITIONAL_IN_RULES, differences

ROOT = Path(__file__).parent.parent.parent
DECODER = ROOT / "tests" / "support" / "nautilus_decoding.py"
PATIENCE_S = 120.0
SINGLE: dict[str, Any] = {
    "time": models.TimeResponse,
    "exchangeInfo": models.ExchangeInfoResponse,
    "depth": models.DepthResponse,
    "ticker/24hr": models.Ticker24hrResponse1,
    "ticker/price": models.TickerPriceResponse1,
    "ticker/bookTicker": models.TickerBookTickerResponse1,
    "account": models.GetAccountResponse,
    "order": models.GetOrderResponse,
    "canceled": models.DeleteOrderResponse,
    "order/cancelReplace": models.OrderCancelReplaceResponse,
}
LISTS: dict[str, Any] = {
    "orders": models.AllOrdersResponseInner,
    "canceledAll": models.DeleteOpenOrdersResponseInner,
    "myTrades": models.MyTradesResponseInner,
    "rateLimit/order": models.RateLimitOrderResponseInner,
}
STATES = {"NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED"}
TYPES = {"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"}


@pytest.fixture
def server() -> Iterator[Server]:
    with exchange_thread(make_exchange()) as server:
        yield server


@pytest.fixture(scope="module")
def answers() -> Answers:
    """Everything the official client was told in lives of orders of every type and state."""
    heard = Answers()
    with exchange_thread(make_exchange()) as server:
        live_through(server.exchange, sdk(server.url, heard))
    return heard


@pytest.fixture(scope="module")
def events() -> Answers:
    """Everything that the streams told meanwhile, to the official clients of both websockets."""
    with exchange_thread(make_exchange()) as server:
        return asyncio.run(_told(server))


def test_every_type_and_every_state_was_seen(answers: Answers) -> None:
    seen = [order for text in named(answers, "orders") for order in json.loads(text)]
    seen += [json.loads(text) for text in named(answers, "order")]
    assert {order["type"] for order in seen} == TYPES
    assert {order["status"] for order in seen} == STATES


@pytest.mark.parametrize("name", SINGLE)
def test_an_answer_has_the_fields_of_the_official_sdk(answers: Answers, name: str) -> None:
    texts = named(answers, name)
    assert texts
    conditional = CONDITIONAL_IN_RULES if name == "exchangeInfo" else CONDITIONAL
    assert [one for text in texts for one in differences(SINGLE[name], json.loads(text), conditional)] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_the_fields_of_the_official_sdk(answers: Answers, name: str) -> None:
    rows = [row for text in named(answers, name) for row in json.loads(text)]
    assert rows
    assert [one for row in rows for one in differences(LISTS[name], row)] == []


def test_a_new_order_is_answered_as_much_as_it_asked_for(answers: Answers) -> None:
    """An ACK has five fields, a RESULT everything but the fills, FULL everything."""
    forms = set()
    for text in named(answers, "newOrder"):
        answer = json.loads(text)
        unlike = differences(models.NewOrderResponse, answer)
        is_ack = set(answer) == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}
        assert is_ack or set(unlike) <= {"-NewOrderResponse.fills"}
        forms.add("ACK" if is_ack else "RESULT" if unlike else "FULL")
    assert forms == {"ACK", "RESULT", "FULL"}


def test_bars_are_rows_of_twelve(answers: Answers) -> None:
    rows = [row for text in named(answers, "klines") for row in json.loads(text)]
    kinds = [int, str, str, str, str, str, int, str, int, str, str, str]
    assert len(rows) > 20
    assert all([type(value) for value in row] == kinds for row in rows)


def test_the_official_client_never_had_to_be_lenient(caplog: pytest.LogCaptureFixture) -> None:
    """It reads an answer again without strict types, and warns, when its own models do not fit."""
    with exchange_thread(make_exchange()) as server, caplog.at_level(logging.WARNING):
        live_through(server.exchange, sdk(server.url))
    assert caplog.messages == []


def test_the_official_client_understands_refusals(server: Server) -> None:
    client = sdk(server.url)
    with pytest.raises(BadRequestError) as poor:
        client.new_order(PAIR, "BUY", "LIMIT", time_in_force="GTC", quantity="90", price="40000")
    assert (poor.value.status_code, poor.value.error_message) == (
        -2010,
        "Account has insufficient balance for requested action.",
    )
    with pytest.raises(BadRequestError) as unsigned:
        sdk(server.url, secret="another").get_account()  # noqa: S106 no secret
    assert unsigned.value.status_code == -1022
    with pytest.raises(BadRequestError) as unknown:
        client.get_order(PAIR, orig_client_order_id="never")
    assert unknown.value.status_code == -2013
    with pytest.raises(BadRequestError) as gone:
        client.delete_order(PAIR, orig_client_order_id="never")
    assert gone.value.status_code == -2011
    client.configuration.base_headers["X-MBX-APIKEY"] = "somebody"
    with pytest.raises(UnauthorizedError):
        client.get_account()


@pytest.mark.parametrize(
    ("name", "model", "conditional"),
    [
        ("executionReport", api_models.ExecutionReport, CONDITIONAL_IN_REPORTS),
        ("outboundAccountPosition", api_models.OutboundAccountPosition, CONDITIONAL),
        ("balanceUpdate", api_models.BalanceUpdate, CONDITIONAL),
        ("kline", stream_models.KlineResponse, CONDITIONAL),
        ("trade", stream_models.TradeResponse, CONDITIONAL),
        ("24hrMiniTicker", stream_models.MiniTickerResponse, CONDITIONAL),
        ("24hrTicker", stream_models.TickerResponse, CONDITIONAL),
        ("bookTicker", stream_models.BookTickerResponse, CONDITIONAL),
        ("depthUpdate", stream_models.DiffBookDepthResponse, CONDITIONAL),
    ],
)
def test_an_event_has_the_fields_of_the_official_sdk(
    events: Answers, name: str, model: Any, conditional: set[str]
) -> None:
    texts = named(events, name)
    assert texts
    assert [one for text in texts for one in differences(model, json.loads(text), conditional)] == []


def test_the_reports_tell_every_kind_of_news(events: Answers) -> None:
    reports = [json.loads(text) for text in named(events, "executionReport")]
    assert {(one["x"], one["X"]) for one in reports} == {
        ("NEW", "NEW"),
        ("TRADE", "PARTIALLY_FILLED"),
        ("TRADE", "FILLED"),
        ("CANCELED", "CANCELED"),
        ("EXPIRED", "EXPIRED"),
    }
    assert {one["o"] for one in reports} == TYPES


def test_the_official_websocket_clients_follow(events: Answers, caplog: pytest.LogCaptureFixture) -> None:
    with exchange_thread(make_exchange()) as server, caplog.at_level(logging.WARNING):
        heard, complaints = asyncio.run(_official(server))
    assert complaints == []
    assert caplog.messages == []
    assert {name for name, _ in heard.kept} == {name for name, _ in events.kept}
    for name in ("executionReport", "balanceUpdate", "depthUpdate"):
        assert len(named(heard, name)) == len(named(events, name))


@pytest.mark.slow
def test_nautilus_trader_understands_every_answer_and_event(answers: Answers, events: Answers) -> None:
    """Its environment is its own: it wants an older pandas than ours."""
    python = os.environ.get("NAUTILUS_PYTHON")
    assert python, "NAUTILUS_PYTHON names no interpreter: set it to a Python 3.11 that has nautilus_trader 1.221"
    kept = [pair for pair in (*answers.kept, *_combined(events)) if pair[0] in NAUTILUS]
    done = subprocess.run([python, str(DECODER)], input=json.dumps(kept), capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said == {"read": len(kept), "failed": []}
    assert {name for name, _ in kept} == NAUTILUS


TOPICS = ("kline_1m", "trade", "miniTicker", "ticker", "bookTicker", "depth@100ms")
OFFICIAL = {
    **{"ExecutionReport": "executionReport", "OutboundAccountPosition": "outboundAccountPosition"},
    **{"BalanceUpdate": "balanceUpdate", "KlineResponse": "kline", "TradeResponse": "trade"},
    **{"MiniTickerResponse": "24hrMiniTicker", "TickerResponse": "24hrTicker", "BookTickerResponse": "bookTicker"},
    "DiffBookDepthResponse": "depthUpdate",
}
NAUTILUS = {
    *(
        "time",
        "exchangeInfo",
        "depth",
        "klines",
        "ticker/24hr",
        "ticker/price",
        "ticker/bookTicker",
        "account",
        "order",
    ),
    *("newOrder", "canceled", "canceledAll", "orders", "myTrades", "rateLimit/order", "executionReport", "kline"),
    *("outboundAccountPosition", "trade", "depthUpdate", "bookTicker", "24hrTicker"),
}


def _combined(events: Answers) -> Iterator[tuple[str, str]]:
    """As nautilus_trader hears them: events of the market in the envelope of combined streams."""
    for name, text in events.kept:
        owners = name in ("executionReport", "outboundAccountPosition")
        yield name, text if owners else json.dumps({"stream": f"btcusdt@{name}", "data": json.loads(text)})


async def _told(server: Server) -> Answers:
    """Every event, as it came over the wire while orders lived."""
    heard = Answers()

    async def listen(socket: ClientWebSocketResponse, wrapped: str) -> None:
        async for message in socket:
            event = json.loads(message.data).get(wrapped)
            if event is not None:
                heard.kept.append((event.get("e", "bookTicker"), json.dumps(event)))

    topics = "/".join(f"btcusdt@{name}" for name in TOPICS)
    url = server.url
    async with (
        asyncio.timeout(PATIENCE_S),
        raw_socket(url, "/ws-api/v3") as owners,
        raw_socket(url, f"/stream?streams={topics}") as market,
    ):
        await asked(owners, SUBSCRIBE, signed({}, server.exchange.now_ms()))
        tasks = [asyncio.ensure_future(listen(owners, "event")), asyncio.ensure_future(listen(market, "data"))]
        await _live(server, heard)
        for task in tasks:
            task.cancel()
    return heard


async def _live(server: Server, heard: Answers) -> None:
    """Orders live, and a deposit is the last thing that the owner hears."""
    await asyncio.to_thread(live_through, server.exchange, sdk(server.url))
    server.exchange.edit_balance("USDT", Decimal(5))
    server.exchange.set_price(PAIR, Decimal(51_234))
    while not named(heard, "balanceUpdate") or "51234" not in named(heard, "24hrTicker")[-1]:
        await asyncio.sleep(0.01)


async def _official(server: Server) -> tuple[Answers, list[object]]:
    """What the official websocket clients made of it, by their own models, and their complaints."""
    heard, complaints = Answers(), list[object]()
    url = server.url.replace("http", "ws")
    api: Any = SpotWebSocketAPI(ConfigurationWebSocketAPI("key", "secret", stream_url=f"{url}/ws-api/v3"))
    streams: Any = SpotWebSocketStreams(ConfigurationWebSocketStreams(url))

    def keep(event: Any) -> None:
        made = getattr(event, "actual_instance", event)
        name = OFFICIAL[type(made).__name__]
        heard.kept.append((name, made.to_json()))

    async with asyncio.timeout(PATIENCE_S):
        await api.create_connection()
        await streams.create_connection()
        (await api.user_data_stream_subscribe_signature()).stream.on("message", keep)
        asking = (streams.trade, streams.mini_ticker, streams.ticker, streams.book_ticker, streams.diff_book_depth)
        for stream in [await ask(symbol=PAIR) for ask in asking] + [
            await streams.kline(PAIR, KlineIntervalEnum.INTERVAL_1m.value)
        ]:
            stream.on("message", keep)
        for client in (api, streams):
            client.on_connection("error", complaints.append)
        await _live(server, heard)
        await api.close_connection()
        await streams.close_connection()
    return heard, complaints
