"""Faults of the simulated exchange: when they strike, whether the order was taken, what the client is told."""

import json
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import ccxt
import pytest
from exchange import Exchange, FaultPlan, ManualClock, MemorySession, Reply, Rule, Symbol, Tape
from exchange.signing import signature

D = Decimal
POST = {"method": "POST", "path": "/api/v3/order"}
BTC = "BTC/USDT"


@pytest.fixture
def exchange() -> Exchange:
    made = Exchange([Symbol()], ManualClock(), balances={"USDT": D(10_000), "BTC": D(1)})
    made.set_price("BTCUSDT", D(60_000))
    return made


@pytest.fixture
def client(exchange: Exchange) -> Any:
    options = {"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False}
    given = {"apiKey": "key", "secret": "secret", "timeout": 3000, "enableRateLimit": False, "options": options}
    made = ccxt.binance({**given, "options": {**options, "fetchCurrencies": False}})
    made.session = MemorySession(exchange, exchange.clock)
    made.milliseconds = exchange.clock.now_ms
    made.load_markets()
    return made


def buy(client: Any, name: str = "mine") -> Any:
    return client.create_order(BTC, "limit", "buy", 0.001, 40_000, {"clientOrderId": name})


def signed(exchange: Exchange, method: str, path: str, query: str) -> Reply:
    query = f"{query}&timestamp={exchange.clock.now_ms()}"
    signed_query = f"{query}&signature={signature('secret', query)}"
    return exchange.handle(method, path, signed_query, {"X-MBX-APIKEY": "key"})


# fault, what ccxt makes of it (None: nothing), whether the order was taken, the status the client was told
TABLE: list[tuple[str, type[Exception] | None, bool, int | None]] = [
    ("503", ccxt.ExchangeNotAvailable, False, 503),
    ("503_accepted", ccxt.ExchangeNotAvailable, True, 503),
    ("429", ccxt.DDoSProtection, False, 429),
    ("418", ccxt.DDoSProtection, False, 418),
    ("hang_before", ccxt.RequestTimeout, False, None),
    ("hang_after", ccxt.RequestTimeout, True, None),
    ("reset_before", ccxt.NetworkError, False, None),
    ("reset_after", ccxt.NetworkError, True, None),
    ("refuse", ccxt.NetworkError, False, None),
    ("badjson", None, True, 200),
    ("html", None, True, 200),
    ("-1007", ccxt.RequestTimeout, False, 408),
    ("-1007_accepted", ccxt.RequestTimeout, True, 408),
    ("-1006", ccxt.OperationFailed, False, 500),
    ("-1006_accepted", ccxt.OperationFailed, True, 500),
    ("-1001", ccxt.OperationFailed, False, 500),
    ("-1001_accepted", ccxt.OperationFailed, True, 500),
    ("-1015", ccxt.DDoSProtection, False, 429),
    ("-1021", ccxt.InvalidNonce, False, 400),
    ("-2015", ccxt.AuthenticationError, False, 401),
    ("-1008", ccxt.OperationFailed, False, 503),
    ("-2010", ccxt.InsufficientFunds, False, 400),
    ("-2010:closed", ccxt.MarketClosed, False, 400),
    ("-2010:duplicate", ccxt.InvalidOrder, False, 400),
    ("-2010:would_take", ccxt.InvalidOrder, False, 400),
    ("-1013", ccxt.BadRequest, False, 400),
    ("-1013:LOT_SIZE", ccxt.InvalidOrder, False, 400),
    ("latency:250", None, True, 200),
    ("late:5000", ccxt.RequestTimeout, False, None),
]


@pytest.mark.parametrize(("fault", "error", "taken", "status"), TABLE)
def test_what_each_fault_does_to_an_order(client, exchange, fault, error, taken, status):
    exchange.faults.add(Rule(fault, **POST))
    caught: Exception | None = None
    try:
        order = buy(client)
        assert fault.startswith("latency") == (order["id"] is not None)
    except ccxt.BaseError as raised:
        caught = raised
    assert (caught is None) if error is None else isinstance(caught, error)
    assert len(exchange.orders_of("mine")) == taken
    entry = exchange.log[-1]
    assert (entry.fault, entry.accepted, entry.status, entry.client_order_id) == (fault, taken, status, "mine")


def test_a_rule_is_spent_and_then_all_is_well(client, exchange):
    exchange.faults.add(Rule("503", **POST, times=2))
    for _ in range(2):
        with pytest.raises(ccxt.ExchangeNotAvailable):
            buy(client)
    assert buy(client)["status"] == "open"


def test_a_rule_strikes_the_nth_of_what_it_matches(client, exchange):
    exchange.faults.add(Rule("reset_after", **POST, nth=2))
    buy(client, "first")
    with pytest.raises(ccxt.NetworkError):
        buy(client, "second")
    buy(client, "third")
    assert [entry.fault for entry in exchange.log if entry.method == "POST"] == [None, "reset_after", None]


def test_a_rule_may_want_a_parameter(client, exchange):
    exchange.faults.add(Rule("503", **POST, params={"type": "STOP_LOSS"}))
    buy(client)
    with pytest.raises(ccxt.ExchangeNotAvailable):
        client.create_order(BTC, "market", "sell", 0.1, None, {"stopLossPrice": 50_000})


def test_a_rule_without_an_end_goes_on(client, exchange):
    exchange.faults.add(Rule("-2015", times=None))
    for _ in range(3):
        with pytest.raises((ccxt.AuthenticationError, ccxt.DDoSProtection)):
            client.fetch_balance()


def test_the_dice_are_the_seeds():
    def struck(seed: int) -> list[str]:
        plan = FaultPlan([Rule("503", probability=0.3, times=None)], seed=seed)
        return [plan.pick("GET", "/", {}) for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < struck(1).count("503") < 90


@pytest.mark.parametrize("fault", ["504", "latency", "late:soon", "delay"])
def test_a_fault_that_is_not_there_is_said_at_once(fault):
    with pytest.raises(ValueError, match=fault.partition(":")[0]):
        Rule(fault)


def test_a_rule_for_streams_leaves_requests_alone():
    plan = FaultPlan([Rule("gap", method="STREAM", path="executionReport")])
    assert plan.pick("GET", "executionReport", {}) == ""
    assert plan.pick("STREAM", "depthUpdate", {}) == ""
    assert plan.pick("STREAM", "executionReport", {}) == "gap"


def test_a_rule_for_requests_leaves_streams_alone():
    plan = FaultPlan([Rule("503", times=None)])
    assert plan.pick("STREAM", "executionReport", {}) == ""


@pytest.mark.parametrize(("fault", "status"), [("429:7", 429), ("418:7", 418)])
def test_who_was_told_to_wait_and_asks_is_found_in_the_log(exchange, fault, status):
    exchange.faults.add(Rule(fault))
    assert exchange.handle("GET", "/api/v3/ping").headers["Retry-After"] == "7"
    exchange.clock.advance(6999)
    reply = exchange.handle("GET", "/api/v3/time")
    assert (reply.status, reply.headers["Retry-After"]) == (status, "1")
    exchange.clock.advance(1)
    assert exchange.handle("GET", "/api/v3/ping").status == 200
    assert [(entry.path, entry.violation) for entry in exchange.violations] == [("/api/v3/time", str(status))]


def test_who_goes_on_after_a_429_is_banned(exchange):
    exchange.faults.add(Rule("429:60"))
    statuses = [exchange.handle("GET", "/api/v3/ping").status for _ in range(13)]
    assert statuses == [429] * 10 + [418] * 3
    exchange.clock.advance(61_000)
    assert exchange.handle("GET", "/api/v3/ping").status == 418


def test_a_banned_client_cannot_place_orders(client, exchange):
    exchange.faults.add(Rule("418:60"))
    for _ in range(2):
        with pytest.raises(ccxt.DDoSProtection):
            buy(client)
    assert not exchange.orders


def test_a_hang_takes_the_whole_timeout(client, exchange):
    begin = exchange.clock.now_ms()
    exchange.faults.add(Rule("hang_after"))
    with pytest.raises(ccxt.RequestTimeout):
        buy(client)
    assert exchange.clock.now_ms() - begin == 3000


def test_latency_passes_before_the_exchange_looks(client, exchange):
    exchange.faults.add(Rule("latency:20000"))
    with pytest.raises(ccxt.InvalidNonce):  # older than ccxt's window of 10 s
        buy(client)
    assert not exchange.orders


def test_a_late_order_appears_after_it_was_asked_for(client, exchange):
    exchange.faults.add(Rule("late:8000", **POST))
    with pytest.raises(ccxt.RequestTimeout):  # 3 s later
        buy(client)
    with pytest.raises(ccxt.OrderNotFound):
        client.fetch_order(None, BTC, {"clientOrderId": "mine"})
    entry = next(entry for entry in exchange.log if entry.fault)
    assert not entry.accepted
    exchange.clock.advance(5000)
    assert client.fetch_order(None, BTC, {"clientOrderId": "mine"})["status"] == "open"
    assert (entry.accepted, entry.status) == (True, None)
    assert len(exchange.orders_of("mine")) == 1


def test_records_may_lag_behind_the_engine(client, exchange):
    exchange.visible_after_ms = 2000
    client.create_order(BTC, "market", "buy", 0.001, None, {"clientOrderId": "mine"})
    with pytest.raises(ccxt.OrderNotFound):
        client.fetch_order(None, BTC, {"clientOrderId": "mine"})
    assert client.fetch_orders(BTC) == client.fetch_my_trades(BTC) == []
    exchange.clock.advance(2000)
    assert client.fetch_order(None, BTC, {"clientOrderId": "mine"})["status"] == "closed"
    assert len(client.fetch_my_trades(BTC)) == 1


def test_an_accepted_fault_hides_a_refusal_too(exchange):
    exchange.faults.add(Rule("-1007_accepted", **POST))
    query = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=9&price=40000"
    assert json.loads(signed(exchange, "POST", "/api/v3/order", query).body)["code"] == -1007
    assert (exchange.log[-1].accepted, exchange.log[-1].code) == (False, -2010)


def test_a_client_that_sends_again_after_a_fill_gets_a_second_order(exchange):
    """The trap this whole simulator is for: the id of a filled order is free again."""
    exchange.faults.add(Rule("reset_after", **POST))
    query = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&newClientOrderId=mine"
    replies = [signed(exchange, "POST", "/api/v3/order", query) for _ in range(2)]
    assert [reply.delivery for reply in replies] == ["reset", "ok"]
    assert len(exchange.orders_of("mine")) == 2


# The tape.


def prices_of(seed: int, steps: int = 300) -> list[Decimal]:
    exchange = Exchange([Symbol()], ManualClock(), balances={})
    tape = Tape(exchange, {"BTCUSDT": D(60_000)}, seed=seed)
    found = []
    for _ in range(steps):
        tape.step(exchange.clock)
        last = exchange.markets["BTCUSDT"].last
        assert last is not None
        found.append(last)
    return found


def test_a_tape_is_its_seeds_and_jumps_now_and_then():
    prices = prices_of(1)
    assert prices == prices_of(1) != prices_of(2)
    moves = [abs(after / before - 1) for before, after in pairwise(prices)]
    assert D("0.0001") < sorted(moves)[150] < D("0.002")
    assert max(moves) > D("0.01")


def test_a_recorded_tape_is_replayed_by_its_times(exchange):
    begin = exchange.clock.now_ms()
    rows = [(begin + 10, "BTCUSDT", D(1)), (begin + 20, "BTCUSDT", D(2)), (begin + 30, "BTCUSDT", D(3))]
    tape = Tape(exchange, rows=rows)
    seen = []
    for _ in range(3):
        exchange.clock.advance(12)
        tape.step(exchange.clock)
        seen.append(exchange.markets["BTCUSDT"].last)
    assert seen == [1, 2, 3]


CONTROLS: list[tuple[Callable[[Exchange], object], type[Exception]]] = [
    (lambda exchange: exchange.edit_balance("BTC", D(-2)), ValueError),
    (lambda exchange: exchange.manual_cancel(7), ValueError),
    (lambda exchange: exchange.set_status("BTCUSDT", "OPEN"), ValueError),
    (lambda exchange: exchange.set_book("BTCUSDT", [(D(2), D(1))], [(D(2), D(1))]), ValueError),
    (lambda exchange: exchange.set_filters("BTCUSDT", lot=D("1e-7")), ValueError),
]


@pytest.mark.parametrize(("act", "error"), CONTROLS)
def test_what_cannot_be_done_is_said(exchange, act, error):
    before = exchange.balances
    with pytest.raises(error):
        act(exchange)
    assert exchange.balances == before
