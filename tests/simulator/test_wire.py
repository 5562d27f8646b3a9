"""The simulated exchange as ccxt and a hand-written client see it: a trading day's calls, signatures, and the log."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import ccxt
import pytest
from exchange import Exchange, ManualClock, MemorySession, Reply, Rule, Symbol
from exchange.server import Server, serve
from exchange.signing import signature

D = Decimal
HERE = Path(__file__).parent
PRODUCT = {"flows", "tasks", "models", "data", "conf"}
OPTIONS = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
BTC = "BTC/USDT"


def opened(fee_asset: Any = "received", clock: Any = None) -> Exchange:
    symbols = [Symbol(), Symbol("ETHUSDT", "ETH", lot=D("0.0001"), min_qty=D("0.0001"))]
    exchange = Exchange(symbols, clock or ManualClock(), balances={"USDT": D(10_000)}, fee_asset=fee_asset)
    exchange.set_price("BTCUSDT", D(60_000))
    exchange.set_price("ETHUSDT", D(3_000))
    return exchange


def client_of(exchange: Exchange, **given: Any) -> Any:
    """ccxt's Binance with the exchange where its session was, on the exchange's clock."""
    made = {"apiKey": "key", "secret": "secret", "timeout": 3000, "enableRateLimit": False, "options": dict(OPTIONS)}
    client = ccxt.binance({**made, **given})
    client.session = MemorySession(exchange, exchange.clock)
    client.milliseconds = exchange.clock.now_ms
    return client


@pytest.fixture
def exchange() -> Exchange:
    return opened()


@pytest.fixture
def client(exchange: Exchange) -> Any:
    made = client_of(exchange)
    made.load_markets()
    return made


# ccxt, call by call.


def test_ccxt_reads_the_rules(client):
    market = client.market(BTC)
    assert (market["precision"]["amount"], market["precision"]["price"]) == (1e-5, 0.01)
    assert market["limits"]["amount"]["min"] == 1e-5
    assert market["limits"]["cost"]["min"] == 5
    assert market["active"]


def test_ccxt_reads_the_market(client, exchange):
    assert client.fetch_time() == exchange.now_ms()
    assert client.fetch_status()["status"] == "ok"
    book = client.fetch_order_book(BTC, 5)
    assert book["bids"][0] == [59_999.99, 5]
    assert len(book["asks"]) == 5
    assert client.fetch_ticker(BTC)["last"] == 60_000
    assert client.fetch_bids_asks([BTC])[BTC]["ask"] == 60_000.01
    assert set(client.fetch_tickers([BTC, "ETH/USDT"])) == {BTC, "ETH/USDT"}
    assert client.fetch_ohlcv(BTC, "1h")[-1][4] == 60_000


def test_ccxt_pages_through_bars(client, exchange):
    hour = 3_600_000
    first = exchange.now_ms() - 2000 * hour
    exchange.set_klines("BTCUSDT", "1h", [[first + n * hour, n, n, n, n, 1] for n in range(2000)])
    rows = client.fetch_ohlcv(BTC, "1h", first + 500 * hour, 1000)
    assert [row[1] for row in rows] == list(range(500, 1500))
    assert [row[1] for row in client.fetch_ohlcv(BTC, "1h", None, 2)] == [1999, 60_000]


def test_ccxt_buys_at_market(client, exchange):
    order = client.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "mine"})
    assert (order["id"], order["clientOrderId"], order["status"]) == ("1001", "mine", "closed")
    assert (order["filled"], order["cost"], order["average"]) == (0.01, 600.0001, 60_000.01)
    assert order["fees"] == [{"currency": "BTC", "cost": 0.00001}]
    assert client.fetch_balance()["BTC"] == {"free": 0.00999, "used": 0, "total": 0.00999}
    assert exchange.balance("USDT") == D("9399.9999")


def test_ccxt_spends_a_sum(client):
    order = client.create_market_buy_order_with_cost(BTC, 100)
    assert order["filled"] == 0.00166
    assert order["cost"] <= 100


def test_ccxt_rests_a_limit_order_and_takes_it_back(client, exchange):
    order = client.create_order(BTC, "limit", "buy", 0.01, 40_000.123, {"clientOrderId": "rest"})
    assert (order["status"], order["price"]) == ("open", 40_000.12)
    assert client.fetch_balance()["USDT"]["used"] == 400.0012
    assert [o["clientOrderId"] for o in client.fetch_open_orders(BTC)] == ["rest"]
    assert client.cancel_order(order["id"], BTC)["status"] == "canceled"
    assert client.fetch_balance()["USDT"]["used"] == 0
    assert client.fetch_order(None, BTC, {"clientOrderId": "rest"})["status"] == "canceled"


@pytest.mark.parametrize(
    ("kind", "price", "sent"), [("market", None, "STOP_LOSS"), ("limit", 49_900, "STOP_LOSS_LIMIT")]
)
def test_ccxt_places_a_protective_stop(client, exchange, kind, price, sent):
    client.create_order(BTC, "market", "buy", 0.01)
    stop = client.create_order(BTC, kind, "sell", 0.005, price, {"stopLossPrice": 50_000, "clientOrderId": "stop"})
    assert exchange.orders_of("stop")[0].type == sent
    assert client.fetch_order(stop["id"], BTC)["triggerPrice"] == 50_000
    exchange.set_price("BTCUSDT", D(49_950))
    assert client.fetch_order(stop["id"], BTC)["status"] == "closed"


def test_ccxt_cancels_all_and_hears_when_there_was_nothing(client):
    for price in (40_000, 41_000):
        client.create_order(BTC, "limit", "buy", 0.01, price)
    assert len(client.cancel_all_orders(BTC)) == 2
    with pytest.raises(ccxt.OrderNotFound):
        client.cancel_all_orders(BTC)


def test_ccxt_replaces_an_order(client):
    order = client.create_order(BTC, "limit", "buy", 0.01, 40_000)
    other = client.edit_order(order["id"], BTC, "limit", "buy", 0.01, 41_000)
    assert [o["price"] for o in client.fetch_open_orders(BTC)] == [41_000]
    assert other["id"] != order["id"]


def test_ccxt_reads_its_history(client, exchange):
    for number in range(3):
        client.create_order(BTC, "market", "buy", 0.001, None, {"clientOrderId": f"n{number}"})
        exchange.clock.advance(1000)
    assert [o["clientOrderId"] for o in client.fetch_orders(BTC)] == ["n0", "n1", "n2"]
    assert [o["clientOrderId"] for o in client.fetch_orders(BTC, None, 2)] == ["n1", "n2"]
    trades = client.fetch_my_trades(BTC, exchange.now_ms() - 2500)
    assert [trade["order"] for trade in trades] == ["1002", "1003"]
    by_id = client.fetch_my_trades(BTC, None, None, {"orderId": 1001})
    assert [(t["amount"], t["fee"]) for t in by_id] == [(0.001, {"cost": 1e-6, "currency": "BTC"})]


def test_ccxt_reads_the_rights_of_the_key(client, exchange):
    assert client.sapi_get_account_apirestrictions()["enableWithdrawals"] is False
    client.fetch_balance()
    exchange.restrictions["enableSpotAndMarginTrading"] = False
    with pytest.raises(ccxt.DDoSProtection):  # ccxt's word for -2015 once a private call succeeded
        client.create_order(BTC, "market", "buy", 0.01)


@pytest.mark.parametrize(
    ("amount", "price", "error"),
    [(0.0001, 40_000, ccxt.BadRequest), (-1, 40_000, ccxt.BadRequest), (1, 40_000, ccxt.InsufficientFunds)],
)
def test_ccxt_hears_the_refusal(client, exchange, amount, price, error):
    with pytest.raises(error):
        client.create_order(BTC, "limit", "buy", amount, price)
    assert not exchange.orders


def test_clocks_that_differ_are_refused_until_ccxt_adjusts(exchange):
    client = client_of(exchange)
    client.load_markets()
    exchange.skew_ms = 30_000
    with pytest.raises(ccxt.InvalidNonce):
        client.fetch_balance()
    client.load_time_difference()
    client.options["adjustForTimeDifference"] = True
    assert client.fetch_balance()["USDT"]["free"] == 10_000


# By hand: what is signed, read and refused.


def asked(
    exchange: Exchange, method: str, path: str, query: str = "", *, body: str = "", key: str = "key",
    secret: str = "secret",  # noqa: S107 of nobody
    stamp: int | None = None,
) -> Reply:  # fmt: skip
    """A signed request: what it asks for, the time, and the signature at the end of the body, or of the query."""
    stamped = f"timestamp={exchange.clock.now_ms() if stamp is None else stamp}"
    headers = {"x-mbx-apikey": key} if key else {}
    if body:
        body = f"{body}&{stamped}"
        return exchange.handle(method, path, query, headers, f"{body}&signature={signature(secret, query + body)}")
    query = f"{query}&{stamped}" if query else stamped
    return exchange.handle(method, path, f"{query}&signature={signature(secret, query)}", headers)


def code_of(reply: Reply) -> tuple[int, int]:
    return reply.status, json.loads(reply.body).get("code", 0)


ORDER = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=40000"


@pytest.mark.parametrize(("query", "body"), [(ORDER, ""), ("", ORDER), ("symbol=BTCUSDT&side=BUY", ORDER[24:])])
def test_parameters_are_taken_from_query_and_body_and_signed_as_one(exchange, query, body):
    assert asked(exchange, "POST", "/api/v3/order", query, body=body).status == 200
    assert exchange.orders[0].price == 40_000


def test_an_upper_case_signature_is_a_signature(exchange):
    query = f"timestamp={exchange.now_ms()}"
    signed = f"{query}&signature={signature('secret', query).upper()}"
    assert exchange.handle("GET", "/api/v3/account", signed, {"X-MBX-APIKEY": "key"}).status == 200


REFUSALS: list[tuple[dict[str, Any], tuple[int, int]]] = [
    ({"key": ""}, (401, -2014)),
    ({"key": "other"}, (401, -2015)),
    ({"secret": "other"}, (400, -1022)),
    ({"query": "recvWindow=60001"}, (400, -1131)),
    ({"query": "symbol=BTCUSDT"}, (400, -1104)),
    ({"query": "omitZeroBalances="}, (400, -1105)),
    ({"query": "omitZeroBalances=true&omitZeroBalances=true"}, (400, -1101)),
]


@pytest.mark.parametrize(("how", "wanted"), REFUSALS)
def test_a_request_that_is_not_right_is_refused(exchange, how, wanted):
    assert code_of(asked(exchange, "GET", "/api/v3/account", how.pop("query", ""), **how)) == wanted
    assert not exchange.log[-1].accepted


@pytest.mark.parametrize(
    ("ahead_ms", "window", "fine"),
    [(999, 5000, True), (1000, 5000, False), (-5000, 5000, True), (-5001, 5000, False), (-60_000, 60_000, True)],
)
def test_the_time_of_a_request_is_checked_to_the_millisecond(exchange, ahead_ms, window, fine):
    stamp = exchange.now_ms() + ahead_ms
    for sent in (stamp, stamp * 1000):  # microseconds are allowed
        reply = asked(exchange, "GET", "/api/v3/account", f"recvWindow={window}", stamp=sent)
        assert code_of(reply) == ((200, 0) if fine else (400, -1021))


@pytest.mark.parametrize("where", ["price", "quantity", "side"])
def test_a_changed_parameter_breaks_the_signature(exchange, where):
    query = f"{ORDER}&timestamp={exchange.now_ms()}"
    signed = f"{query}&signature={signature('secret', query)}"
    name = f"{where}="
    begin = signed.index(name) + len(name)
    changed = signed[:begin] + "9" + signed[begin + 1 :]
    assert code_of(exchange.handle("POST", "/api/v3/order", changed, {"X-MBX-APIKEY": "key"})) == (400, -1022)
    assert not exchange.orders


def test_without_timestamp_or_signature_it_says_which_is_missing(exchange):
    reply = exchange.handle("GET", "/api/v3/account", "", {"X-MBX-APIKEY": "key"})
    assert "timestamp" in reply.body
    stamped = f"timestamp={exchange.now_ms()}"
    reply = exchange.handle("GET", "/api/v3/account", stamped, {"X-MBX-APIKEY": "key"})
    assert "signature" in reply.body


UNKNOWN_ORDERS = [
    ("GET", "symbol=BTCUSDT&orderId=7", (400, -2013)),
    ("GET", "symbol=BTCUSDT&origClientOrderId=nobody", (400, -2013)),
    ("GET", "symbol=BTCUSDT", (400, -1102)),
    ("GET", "symbol=BTCUSDT&orderId=1001&origClientOrderId=other", (400, -2039)),
    ("GET", "symbol=XXX&orderId=7", (400, -1121)),
    ("GET", "orderId=7", (400, -1102)),
    ("DELETE", "symbol=BTCUSDT&orderId=7", (400, -2011)),
    ("DELETE", "symbol=BTCUSDT&orderId=1001&cancelRestrictions=ONLY_PARTIALLY_FILLED", (400, -2011)),
    ("DELETE", "symbol=BTCUSDT&orderId=1001&cancelRestrictions=NEVER", (400, -1145)),
]


@pytest.mark.parametrize(("method", "query", "wanted"), UNKNOWN_ORDERS)
def test_an_order_that_is_not_there_has_its_code(exchange, method, query, wanted):
    exchange.manual_order("BTCUSDT", "BUY", "LIMIT", price=40_000, quantity=1e-1, timeInForce="GTC")
    assert code_of(asked(exchange, method, "/api/v3/order", query)) == wanted
    assert exchange.orders[0].status == "NEW"


def test_of_two_orders_with_one_id_the_later_is_found(exchange):
    for _ in range(2):
        exchange.manual_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", newClientOrderId="same")
    reply = asked(exchange, "GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=same")
    assert json.loads(reply.body)["orderId"] == 1002


def test_lists_are_paged_as_documented(exchange):
    exchange.edit_balance("BTC", D(10))
    for number in range(7):
        exchange.manual_order("BTCUSDT", "BUY", "MARKET", quantity="0.001", newClientOrderId=f"n{number}")
        exchange.clock.advance(1000)
    begin = exchange.now_ms() - 7000

    def ids(path: str, query: str, name: str) -> list[int]:
        reply = asked(exchange, "GET", f"/api/v3/{path}", f"symbol=BTCUSDT&{query}")
        return [row[name] for row in json.loads(reply.body)]

    assert ids("allOrders", "limit=3", "orderId") == [1005, 1006, 1007]
    assert ids("allOrders", "orderId=1002&limit=2", "orderId") == [1002, 1003]
    assert ids("allOrders", f"startTime={begin + 2000}&limit=2", "orderId") == [1003, 1004]
    assert ids("allOrders", f"endTime={begin + 2000}&limit=2", "orderId") == [1002, 1003]
    assert ids("allOrders", f"startTime={begin}&endTime={begin + 1000}", "orderId") == [1001, 1002]
    assert ids("myTrades", "limit=2", "orderId") == [1006, 1007]
    assert ids("myTrades", "fromId=5003&limit=2", "id") == [5003, 5004]
    assert ids("myTrades", "orderId=1004", "orderId") == [1004]
    for query in (f"startTime={begin}&endTime={begin + 86_400_001}", "orderId=1001&startTime=5"):
        reply = asked(exchange, "GET", "/api/v3/myTrades", f"symbol=BTCUSDT&{query}")
        assert code_of(reply)[1] in (-1127, -1128)


def test_no_more_than_a_thousand_rows_come_at_once(exchange):
    exchange.limits.order_limits = {}
    for _ in range(1100):
        exchange.manual_order("BTCUSDT", "BUY", "LIMIT", price=40_000, quantity="0.001", timeInForce="GTC")
        exchange.manual_cancel(exchange.orders[-1].id)
    for query, count in (("", 500), ("&limit=1000", 1000), ("&limit=5000", 1000)):
        reply = asked(exchange, "GET", "/api/v3/allOrders", f"symbol=BTCUSDT{query}")
        rows = json.loads(reply.body)
        assert (len(rows), rows[-1]["orderId"]) == (count, 2100)


REPLACED = [
    ("STOP_ON_FAILURE", 1001, "40000", (200, 0), ("CANCELED", 1)),
    ("STOP_ON_FAILURE", 7, "40000", (400, -2022), ("NEW", 0)),
    ("ALLOW_FAILURE", 7, "40000", (409, -2021), ("NEW", 1)),
    ("STOP_ON_FAILURE", 1001, "999999", (400, -1013), ("NEW", 0)),  # filters come before the cancellation
]


@pytest.mark.parametrize(("mode", "order_id", "price", "wanted", "left"), REPLACED)
def test_cancel_and_replace_says_what_was_done(exchange, mode, order_id, price, wanted, left):
    exchange.manual_order("BTCUSDT", "BUY", "LIMIT", price=30_000, quantity="0.1", timeInForce="GTC")
    query = f"{ORDER}&cancelReplaceMode={mode}&cancelOrderId={order_id}".replace("price=40000", f"price={price}")
    assert code_of(asked(exchange, "POST", "/api/v3/order/cancelReplace", query)) == wanted
    assert (exchange.orders[0].status, len(exchange.orders) - 1) == left
    assert exchange.log[-1].accepted == (wanted[0] in (200, 409))


def test_a_test_order_is_checked_and_leaves_nothing_behind(exchange):
    assert asked(exchange, "POST", "/api/v3/order/test", ORDER).body == "{}"
    bad = asked(exchange, "POST", "/api/v3/order/test", ORDER.replace("0.001", "0.00001"))
    assert code_of(bad) == (400, -1013)
    assert not exchange.orders


ANSWERS = [("ACK", False, False), ("RESULT", True, False), ("FULL", True, True)]


@pytest.mark.parametrize(("form", "amounts", "fills"), ANSWERS)
def test_the_answer_to_an_order_is_as_long_as_was_asked(exchange, form, amounts, fills):
    said = json.loads(asked(exchange, "POST", "/api/v3/order", f"{ORDER}&newOrderRespType={form}").body)
    assert ("status" in said, "fills" in said) == (amounts, fills)


def test_orders_that_do_not_trade_are_counted_and_too_many_refused(exchange):
    for _ in range(50):
        assert asked(exchange, "POST", "/api/v3/order", ORDER).status == 200
    reply = asked(exchange, "POST", "/api/v3/order", ORDER)
    assert code_of(reply) == (429, -1015)
    assert 1 <= int(reply.headers["Retry-After"]) <= 10
    exchange.clock.advance(10_000)
    reply = asked(exchange, "POST", "/api/v3/order", ORDER)
    assert reply.headers["X-MBX-ORDER-COUNT-10S"] == "1"
    for _ in range(60):
        market = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.0001"
        assert asked(exchange, "POST", "/api/v3/order", market).status == 200


@pytest.mark.parametrize(("path", "query", "weight"), [("openOrders", "symbol=BTCUSDT", 6), ("openOrders", "", 80)])
def test_asking_for_all_symbols_weighs_more(exchange, path, query, weight):
    reply = asked(exchange, "GET", f"/api/v3/{path}", query)
    assert reply.headers["X-MBX-USED-WEIGHT-1M"] == str(weight)


def test_too_much_weight_is_answered_by_429_until_the_minute_is_over(exchange):
    exchange.limits.weight_limit = 100
    replies = [exchange.handle("GET", "/api/v3/exchangeInfo") for _ in range(6)]
    assert [reply.status for reply in replies] == [200] * 5 + [429]
    exchange.clock.advance(1000 * int(replies[-1].headers["Retry-After"]))
    assert exchange.handle("GET", "/api/v3/ping").status == 200
    assert not exchange.violations


# The log.


def test_every_request_is_logged_with_what_came_of_it(client, exchange):
    exchange.log.clear()
    client.create_order(BTC, "limit", "buy", 0.001, 40_000, {"clientOrderId": "one"})
    with pytest.raises(ccxt.InvalidOrder):
        client.create_order(BTC, "limit", "buy", 0.001, 40_000, {"clientOrderId": "one"})
    client.fetch_order(None, BTC, {"clientOrderId": "one"})
    exchange.handle("GET", "/nowhere")
    rows = [(e.method, e.path, e.status, e.accepted, e.code, e.client_order_id, e.order_ids) for e in exchange.log]
    assert rows == [
        ("POST", "/api/v3/order", 200, True, None, "one", [1001]),
        ("POST", "/api/v3/order", 400, False, -2010, "one", []),
        ("GET", "/api/v3/order", 200, True, None, "one", [1001]),
        ("GET", "/nowhere", 404, False, None, None, []),
    ]
    assert [entry.number for entry in exchange.log] == [0, 1, 2, 3]
    assert all("signature" not in entry.params for entry in exchange.log)


# By sockets, in a thread and in a process of its own.


@pytest.fixture
def served() -> Iterator[Server]:
    server = serve(opened())
    yield server
    server.stop()


def over_http(server: Server, method: str, path: str, timeout: float = 5.0) -> Any:
    return spoken(server.port, method, path, timeout=timeout)[1]


def told(port: int, **what: Any) -> Any:
    status, said = spoken(port, "POST", "/_control", json.dumps(what))
    assert status == 200, said
    return said


def spoken(port: int, method: str, path: str, body: str | None = None, timeout: float = 5.0) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def _reset(server: Server) -> None:
    with pytest.raises(ConnectionResetError):
        over_http(server, "GET", "/api/v3/ping")


def _hangs(server: Server) -> None:
    with pytest.raises(TimeoutError):
        over_http(server, "GET", "/api/v3/ping", timeout=0.2)


@pytest.mark.parametrize(
    ("fault", "seen"), [("reset_after", _reset), ("reset_before", _reset), ("refuse", _reset), ("hang_after", _hangs)]
)
def test_sockets_are_really_torn_and_really_hang(served, fault: str, seen: Callable[[Server], None]):
    served.exchange.faults.add(Rule(fault))
    seen(served)
    assert served.exchange.log[-1].status is None
    assert over_http(served, "GET", "/api/v3/ping") == {}


def test_a_venue_that_is_down_refuses_connections_and_comes_back_as_it_was(served):
    told(served.control_port, do="down")
    with pytest.raises(ConnectionRefusedError):
        over_http(served, "GET", "/api/v3/ping")
    told(served.control_port, do="up")
    assert over_http(served, "GET", "/api/v3/ping") == {}


CONTROLS: list[dict[str, Any]] = [
    {"do": "set_price", "symbol": "BTCUSDT", "price": "50000"},
    {"do": "set_book", "symbol": "BTCUSDT", "bids": [["1", "2"]], "asks": [[3, 4]]},
    {"do": "outside_order", "symbol": "BTCUSDT", "side": "BUY", "quantity": "1"},
    {"do": "edit_balance", "asset": "BTC", "delta": "1"},
    {"do": "manual_order", "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"},
    {"do": "set_status", "symbol": "BTCUSDT", "status": "CANCEL_ONLY"},
    {"do": "set_filters", "symbol": "BTCUSDT", "min_notional": "10", "max_orders": 3},
    {"do": "set_klines", "symbol": "BTCUSDT", "interval": "1h", "rows": [[0, 1, 1, 1, 1, 1]]},
    {"do": "freeze_klines", "symbol": "BTCUSDT"},
    {"do": "set", "skew_ms": 5, "visible_after_ms": 10},
    {"do": "restrict", "enableWithdrawals": True},
    {"do": "fault", "fault": "503", "method": "POST", "path": "/api/v3/order", "nth": 1},
    {"do": "clear_faults"},
    {"do": "stream", "fault": "mute"},
    {"do": "log"},
    {"do": "orders"},
    {"do": "trades"},
    {"do": "snapshot"},
]


@pytest.mark.parametrize("what", CONTROLS, ids=lambda what: what["do"])
def test_another_process_can_steer_and_read_it(served, what):
    told(served.control_port, **what)
    told(served.port, do="snapshot")
    assert not served.exchange.log


def test_control_says_what_it_does_not_know(served):
    status, said = spoken(served.port, "POST", "/_control", '{"do": "dance"}')
    assert (status, "set_price" in said["error"]) == (400, True)


def test_the_module_serves_until_sigterm_and_keeps_its_state_when_clients_die():
    process = subprocess.Popen(
        [sys.executable, "-m", "exchange", "--balance", "USDT=500", "--price", "BTCUSDT=100"],
        cwd=HERE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        ports = json.loads(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", ports["port"])) as client:
            client.sendall(b"POST /api/v3/order HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsymbol=")
        told(ports["port"], do="manual_order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1")
        assert told(ports["control_port"], do="snapshot")["balances"]["BTC"] == "0.99900000"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(120) == 0


# What it may know.


def imported_by(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", sorted((HERE / "exchange").glob("*.py")), ids=lambda path: path.stem)
def test_the_simulator_never_imports_the_product(path):
    assert not imported_by(path) & PRODUCT


def test_a_process_with_the_simulator_has_nothing_of_the_product():
    program = "import exchange, exchange.__main__, sys; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=HERE, capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & PRODUCT
