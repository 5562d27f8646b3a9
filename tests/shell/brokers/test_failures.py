"""What became of a request that failed: every fault of the exchange, and what the exchange knows of it."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from binance_accounts import KEYS, ORDER_PATH, Room, an_order, new_exchange, open_on, open_room
from exchange import Rule, WallClock
from exchange_process import Simulator, exchange_thread, real_names

from models.types import Unavailable
from models.types.failures import Ambiguous, NotSent, OrderFailed, Rejected
from models.types.wire import OrderKind, OrderState, Report
from tasks.adapters.brokers import open_account
from tasks.adapters.brokers.binance.verdicts import DUPLICATE_CODE, VERDICTS, error_code
from tasks.adapters.brokers.failures import Heard, Verdict, failure_of
from tasks.adapters.clocks import SystemClock
from tasks.adapters.venues import Access, Limits

# Fault of the exchange, what it means, the venue's code, whether the exchange has the order.
SUBMITTING: list[tuple[str, type[OrderFailed], str, bool]] = [
    ("503", Ambiguous, "", False),
    ("503_accepted", Ambiguous, "", True),
    ("-1006", Ambiguous, "-1006", False),
    ("-1006_accepted", Ambiguous, "-1006", True),
    ("-1007", Ambiguous, "-1007", False),
    ("-1007_accepted", Ambiguous, "-1007", True),
    ("-1001", Ambiguous, "-1001", False),
    ("-1001_accepted", Ambiguous, "-1001", True),
    ("-1008", Ambiguous, "-1008", False),
    ("hang_before", Ambiguous, "", False),
    ("hang_after", Ambiguous, "", True),
    ("reset_before", Ambiguous, "", False),
    ("reset_after", Ambiguous, "", True),
    ("late:2000", Ambiguous, "", True),
    ("badjson", Ambiguous, "", True),
    ("html", Ambiguous, "", True),
    ("refuse", Ambiguous, "", False),  # a session that stands in for the network does not say that nothing left
    ("429", NotSent, "-1003", False),
    ("418", NotSent, "-1003", False),
    ("-1015", NotSent, "-1015", False),
    ("-1021", NotSent, "-1021", False),
    ("-2015", NotSent, "-2015", False),
    ("-2010", Rejected, "-2010", False),
    ("-1013:LOT_SIZE", Rejected, "-1013", False),
    ("-1013:NOTIONAL", Rejected, "-1013", False),
]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return open_room(tmp_path)


@pytest.mark.parametrize(("fault", "failure", "code", "exists"), SUBMITTING, ids=[row[0] for row in SUBMITTING])
def test_a_fault_on_an_order(room: Room, fault: str, failure: type[OrderFailed], code: str, exists: bool) -> None:
    room.fault(fault)
    order = room.order()
    with pytest.raises(OrderFailed) as raised:
        room.account.submit(order)
    assert (type(raised.value), raised.value.code) == (failure, code)
    assert len(room.sent()) == 1  # never a second time
    room.clock.sleep(3_600_000_000)  # what is late arrives, what is banned is free
    room.account.time()
    room.exchange.handle("GET", "/api/v3/ping")
    assert len(room.exchange.orders_of(order.cid)) == exists
    found = room.account.find(order)
    assert (found is not None) == exists
    if found is not None:
        assert (found.cid, found.state, found.filled) == (order.cid, OrderState.FILLED, order.quantity)


@pytest.mark.parametrize(("fault", "failure", "code", "exists"), SUBMITTING, ids=[row[0] for row in SUBMITTING])
def test_a_failure_names_neither_keys_nor_addresses(
    room: Room, fault: str, failure: type[OrderFailed], code: str, exists: bool
) -> None:
    room.fault(fault)
    with pytest.raises(OrderFailed) as raised:
        room.account.submit(room.order())
    error: BaseException | None = raised.value
    while error is not None:
        for part in (KEYS.key.get_secret_value(), KEYS.secret.get_secret_value(), "signature", "http:", "https:"):
            assert part not in f"{error!s} {error!r}"
        error = error.__cause__ or error.__context__


CANCELLING: list[tuple[str, type[OrderFailed], bool]] = [
    ("503", Ambiguous, True),
    ("503_accepted", Ambiguous, False),
    ("-1007_accepted", Ambiguous, False),
    ("-1006", Ambiguous, True),
    ("hang_after", Ambiguous, False),
    ("reset_after", Ambiguous, False),
    ("badjson", Ambiguous, False),
    ("html", Ambiguous, False),
    ("429", NotSent, True),
    ("-1021", NotSent, True),
    ("-2015", NotSent, True),
    ("-1013:LOT_SIZE", NotSent, True),  # there is no refusal of a cancellation that says more than that
]


@pytest.mark.parametrize(("fault", "failure", "is_open"), CANCELLING, ids=[row[0] for row in CANCELLING])
def test_a_fault_on_a_cancellation(room: Room, fault: str, failure: type[OrderFailed], is_open: bool) -> None:
    order = room.order(kind=OrderKind.LIMIT, limit=Decimal("39000.00"))
    room.account.submit(order)
    room.fault(fault, "DELETE")
    with pytest.raises(failure):
        room.account.cancel(order)
    assert len(room.sent("DELETE")) == 1
    room.clock.sleep(3_600_000_000)
    room.account.time()
    found = room.account.find(order)
    assert found is not None
    assert found.state is (OrderState.OPEN if is_open else OrderState.CANCELED)


READ_PASSES = ("503", "-1007", "-1001", "hang_before", "reset_before", "refuse", "badjson", "html", "-1021", "429:1")


@pytest.mark.parametrize("fault", READ_PASSES)
def test_a_read_is_tried_again(room: Room, fault: str) -> None:
    order = room.order()
    room.account.submit(order)
    room.fault(fault, "GET", times=2)
    found = room.account.find(order)
    assert found is not None
    assert found.filled == order.quantity
    assert len(room.sent("GET")) == 3
    assert all(entry.violation is None for entry in room.exchange.log)


@pytest.mark.parametrize("fault", ["503", "hang_before", "badjson", "-2015", "-1021", "418"])
def test_a_read_that_fails_says_nothing(room: Room, fault: str) -> None:
    for path in ("/api/v3/order", "/api/v3/openOrders", "/api/v3/account", "/api/v3/myTrades"):
        room.fault(fault, "GET", path, times=None)
    order, account = room.order(), room.account
    reads = (
        lambda: account.find(order),
        account.open_orders,
        account.balances,
        lambda: account.trades("BTC/USDT", 0),
    )
    for read in reads:
        with pytest.raises(Unavailable):
            read()


def test_a_venue_that_bans_is_left_alone_by_everyone(room: Room) -> None:
    room.fault("418:300")
    with pytest.raises(NotSent) as raised:
        room.account.submit(room.order())
    assert raised.value.halts
    assert 299_000_000 <= raised.value.retry_after <= 300_000_000
    before = len(room.exchange.log)
    with pytest.raises(NotSent) as again:
        room.account.submit(room.order("another-1"))
    assert again.value.retry_after > 0
    assert not again.value.halts
    with pytest.raises(Unavailable):
        room.account.open_orders()
    assert len(room.exchange.log) == before
    room.clock.sleep(300_000_000)
    assert room.account.submit(room.order("another-2")).state is OrderState.FILLED
    assert all(entry.violation is None for entry in room.exchange.log)


def test_too_many_requests_do_not_halt(room: Room) -> None:
    room.fault("429:7")
    with pytest.raises(NotSent) as raised:
        room.account.submit(room.order())
    assert not raised.value.halts
    assert 6_000_000 <= raised.value.retry_after <= 7_000_000


def test_refused_keys_halt_although_they_were_good_before(room: Room) -> None:
    assert room.account.submit(room.order()).state is OrderState.FILLED
    room.fault("-2015")
    with pytest.raises(NotSent) as raised:
        room.account.submit(room.order("another-1"))
    assert raised.value.halts
    assert room.limits.banned_until("binance") <= room.clock.now()


@pytest.mark.parametrize("skew_ms", [-30_000, 30_000])
def test_a_clock_that_stepped_is_set_once(room: Room, skew_ms: int) -> None:
    room.exchange.skew_ms = skew_ms
    with pytest.raises(NotSent) as raised:
        room.account.submit(room.order())
    assert not raised.value.halts
    assert room.account.submit(room.order("another-1")).state is OrderState.FILLED


def test_a_clock_that_stays_wrong_halts(room: Room) -> None:
    room.fault("-1021", times=2)
    for cid, halts in (("one-1", False), ("two-1", True)):
        with pytest.raises(NotSent) as raised:
            room.account.submit(room.order(cid))
        assert raised.value.halts is halts
    assert room.account.submit(room.order("three-1")).state is OrderState.FILLED
    room.fault("-1021")
    with pytest.raises(NotSent) as later:
        room.account.submit(room.order("four-1"))
    assert not later.value.halts  # it was right in between


def test_an_id_that_is_open_already_is_no_refusal(room: Room) -> None:
    order = room.order(kind=OrderKind.LIMIT, limit=Decimal("39000.00"))
    room.account.submit(order)
    with pytest.raises(Ambiguous) as raised:
        room.account.submit(order)
    assert raised.value.code == DUPLICATE_CODE
    assert len(room.exchange.orders_of(order.cid)) == 1


NOT_TO_BE_SENT = {
    "off the lot": {"quantity": Decimal("0.001005")},
    "off the tick": {"limit": Decimal("40400.001")},
    "not a number": {"quantity": Decimal("NaN")},
    "infinite": {"limit": Decimal("Infinity")},
    "negative": {"quantity": Decimal("-0.001")},
    "nothing": {"quantity": Decimal(0)},
    "no collar": {"limit": None},
    "no stop": {"kind": OrderKind.STOP},
    "no market": {"symbol": "DOGE/USDT"},
}


@pytest.mark.parametrize("changes", NOT_TO_BE_SENT.values(), ids=NOT_TO_BE_SENT.keys())
def test_what_cannot_be_sent_is_not(room: Room, changes: dict[str, object]) -> None:
    with pytest.raises(NotSent):
        room.account.submit(room.order(**changes))
    assert room.sent() == []


def test_an_order_that_waited_is_not_sent(room: Room) -> None:
    order = room.order()
    room.clock.sleep(room.account.sends_within)
    with pytest.raises(NotSent):
        room.account.submit(order)
    assert room.sent() == []


def test_a_process_that_stood_still_before_the_wire_is_refused_by_the_venue(room: Room) -> None:
    """Counted from the order's admission, not from when it was signed: nothing arrives later than `sends_within`."""
    session, order = room.account.line.client.exchange.session, room.order()
    ask = session.request

    def stand_still(*arguments: object, **named: object) -> object:
        room.clock.manual.advance(1_500)
        return ask(*arguments, **named)

    session.request = stand_still
    room.clock.sleep(room.account.sends_within - 1_000_000)
    with pytest.raises(NotSent) as raised:
        room.account.submit(order)
    assert raised.value.code == "-1021"
    assert room.exchange.orders_of(order.cid) == []


REAL = [
    ("refuse", NotSent, False),
    ("reset_before", Ambiguous, False),
    ("reset_after", Ambiguous, True),
    ("hang_after", Ambiguous, True),
    ("503_accepted", Ambiguous, True),
    ("html", Ambiguous, True),
]


@pytest.mark.parametrize(("fault", "failure", "exists"), REAL, ids=[row[0] for row in REAL])
def test_by_real_sockets(tmp_path: Path, fault: str, failure: type[OrderFailed], exists: bool) -> None:
    exchange = new_exchange(WallClock())
    with exchange_thread(exchange) as server:
        account = open_on(server.url, tmp_path, timeout_ms=300)
        account.rules("BTC/USDT")
        order = an_order(SystemClock().now(), "real-0-1")
        if fault == "refuse":
            Simulator(server.port, server.control_port).control("down")
            # A torn connection that is used again may have taken the order: this is about a new one.
            account.line.client.exchange.session.close()
        else:
            exchange.faults.add(Rule(fault, "POST", ORDER_PATH))
        with pytest.raises(failure):
            account.submit(order)
    assert len(exchange.orders_of(order.cid)) == exists


TABLE = [
    (Heard("NetworkError"), NotSent),
    (Heard("InvalidOperation"), NotSent),
    (Heard("RequestTimeout", left=True), Ambiguous),
    (Heard("KeyError", 200, left=True), Ambiguous),
    (Heard("BadRequest", 400, "-1102", left=True), Rejected),
    (Heard("InvalidOrder", 400, "-2010", left=True), Rejected),
    (Heard("ExchangeError", 400, "-9999", left=True), Rejected),
    (Heard("ExchangeError", 400, "", left=True), Ambiguous),
    (Heard("ExchangeError", 403, "", left=True), Ambiguous),
    (Heard("ExchangeError", 500, "-9999", left=True), Ambiguous),
    (Heard("ExchangeError", 0, "-9999", left=True), Ambiguous),
    (Heard("RequestTimeout", 408, "-1007", left=True), Ambiguous),
    (Heard("OperationFailed", 500, "-1000", left=True), Ambiguous),
    (Heard("DDoSProtection", 429, "", left=True), NotSent),
    (Heard("AuthenticationError", 401, "-2014", left=True), NotSent),
    (Heard("InvalidNonce", 400, "-1021", left=True), NotSent),
]


@pytest.mark.parametrize(("heard", "failure"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_the_table(heard: Heard, failure: type[OrderFailed]) -> None:
    told = failure_of("binance", "order a-0-1", heard, VERDICTS)
    assert type(told) is failure
    assert told.code == heard.code
    assert str(heard) in str(told)


def test_what_is_unforeseen_is_never_a_clear_no() -> None:
    codes, statuses = ("", "-9999", *VERDICTS), (0, 200, 302, 400, 403, 408, 418, 429, 500, 503)
    for code, status, left in itertools.product(codes, statuses, (True, False)):
        told = failure_of("binance", "order", Heard("Surprise", status, code, left), VERDICTS)
        if isinstance(told, Rejected):
            assert left
            assert code
            assert 400 <= status < 500
            assert VERDICTS.get(code, Verdict.REJECTED) is Verdict.REJECTED
        if isinstance(told, NotSent) and left:
            assert status in (418, 429) or VERDICTS[code] is not Verdict.AMBIGUOUS


@pytest.mark.parametrize("body", ["[]", "{}", "null", '"-1013"', "-1013"])
def test_a_body_without_a_code(body: str) -> None:
    assert error_code(body) == ""


@dataclass(frozen=True)
class Route:
    """How an account reaches a simulator that bears the real names."""

    https_proxy: str | None
    ca_file: str | None


def submit_by(route: Route, folder: Path, timeout_ms: int = 5000) -> Report:
    """One order by real sockets, TLS and a proxy, from markets that are known already."""
    room = open_room(folder)
    clock = SystemClock()
    access = Access(
        clock, Limits(folder / "limits.sqlite"), route.https_proxy, route.ca_file, KEYS, timeout_ms=timeout_ms
    )
    account = open_account("binance", access, clock, np.random.default_rng(7))
    account.line.client.exchange.set_markets_from_exchange(room.account.line.client.exchange)
    account.line.learned.is_ready = True
    return account.submit(an_order(clock.now(), "named-0-1"))


def test_an_order_under_the_real_names(tmp_path: Path) -> None:
    exchange = new_exchange(WallClock())
    with exchange_thread(exchange) as server, real_names(server.port, tmp_path) as names:
        report = submit_by(Route(names.url, str(names.ca_file)), tmp_path)
        assert names.asked == ["api.binance.com:443"]
    assert report.state is OrderState.FILLED
    assert len(exchange.orders_of("named-0-1")) == 1


@pytest.mark.parametrize("missing", ["authority", "proxy"])
def test_what_fails_before_the_first_byte_was_not_sent(tmp_path: Path, missing: str) -> None:
    exchange = new_exchange(WallClock())
    with exchange_thread(exchange) as server, real_names(server.port, tmp_path) as names:
        proxy = "http://127.0.0.1:9" if missing == "proxy" else names.url
        with pytest.raises(NotSent):
            submit_by(Route(proxy, None if missing == "authority" else str(names.ca_file)), tmp_path)
    assert exchange.orders_of("named-0-1") == []


@pytest.mark.parametrize("fault", ["hang_after", "reset_after"])
def test_what_fails_after_the_first_byte_may_be_an_order(tmp_path: Path, fault: str) -> None:
    exchange = new_exchange(WallClock())
    exchange.faults.add(Rule(fault, "POST", ORDER_PATH))
    with exchange_thread(exchange) as server, real_names(server.port, tmp_path) as names, pytest.raises(Ambiguous):
        submit_by(Route(names.url, str(names.ca_file)), tmp_path, timeout_ms=1500)
    assert len(exchange.orders_of("named-0-1")) == 1
