"""What every account keeps to, whatever its venue's wire looks like."""

import traceback
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from wires.base import Fault, Name, Wire
from wires.cases import CANARY, CASES, CID, Case, access_to, account_at, foreign, order_of, placed
from wires.floor import START_MS

from models.types import BadInput, Refused, Unavailable
from models.types.failures import Ambiguous, NotSent, OrderFailed, Rejected
from models.types.wire import OrderKind, OrderState, Role
from tasks.adapters.brokers import CcxtAccount, open_account
from tasks.adapters.clocks import VirtualClock
from tasks.adapters.venues.hosts import require_host

FAULTS: list[Fault] = [
    Fault(503),
    Fault(503, reached=True),
    Fault(500, reached=True),
    Fault("timeout"),
    Fault("timeout", reached=True),
    Fault("reset", reached=True),
    Fault("html", reached=True),
    Fault("cut", reached=True),
    Fault("empty", reached=True),
]


@pytest.fixture(params=CASES, ids=lambda case: case.name.replace(" ", "_"))
def case(request: pytest.FixtureRequest) -> Case:
    """Every venue in turn."""
    found = request.param
    assert isinstance(found, Case)
    return found


@pytest.fixture
def wire(case: Case) -> Wire:
    """Its wire."""
    return case.wire()


@pytest.fixture
def account(case: Case, wire: Wire, tmp_path: Path) -> CcxtAccount:
    """The account at it."""
    return account_at(case, wire, tmp_path)


def test_the_client_order_id_goes_out_and_comes_back(case: Case, wire: Wire, account: CcxtAccount) -> None:
    report = account.submit(order_of(case, OrderKind.LIMIT, limit=Decimal("99.00")))
    [sent] = placed(case, wire)
    assert case.cid(sent) == account.wire_id(CID)
    assert report.cid == CID
    assert report.exchange_id
    assert (report.symbol, report.is_buy, report.quantity) == (case.symbol, True, Decimal(2))
    assert (report.state, report.filled) == (OrderState.OPEN, Decimal(0))
    assert account.keeps_ids


def test_ids_on_the_wire_differ_where_client_order_ids_do(account: CcxtAccount) -> None:
    cids = [f"a1b2c3-20231114T2213-{n}-{k}" for n in range(20) for k in ("1", "m", "x1", "s1", "t1", "p1", "f1")]
    assert len({account.wire_id(cid) for cid in cids}) == len(cids)
    assert [account.wire_id(cid) for cid in cids] == [account.wire_id(cid) for cid in cids]
    assert max(len(account.wire_id(cid)) for cid in cids) <= 36


def test_an_order_at_market_is_bounded_by_its_collar_and_does_not_rest(
    case: Case, wire: Wire, account: CcxtAccount
) -> None:
    wire.floor.depth = Decimal("0.5") if "stocks" not in case.name else Decimal(1)
    order = order_of(case, OrderKind.MARKET)
    account.submit(order)
    [there] = wire.floor.orders
    assert (there.kind, there.limit, there.state) == ("ioc", Decimal("101.00"), "canceled")
    report = account.find(order)
    assert report is not None
    assert report.state in (OrderState.CANCELED, OrderState.EXPIRED)
    assert report.filled == wire.floor.depth
    assert report.value == wire.floor.depth * Decimal("100.25")


def test_a_full_fill_is_found_with_its_value(case: Case, wire: Wire, account: CcxtAccount) -> None:
    order = order_of(case, OrderKind.MARKET)
    account.submit(order)
    report = account.find(order)
    assert report is not None
    assert (report.cid, report.state, report.filled) == (CID, OrderState.FILLED, Decimal(2))
    assert report.value == Decimal("200.50")
    by_number = account.find(replace(order, exchange_id=report.exchange_id))
    assert by_number is not None
    assert replace(by_number, at=report.at) == report


def test_a_resting_order_that_is_filled_in_part_is_open(case: Case, wire: Wire, account: CcxtAccount) -> None:
    order = order_of(case, OrderKind.LIMIT, limit=Decimal("99.00"))
    account.submit(order)
    for state, filled in ((OrderState.OPEN, 1), (OrderState.FILLED, 2)):
        wire.floor.fill(wire.floor.orders[0], Decimal(1), Decimal("98.50"))
        report = account.find(order)
        assert report is not None
        assert (report.state, report.filled, report.value) == (state, Decimal(filled), filled * Decimal("98.50"))


def test_a_process_that_knows_only_the_journal_finds_it(case: Case, wire: Wire, tmp_path: Path) -> None:
    order = order_of(case, OrderKind.LIMIT, limit=Decimal("99.00"))
    account_at(case, wire, tmp_path).submit(order)
    foreign(case, wire, "somebody-else")
    report = account_at(case, wire, tmp_path).find(order)
    assert report is not None
    assert (report.cid, report.state) == (CID, OrderState.OPEN)


def test_what_was_never_sent_is_not_there(case: Case, wire: Wire, account: CcxtAccount) -> None:
    foreign(case, wire, "somebody-else")
    assert account.find(order_of(case, OrderKind.LIMIT)) is None


def test_it_is_cancelled_by_its_client_order_id(case: Case, wire: Wire, account: CcxtAccount) -> None:
    order = order_of(case, OrderKind.LIMIT, limit=Decimal("99.00"))
    other = foreign(case, wire, "somebody-else")
    account.submit(order)
    report = account.cancel(order)
    assert report is not None
    assert (report.cid, report.state) == (CID, OrderState.CANCELED)
    assert [one.state for one in wire.floor.orders] == ["open", "canceled"]
    assert other.state == "open"
    assert len(wire.of("", "DELETE") + wire.of("ancel", "POST")) == 1


def test_cancelling_what_is_over_is_no_error(case: Case, wire: Wire, account: CcxtAccount) -> None:
    order = order_of(case, OrderKind.MARKET)
    account.submit(order)
    assert account.cancel(order) is None
    assert wire.floor.orders[0].state == "filled"


def test_cancelling_what_was_never_there_does_not_say_that_it_was_cancelled(
    case: Case, wire: Wire, account: CcxtAccount
) -> None:
    order = order_of(case, OrderKind.LIMIT)
    if case.asks_first:
        with pytest.raises(Ambiguous):
            account.cancel(order)
    else:
        assert account.cancel(order) is None
    assert wire.floor.orders == []


def test_a_cancellation_without_an_answer_is_ambiguous(case: Case, wire: Wire, account: CcxtAccount) -> None:
    order = order_of(case, OrderKind.LIMIT, limit=Decimal("99.00"))
    order = replace(order, exchange_id=account.submit(order).exchange_id)
    part = {
        "binance": "/api/v3/order",
        "alpaca": "/v2/orders/",
        "kraken": "/CancelOrder",
        "coinbase": "/batch_cancel",
        "bitget": "/cancel-order",
    }
    wire.faults.append((part[account.name], Fault("timeout", reached=True)))
    with pytest.raises(Ambiguous):
        account.cancel(order)
    report = account.find(order)
    assert report is not None
    assert report.state is OrderState.CANCELED


@pytest.mark.parametrize("case", [case for case in CASES if case.reads_back], indirect=True, ids=lambda case: case.name)
def test_a_cancellation_whose_outcome_cannot_be_read_is_ambiguous(case: Case, wire: Wire, account: CcxtAccount) -> None:
    order = order_of(case, OrderKind.LIMIT, limit=Decimal("99.00"))
    order = replace(order, exchange_id=account.submit(order).exchange_id)
    after = {"kraken": "/QueryOrders", "coinbase": "/historical/"}.get(case.name, case.find)
    wire.lasting.append((after, Fault(429)))
    with pytest.raises(Ambiguous):
        account.cancel(order)
    assert wire.floor.orders[0].state == "canceled"


def test_a_venue_that_gives_back_another_id_is_told(case: Case, wire: Wire, account: CcxtAccount) -> None:
    assert account.keeps_ids
    wire.echo = "ccxt-0123456789"
    with pytest.raises(Ambiguous):
        account.submit(order_of(case, OrderKind.LIMIT, limit=Decimal("99.00")))
    assert not account.keeps_ids
    assert len(placed(case, wire)) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}{'-reached' * fault.reached}")
def test_an_order_without_a_clear_answer_is_ambiguous_and_never_sent_again(
    fault: Fault, case: Case, wire: Wire, account: CcxtAccount
) -> None:
    account.rules(case.symbol)
    wire.faults.append((case.placing, fault))
    order = order_of(case, OrderKind.MARKET)
    with pytest.raises(Ambiguous) as error:
        account.submit(order)
    assert "\n" not in str(error.value)
    assert len(placed(case, wire)) == 1
    report = account.find(order)
    assert (report is not None) == fault.reached == (len(wire.floor.orders) == 1)


@pytest.mark.parametrize(
    ("name", "failure", "halts"),
    [
        ("insufficient", Rejected, False),
        ("invalid", Rejected, False),
        ("too many", NotSent, False),
        ("keys", NotSent, True),
        ("vague", Ambiguous, False),
    ],
)
def test_a_refusal_says_what_may_be_done_next(
    name: Name, failure: type[OrderFailed], halts: bool, case: Case, wire: Wire, account: CcxtAccount
) -> None:
    account.rules(case.symbol)
    wire.refusing = name
    with pytest.raises(failure) as error:
        account.submit(order_of(case, OrderKind.MARKET))
    assert type(error.value) is failure
    assert getattr(error.value, "halts", False) == halts
    assert wire.floor.orders == []
    assert len(placed(case, wire)) == 1


def test_a_ban_is_kept_to_by_all_processes(case: Case, wire: Wire, account: CcxtAccount, tmp_path: Path) -> None:
    account.rules(case.symbol)
    wire.faults.append((case.placing, Fault(418)))
    with pytest.raises(NotSent) as error:
        account.submit(order_of(case, OrderKind.MARKET))
    assert error.value.halts
    assert error.value.retry_after > 0
    asked = len(wire.sent)
    with pytest.raises(NotSent, match="was not sent"):
        account.submit(order_of(case, OrderKind.MARKET, "a1b2c3-20231114T2213-0-2"))
    assert len(placed(case, wire)) == 1
    assert len(wire.sent) == asked


@pytest.mark.parametrize(
    "figures",
    [
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal(0)},
        {"quantity": Decimal(-1)},
        {"quantity": Decimal("0.123456789123")},
        {"limit": Decimal("Infinity")},
        {"limit": Decimal("100.0001")},
        {"limit": None},
    ],
    ids=str,
)
def test_an_order_off_the_grid_does_not_leave(
    figures: dict[str, Any], case: Case, wire: Wire, account: CcxtAccount
) -> None:
    with pytest.raises(NotSent):
        account.submit(order_of(case, OrderKind.MARKET, **figures))
    assert placed(case, wire) == []


def test_an_order_that_waited_for_too_long_does_not_leave(case: Case, wire: Wire, account: CcxtAccount) -> None:
    account.rules(case.symbol)
    old = order_of(case, OrderKind.MARKET)
    old = replace(old, created_at=old.created_at - account.sends_within)
    with pytest.raises(NotSent):
        account.submit(old)
    assert placed(case, wire) == []


def test_figures_arrive_to_the_last_digit(case: Case, wire: Wire, account: CcxtAccount) -> None:
    quantity = Decimal(12345678) if "stocks" in case.name else Decimal("12345678.9101")
    wire.floor.depth = quantity
    order = order_of(case, OrderKind.MARKET, quantity=quantity, limit=Decimal("100.30"))
    account.submit(order)
    assert wire.floor.orders[0].quantity == quantity
    assert wire.floor.orders[0].limit == Decimal("100.3")
    report = account.find(order)
    [trade] = account.trades(case.symbol, 0 if case.name != "bitget" else START_MS * 1000)
    assert report is not None
    assert report.quantity == report.filled == trade.quantity == quantity
    assert report.value == quantity * Decimal("100.25")
    assert (trade.price, trade.exchange_id, trade.is_buy) == (Decimal("100.25"), report.exchange_id, True)
    if account.name != "alpaca":
        assert (trade.fee, trade.fee_asset) == (quantity * Decimal("0.10025"), case.quote)


def test_open_orders_are_everybodys(case: Case, wire: Wire, account: CcxtAccount) -> None:
    foreign(case, wire, "by-hand")
    done = order_of(case, OrderKind.MARKET)
    account.submit(done)
    resting = order_of(case, OrderKind.LIMIT, "a1b2c3-20231114T2213-0-2", limit=Decimal("99.00"))
    account.submit(resting)
    reports = {report.cid: report for report in account.open_orders()}
    assert set(reports) == {"by-hand", resting.cid}
    assert {report.symbol for report in reports.values()} == {case.symbol}
    assert reports[resting.cid].quantity == Decimal(2)


def test_open_orders_of_many_pages_are_complete_or_not_said(case: Case, wire: Wire, account: CcxtAccount) -> None:
    for n in range(230):
        foreign(case, wire, f"by-hand-{n}")
    assert len({report.exchange_id for report in account.open_orders()}) == 230


def test_open_orders_beyond_what_the_venue_gives_are_not_said(case: Case, wire: Wire, account: CcxtAccount) -> None:
    for n in range(530):
        foreign(case, wire, f"by-hand-{n}")
    if account.name == "alpaca":
        with pytest.raises(Unavailable, match="500 open orders or more"):
            account.open_orders()
    else:
        assert len({report.exchange_id for report in account.open_orders()}) == 530


def test_trades_of_many_pages_are_complete_and_ascending(case: Case, wire: Wire, account: CcxtAccount) -> None:
    resting = foreign(case, wire)
    resting.quantity = Decimal(1000)
    for _ in range(2 * case.page + 20):
        wire.floor.fill(resting, Decimal(1), Decimal("50.00"))
    trades = account.trades(case.symbol, START_MS * 1000)
    assert len({trade.trade_id for trade in trades}) == len(trades) == 2 * case.page + 20
    assert [trade.at for trade in trades] == [fill.at * 1000 for fill in resting.fills]
    assert len(wire.of(case.trades)) >= 3
    late = trades[-7].at
    assert account.trades(case.symbol, late) == trades[-7:]


@pytest.mark.parametrize("fault", [Fault(503), Fault("reset"), Fault("cut"), Fault("html"), Fault("empty")], ids=str)
def test_a_read_that_fails_is_unknown_and_never_nothing(
    fault: Fault, case: Case, wire: Wire, account: CcxtAccount
) -> None:
    account.rules(case.symbol)
    wire.lasting.append(("/", fault))
    reads = (
        lambda: account.find(order_of(case, OrderKind.LIMIT)),
        account.open_orders,
        lambda: account.trades(case.symbol, START_MS * 1000),
        account.balances,
        lambda: account.quote(case.symbol),
        account.rights,
    )
    for read in reads:
        with pytest.raises(Unavailable):
            read()


def test_a_read_is_tried_again(case: Case, wire: Wire, account: CcxtAccount) -> None:
    account.rules(case.symbol)
    foreign(case, wire, "by-hand")
    wire.faults += [(case.open_orders, Fault(503)), (case.open_orders, Fault("timeout"))]
    assert len(account.open_orders()) == 1


def test_a_page_that_fails_is_not_left_out(case: Case, wire: Wire, account: CcxtAccount) -> None:
    account.rules(case.symbol)
    resting = foreign(case, wire)
    resting.quantity = Decimal(1000)
    for _ in range(case.page + 5):
        wire.floor.fill(resting, Decimal(1), Decimal("50.00"))
    account.trades(case.symbol, START_MS * 1000)
    pages = len(wire.of(case.trades))
    assert pages >= 2
    wire.lasting.append((case.trades, Fault("cut", reached=True)))
    with pytest.raises(Unavailable):
        account.trades(case.symbol, START_MS * 1000)


def test_balances_tell_free_from_bound(case: Case, account: CcxtAccount) -> None:
    told = account.balances()
    assert (told["BTC"].free, told["BTC"].locked) == (Decimal("1.25"), Decimal("0.25"))
    cash = told["USDT" if case.quote == "USDT" else "USD"]
    assert cash.free > 9000
    assert Decimal(1000) < cash.locked < Decimal(1001)
    assert "ETH" not in told
    if case.venue == "alpaca":
        assert told["SPY"].total == Decimal(7)


def test_the_quote_is_the_best_of_both_sides(case: Case, wire: Wire, account: CcxtAccount) -> None:
    quote = account.quote(case.symbol)
    assert (quote.bid, quote.ask) == (wire.floor.bid, wire.floor.ask)
    assert quote.symbol == case.symbol
    assert quote.venue == account.name


def test_the_rules_are_the_venues(case: Case, account: CcxtAccount) -> None:
    rules = account.rules(case.symbol)
    stocks = "stocks" in case.name
    assert rules.tick == Decimal("0.01")
    assert rules.lot == (Decimal(1) if stocks else Decimal("0.0001"))
    assert rules.least_quantity == rules.lot
    assert rules.min_notional > 0
    assert rules.is_trading
    assert rules.takes_stops == (case.stop is not None)
    assert (rules.base, rules.quote) == ("SPY" if stocks else "BTC", case.quote)
    assert Decimal(0) <= rules.taker_fee < Decimal("0.01")
    with pytest.raises(BadInput, match="has no market"):
        account.rules("XYZ/ABC")


def test_the_time_is_the_venues(account: CcxtAccount) -> None:
    assert abs(account.time() - START_MS * 1000) < 1_000_000


def test_rights_that_are_not_said_are_unknown(account: CcxtAccount) -> None:
    rights = account.rights()
    assert rights.venue == account.name
    assert rights.can_trade is True
    assert rights.can_withdraw is (None if account.name == "alpaca" else False)
    assert rights.spot_only is (True if account.name == "binance" else None)
    assert rights.said


def test_a_protective_stop_rests_where_the_venue_says_so(case: Case, wire: Wire, account: CcxtAccount) -> None:
    wire.floor.place(None, case.market, True, "ioc", Decimal(2))
    figures = {"is_buy": False, "stop": Decimal("90.00"), "limit": Decimal("85.00"), "role": Role.STOP}
    order = order_of(case, OrderKind.STOP, "a1b2c3-20231114T2213-0-s1", **figures)
    if case.stop is None:
        with pytest.raises(NotSent):
            account.submit(order)
        assert placed(case, wire) == []
        return
    report = account.submit(order)
    assert (report.state, report.is_buy) == (OrderState.OPEN, False)
    there = wire.floor.orders[-1]
    assert (there.kind, there.stop, there.quantity, there.is_buy) == ("stop", Decimal(90), Decimal(2), False)
    assert case.stop in str(placed(case, wire)[-1].body)
    found = account.cancel(order)
    assert found is not None
    assert found.state is OrderState.CANCELED


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}{'-reached' * fault.reached}")
def test_no_failure_tells_a_secret(fault: Fault, case: Case, wire: Wire, account: CcxtAccount) -> None:
    account.rules(case.symbol)
    wire.lasting.append(("/", fault))
    order = order_of(case, OrderKind.MARKET)
    acts = (lambda: account.submit(order), lambda: account.cancel(order), lambda: account.find(order), account.balances)
    for act in acts:
        with pytest.raises((OrderFailed, Unavailable)) as error:
            act()
        told = "".join(traceback.format_exception(error.value))
        for secret in ("CANARY", CANARY, "PRIVATE KEY", "ignature", "https://"):
            assert secret not in told


def test_keys_are_not_in_its_repr(account: CcxtAccount) -> None:
    assert CANARY not in repr(account)
    assert "CANARY" not in repr(account)


def test_every_request_goes_to_a_declared_host(case: Case, wire: Wire, account: CcxtAccount) -> None:
    account.submit(order_of(case, OrderKind.MARKET))
    account.open_orders(), account.balances(), account.quote(case.symbol), account.rights()
    venue = account.line.dialect.venue
    assert {sent.host for sent in wire.sent} <= venue.hosts
    assert placed(case, wire)[0].host == case.host
    with pytest.raises(Refused):
        require_host(venue, "https://api.example.com/orders")
    with pytest.raises(Refused):
        require_host(venue, f"http://{case.host}/orders")


def test_ccxt_that_would_ask_elsewhere_is_refused(account: CcxtAccount, wire: Wire) -> None:
    exchange = account.line.client.exchange
    exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], "https://evil.example.com")
    with pytest.raises(Unavailable):
        account.balances()
    assert wire.sent == []


def test_only_the_loopback_can_stand_in(case: Case, tmp_path: Path) -> None:
    clock = VirtualClock(START_MS * 1000)
    elsewhere = replace(access_to(case, tmp_path, clock), url="http://192.0.2.1")
    with pytest.raises(BadInput, match="is not of the loopback"):
        open_account(case.venue or case.name, elsewhere, clock, np.random.default_rng(7))
    with pytest.raises(BadInput, match="API_KEY"):
        open_account(case.venue or case.name, replace(elsewhere, keys=None), clock, np.random.default_rng(7))
