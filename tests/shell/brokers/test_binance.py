"""Binance's wire: what goes out for each order and question, and what comes back of it."""

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from binance_accounts import KEYS, Room, new_exchange, open_on, open_room
from exchange import MemorySession, Symbol

from models.types import BadInput, Unavailable
from models.types.failures import Ambiguous, NotSent
from models.types.wire import OrderKind, OrderState
from tasks.adapters.brokers import open_account
from tasks.adapters.brokers.opening import KEY_FINGERPRINT, fingerprint
from tasks.adapters.venues import Access
from tasks.session.living.rights import WANTED

RIGHTS_PATH = "/sapi/v1/account/apiRestrictions"
SIGNED = {"timestamp", "recvWindow", "signature"}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return open_room(tmp_path)


def unsigned(params: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in SIGNED}


WIRE: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "market": (
        {},
        {"side": "BUY", "type": "LIMIT", "timeInForce": "IOC", "quantity": "0.001", "price": "40400"},
    ),
    "limit": (
        {"kind": OrderKind.LIMIT, "is_buy": False, "limit": Decimal("41000.10")},
        {"side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001", "price": "41000.1"},
    ),
    "stop": (
        {"kind": OrderKind.STOP, "is_buy": False, "limit": Decimal("38000.00"), "stop": Decimal("39000.00")},
        {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.001", "stopPrice": "39000"},
    ),
    "many digits": (
        {"quantity": Decimal("0.12345"), "limit": Decimal("40123.45")},
        {"side": "BUY", "type": "LIMIT", "timeInForce": "IOC", "quantity": "0.12345", "price": "40123.45"},
    ),
    "large": (
        {"quantity": Decimal("1E-5"), "limit": Decimal("9E+4"), "kind": OrderKind.LIMIT, "is_buy": False},
        {"side": "SELL", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.00001", "price": "90000"},
    ),
}


@pytest.mark.parametrize(("changes", "wire"), WIRE.values(), ids=WIRE.keys())
def test_what_goes_out(tmp_path: Path, changes: dict[str, Any], wire: dict[str, str]) -> None:
    room = open_room(tmp_path, new_exchange(None, Symbol(min_notional=Decimal(0))))
    order = room.order(**changes)
    room.account.submit(order)
    (entry,) = room.sent()
    named = {"symbol": "BTCUSDT", "newClientOrderId": order.cid, "newOrderRespType": "FULL"}
    assert unsigned(dict(entry.params)) == {**wire, **named}
    assert entry.params["recvWindow"] == "5000"
    assert entry.params["timestamp"] == str(order.created_at // 1000)


def test_a_stop_without_market_orders_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.symbols.TYPES", ["LIMIT", "MARKET", "STOP_LOSS_LIMIT"])
    room = open_room(tmp_path)
    limits = {"kind": OrderKind.STOP, "is_buy": False, "limit": Decimal("38000.00"), "stop": Decimal("39000.00")}
    assert room.account.rules("BTC/USDT").takes_stops
    assert room.account.submit(room.order(**limits)).state is OrderState.OPEN
    (entry,) = room.sent()
    assert {entry.params[name] for name in ("type", "price", "stopPrice")} == {"STOP_LOSS_LIMIT", "38000", "39000"}
    with pytest.raises(NotSent):
        room.account.submit(room.order("other-0-1", **{**limits, "limit": None}))


def test_a_market_without_stops_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.symbols.TYPES", ["LIMIT", "MARKET"])
    assert not open_room(tmp_path).account.rules("BTC/USDT").takes_stops


def test_a_market_order_stays_within_its_collar(room: Room) -> None:
    asks = [(Decimal(40_000), Decimal("0.0004")), (Decimal(50_000), Decimal(1))]
    room.exchange.set_book("BTCUSDT", [(Decimal(39_000), Decimal(1))], asks)
    report = room.account.submit(room.order())
    assert (report.state, report.filled, report.value) == (OrderState.EXPIRED, Decimal("0.0004"), Decimal(16))
    assert [trade.price for trade in report.trades] == [Decimal(40_000)]


def test_fills_come_with_the_reply_and_later_alike(room: Room) -> None:
    asks = [(Decimal(40_000 + k), Decimal("0.0003")) for k in range(4)]
    room.exchange.set_book("BTCUSDT", [(Decimal(39_000), Decimal(1))], asks)
    order = room.order()
    report = room.account.submit(order)
    assert report.filled == sum(trade.quantity for trade in report.trades) == Decimal("0.001")
    assert report.value == sum(trade.quantity * trade.price for trade in report.trades)
    assert {trade.cid for trade in report.trades} == {order.cid}
    later = room.account.trades("BTC/USDT", order.created_at)
    assert [(t.trade_id, t.quantity, t.price, t.fee, t.fee_asset, t.at, t.exchange_id) for t in later] == [
        (t.trade_id, t.quantity, t.price, t.fee, t.fee_asset, t.at, t.exchange_id) for t in report.trades
    ]


def test_an_order_is_found_by_its_own_id(room: Room) -> None:
    order = room.order(kind=OrderKind.LIMIT, limit=Decimal("39000.00"))
    assert room.account.find(order) is None
    room.account.submit(order)
    found = room.account.find(order)
    assert found is not None
    assert (found.cid, found.state, found.quantity, found.filled) == (order.cid, OrderState.OPEN, order.quantity, 0)


def test_cancelling(room: Room) -> None:
    order = room.order(kind=OrderKind.LIMIT, limit=Decimal("39000.00"))
    assert room.account.cancel(order) is None
    room.account.submit(order)
    report = room.account.cancel(order)
    assert report is not None
    assert (report.cid, report.state) == (order.cid, OrderState.CANCELED)
    assert room.account.cancel(order) is None
    assert room.account.keeps_ids


def test_open_orders_of_everyone(room: Room) -> None:
    mine = room.order(kind=OrderKind.LIMIT, limit=Decimal("39000.00"))
    room.account.submit(mine)
    room.exchange.set_price("ETHUSDT", Decimal(2000))
    foreign = room.exchange.manual_order("ETHUSDT", "BUY", "LIMIT", price="1900", quantity="0.01", timeInForce="GTC")
    told = {(report.symbol, report.exchange_id): report for report in room.account.open_orders()}
    assert {report.cid for report in told.values()} == {mine.cid, foreign.client_id}
    assert told["ETH/USDT", str(foreign.id)].quantity == Decimal("0.01")


def test_an_order_without_an_id_of_its_own_in_the_reply_is_doubtful(room: Room) -> None:
    answer_with(room, lambda body: body.replace('"clientOrderId":"', '"clientOrderId":"x-'))
    with pytest.raises(Ambiguous):
        room.account.submit(room.order())
    assert not room.account.keeps_ids


@pytest.mark.parametrize(
    "missing", ["orderId", "status", "executedQty", "symbol", "side", "origQty", "cummulativeQuoteQty"]
)
def test_a_reply_that_lacks_something_is_doubtful(room: Room, missing: str) -> None:
    answer_with(room, lambda body: body.replace(f'"{missing}"', '"other"'))
    with pytest.raises(Ambiguous):
        room.account.submit(room.order())


def test_another_order_is_not_taken_for_the_one_asked_for(room: Room) -> None:
    order = room.order()
    room.account.submit(order)
    answer_with(room, lambda body: body.replace(order.cid, "another"))
    with pytest.raises(Unavailable):
        room.account.find(order)


CONTRADICTIONS = {
    "more than all": ('"executedQty":"0.00100000"', '"executedQty":"0.00200000"'),
    "full, and not": ('"executedQty":"0.00100000"', '"executedQty":"0.00050000"'),
    "not a number": ('"executedQty":"0.00100000"', '"executedQty":"NaN"'),
    "less than nothing": ('"executedQty":"0.00100000"', '"executedQty":"-1"'),
    "a state of its own": ('"status":"FILLED"', '"status":"SOMETHING_NEW"'),
    "another side": ('"side":"BUY"', '"side":"SELL"'),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_reply_that_cannot_be_is_doubtful(room: Room, change: tuple[str, str]) -> None:
    answer_with(room, lambda body: body.replace(*change))
    with pytest.raises(Ambiguous):
        room.account.submit(room.order())
    assert room.account.keeps_ids


def answer_with(room: Room, change: Callable[[str], str]) -> None:
    """From now on the exchange's answers come changed."""
    session = room.account.line.client.exchange.session
    ask = session.request

    def request(*arguments: object, **named: object) -> Any:
        answer = ask(*arguments, **named)
        answer.text = change(answer.text.replace('": ', '":'))
        return answer

    session.request = request


def test_fills_beyond_a_page_are_all_there(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.adapters.brokers.binance.trades.PAGE", 3)
    start = room.clock.now()
    for number in range(10):
        room.account.submit(room.order(f"a-{number}-1"))
        room.clock.sleep(1_000_000)
    told = room.account.trades("BTC/USDT", start)
    assert len(told) == 10
    assert [trade.at for trade in told] == sorted(trade.at for trade in told)
    assert len(room.account.trades("BTC/USDT", told[4].at)) == 6
    assert room.account.trades("BTC/USDT", room.clock.now()) == []
    room.fault("503", "GET", "/api/v3/myTrades", times=None)
    with pytest.raises(Unavailable):
        room.account.trades("BTC/USDT", start)


def test_a_venue_that_gives_the_newest_fills_only_is_noticed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.adapters.brokers.binance.trades.PAGE", 3)
    start = room.clock.now()
    for number in range(5):
        room.account.submit(room.order(f"a-{number}-1"))
    newest_first(monkeypatch)
    with pytest.raises(Unavailable):
        room.account.trades("BTC/USDT", start)


def newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from exchange import records

    between = records.between
    monkeypatch.setattr(records, "between", lambda rows, given, limit, when: between(rows, given, 1000, when)[-limit:])


def test_balances(room: Room) -> None:
    room.account.submit(room.order(kind=OrderKind.LIMIT, limit=Decimal("39000.00")))
    told = room.account.balances()
    assert (told["USDT"].free, told["USDT"].locked) == (Decimal(99_961), Decimal(39))
    assert told["BTC"].total == 2
    assert "ETH" not in told


@pytest.mark.parametrize(
    ("status", "is_trading"),
    [("TRADING", True), ("HALT", False), ("BREAK", False), ("CANCEL_ONLY", False), ("END_OF_DAY", False)],
)
def test_what_may_be_traded(room: Room, status: str, is_trading: bool) -> None:
    room.exchange.set_status("BTCUSDT", status)
    assert room.account.rules("BTC/USDT").is_trading  # as it was at the start
    rules = room.account.rules("BTC/USDT", fresh=True)
    assert (rules.is_trading, rules.status) == (is_trading, status)
    assert room.account.rules("BTC/USDT") == rules


def test_an_unknown_status_opens_nothing(room: Room) -> None:
    answer_with(room, lambda body: body.replace('"TRADING"', '"SOMETHING_NEW"'))
    assert not room.account.rules("BTC/USDT", fresh=True).is_trading


def test_rules_that_change(room: Room) -> None:
    before = room.account.rules("BTC/USDT")
    assert (before.tick, before.lot, before.min_notional) == (Decimal("0.01"), Decimal("0.00001"), Decimal(5))
    room.exchange.set_filters("BTCUSDT", lot=Decimal("0.001"), min_notional=Decimal(10), min_qty=Decimal("0.001"))
    after = room.account.rules("BTC/USDT", fresh=True)
    assert (after.lot, after.min_notional, after.least_quantity) == (Decimal("0.001"), Decimal(10), Decimal("0.001"))
    with pytest.raises(NotSent):
        room.account.submit(room.order(quantity=Decimal("0.00101")))


def test_a_market_that_is_not_there(room: Room) -> None:
    for read in (room.account.rules, room.account.quote, lambda symbol: room.account.trades(symbol, 0)):
        with pytest.raises(BadInput, match="DOGE/USDT"):
            read("DOGE/USDT")


def test_a_quote(room: Room) -> None:
    quote = room.account.quote("BTC/USDT")
    assert (quote.bid, quote.ask) == (Decimal("39999.99"), Decimal("40000.01"))
    assert quote.at == room.clock.now()


def test_no_quote_of_an_empty_book(room: Room) -> None:
    room.exchange.set_book("BTCUSDT", [], [])
    with pytest.raises(Unavailable):
        room.account.quote("BTC/USDT")


RIGHTS: list[tuple[dict[str, Any], str, bool | None]] = [
    ({}, "can_trade", True),
    ({}, "can_withdraw", False),
    ({}, "can_transfer", False),
    ({}, "address_restricted", True),
    ({}, "spot_only", True),
    ({"enableWithdrawals": True}, "can_withdraw", True),
    ({"enableInternalTransfer": True}, "can_transfer", True),
    ({"permitsUniversalTransfer": True}, "can_transfer", True),
    ({"ipRestrict": False}, "address_restricted", False),
    ({"enableFutures": True}, "spot_only", False),
    ({"enableMargin": True}, "spot_only", False),
    ({"enableWithdrawals": None}, "can_withdraw", None),
    ({"enableWithdrawals": "no"}, "can_withdraw", None),
    ({"permitsUniversalTransfer": None}, "can_transfer", None),
    ({"permitsUniversalTransfer": None, "enableInternalTransfer": True}, "can_transfer", True),
]


@pytest.mark.parametrize(("said", "right", "told"), RIGHTS, ids=[f"{row[1]}-{row[0]}" for row in RIGHTS])
def test_rights(room: Room, said: dict[str, Any], right: str, told: bool | None) -> None:
    room.exchange.restrictions.update(said)
    assert getattr(room.account.rights(), right) is told


@pytest.mark.parametrize("skew_ms", [-30_000, -500, 0, 30_000])
def test_the_venue_s_time(room: Room, skew_ms: int) -> None:
    room.exchange.skew_ms = skew_ms
    assert abs(room.account.time() - room.clock.now() - skew_ms * 1000) <= 100_000
    assert room.account.submit(room.order()).state is OrderState.FILLED


def test_every_request_waits_its_turn_on_the_one_clock(room: Room) -> None:
    before = room.clock.now()
    for _ in range(20):
        room.account.balances()
    assert room.clock.now() == before, "what nobody used may be used at once"
    for _ in range(20):
        room.account.balances()
    assert sum(room.clock.slept) > 0
    assert room.clock.now() - before >= 15 * 20 * 10_000  # 20 weights each, of 6,000 a minute


def test_pauses_between_attempts_are_drawn(tmp_path: Path) -> None:
    seen = []
    for name in ("one", "two"):
        room = open_room(tmp_path / name, attempts=5)
        room.fault("503", "GET", "/api/v3/account", times=4)
        room.account.balances()
        seen.append(room.clock.slept)
    assert seen[0] == seen[1]


def test_without_keys_there_is_no_account(tmp_path: Path) -> None:
    room = open_room(tmp_path)
    line = room.account.line
    with pytest.raises(BadInput):
        open_account("binance", Access(room.clock, room.limits), room.clock, line.rng)
    with pytest.raises(BadInput, match="orders cannot go to"):
        open_account("nowhere", Access(room.clock, room.limits, keys=KEYS), room.clock, line.rng)


def test_only_the_loopback_stands_in(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        open_on("http://192.0.2.1:80", tmp_path)


def test_an_address_that_is_not_the_venue_s_is_not_asked(room: Room) -> None:
    room.account.line.client.exchange.urls["api"]["private"] = "https://api.binance.example/api/v3"
    with pytest.raises(NotSent):
        room.account.submit(room.order())
    assert room.sent() == []


def test_the_test_account_is_elsewhere(room: Room) -> None:
    account = open_account(
        "binance", Access(room.clock, room.limits, keys=KEYS), room.clock, room.account.line.rng, sandbox=True
    )
    assert account.line.client.exchange.urls["api"]["private"] == "https://testnet.binance.vision/api/v3"
    assert "api.binance.com" not in account.line.client.venue.hosts


def test_what_the_key_of_a_test_account_may_do_is_unknown_and_not_asked(room: Room) -> None:
    access, session = Access(room.clock, room.limits, keys=KEYS), MemorySession(room.exchange, room.clock.manual)
    account = open_account("binance", access, room.clock, room.account.line.rng, sandbox=True, session=session)
    rights = account.rights()
    assert {getattr(rights, name) for name in WANTED} == {None}
    assert room.sent("GET", RIGHTS_PATH) == []


def test_with_the_rights_the_key_is_told_and_not_shown(room: Room) -> None:
    whose = room.account.rights().said[KEY_FINGERPRINT]
    assert (len(whose), int(whose, 16) > 0, whose) == (16, True, fingerprint(KEYS.key))
    assert fingerprint(KEYS.secret) != whose


def test_keys_that_are_refused_are_told_from_a_venue_out_of_reach(room: Room) -> None:
    room.fault("503", "GET", RIGHTS_PATH, None)
    with pytest.raises(Unavailable):
        room.account.rights()
    room.exchange.faults.clear()
    room.account.line.client.exchange.apiKey = "another"
    with pytest.raises(BadInput, match="binance refused the keys"):
        room.account.rights()


def test_errors_of_the_loopback_are_those_of_spot(tmp_path: Path) -> None:
    from ccxt.base.errors import InvalidOrder, OperationFailed

    exact = open_on("http://127.0.0.1:9", tmp_path).line.client.exchange.exceptions["exact"]
    assert (exact["-1008"], exact["-2026"]) == (OperationFailed, InvalidOrder)


def test_naming_the_accounts_does_not_import_ccxt() -> None:
    code = "import sys, tasks.adapters.brokers, tasks.adapters.brokers.user_stream; print('ccxt' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
