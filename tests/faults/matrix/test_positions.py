"""Fault matrix 9, 10, 15, 19, 20, 25 to 29, 33 and 36: what an account and its markets do to a position."""

from dataclasses import replace
from decimal import Decimal

import pytest
from exchange import Rule
from matrix_books import ENTRY, PARENT, STOP, assert_one_truth, at, sent, state, told
from order_sims import Process, Simulation
from sim_choices import UNITS, enter, hold, leave
from sim_world import OPEN, SECOND

from data.journal import HoldingKind, HoldingLog
from models.orders import floored
from models.types.wire import OrderKind, OrderState, Role, WireOrder
from tasks.session.ordering.submitting import submit

D = Decimal
SYMBOL = "BTCUSDT"
LOT = D("0.00001")


def resting(book: Simulation) -> list[tuple[str, Decimal]]:
    """Client order id and units of what stands open at the exchange."""
    return [(one.client_id, one.remaining) for one in book.world.exchange.orders if one.is_open]


def externals(book: Simulation) -> list[str]:
    """Assets of which others brought or took something."""
    notes = HoldingLog(book.journals[0].engine).open_of("binance")
    return sorted({one.asset for one in notes if one.kind is HoldingKind.EXTERNAL})


def test_fault_09_of_a_partial_fill_the_stop_covers_what_was_filled(book: Simulation) -> None:
    thin = [(D("40000.01"), D("0.003")), (D("40000.02"), D("0.003")), (D(42_000), D(5))]
    book.world.exchange.set_book(SYMBOL, [(D("39999.99"), D(5))], thin)
    book.do(enter)
    (entry,) = book.world.exchange.orders_of(ENTRY)
    assert (entry.status, entry.executed) == ("EXPIRED", D("0.006"))
    assert resting(book) == [(STOP, floored(D("0.006") * D("0.999"), LOT))]
    assert_one_truth(book)


def test_fault_10_what_the_fee_took_is_not_sold(book: Simulation) -> None:
    before = book.world.exchange.balance("BTC")
    book.do(enter)
    held = book.world.exchange.balance("BTC") - before
    assert held == D(str(UNITS)) * D("0.999")
    book.do(leave)
    assert [one.code for one in sent(book) if one.code == -2010] == []
    assert book.world.exchange.balance("BTC") == before + held - floored(held, LOT)
    assert_one_truth(book)


def test_fault_15_what_was_decided_too_long_ago_opens_nothing(book: Simulation) -> None:
    book.plan = at("recorded", lambda _: book.world.clock.sleep(1000 * SECOND))
    book.do(enter)
    assert sent(book) == []
    assert "stale_decision" in (book.log.order(ENTRY) or hold).why  # type: ignore[union-attr]
    assert_one_truth(book)


def test_fault_19_what_was_filled_before_a_crash_is_protected_before_anything_else(book: Simulation) -> None:
    def die(process: Process) -> None:
        process.dies_at = process.steps

    book.plan = at("absorbed entry", die)
    book.do(enter)
    assert book.ended == ["died"]
    assert resting(book) == []
    book.cycle()
    first = sent(book)[len(sent(book, ENTRY))]
    assert (first.client_order_id, first.params["type"]) == (STOP, "STOP_LOSS")
    assert_one_truth(book)


@pytest.mark.parametrize("place", ["admitted entry", "before POST", "after POST", "sent entry", "admitted stop"])
def test_fault_20_who_slept_through_its_lease_orders_nothing_more(book: Simulation, place: str) -> None:
    def stall(process: Process) -> None:
        process.stalls_at = process.steps

    book.plan = at(place, stall)
    book.do(enter)
    assert len(book.takeovers) == 1
    assert book.ended[-1].startswith("Refused")
    assert len(book.world.exchange.orders_of(ENTRY)) <= 1
    assert_one_truth(book)


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "-1", "0", "40000000"])
@pytest.mark.parametrize("name", ["quantity", "limit"])
def test_fault_25_no_order_passes_with_a_figure_that_cannot_be(book: Simulation, name: str, figure: str) -> None:
    """The last gate, whatever decided: nothing, less than that, or a thousandfold, is no quantity and no price."""
    book.do(hold)
    with_desk(
        book,
        lambda desk: submit(
            desk, an_order(book, "wrong", **{name: D(figure)}), desk.account("binance").quote("BTC/USDT")
        ),
    )
    assert state(book, "wrong") == "rejected"
    assert sent(book) == []
    assert_one_truth(book)


def test_fault_26_rules_that_change_on_the_way_are_asked_for_once_and_kept(book: Simulation) -> None:
    coarse = D("0.003")
    book.plan = at("admitted entry", lambda _: book.world.exchange.set_filters(SYMBOL, lot=coarse, min_qty=coarse))
    book.do(enter)
    first, second = sent(book)[:2]
    assert (first.code, first.client_order_id) == (-1013, ENTRY)
    assert (second.client_order_id, D(second.params["quantity"])) == (f"{PARENT}-2", D("0.018"))
    assert sum(one.path == "/api/v3/exchangeInfo" for one in book.world.exchange.log) == 2
    assert_one_truth(book)


@pytest.mark.parametrize("status", ["HALT", "BREAK", "CANCEL_ONLY"])
def test_fault_27_a_market_that_does_not_trade_opens_nothing_and_is_left_later(book: Simulation, status: str) -> None:
    book.do(enter)
    book.world.exchange.set_status(SYMBOL, status)
    book.do(leave)
    assert told(book, f"not trading binance BTC/USDT {status}")
    assert book.world.exchange.net_traded(SYMBOL) > 0
    assert_one_truth(book)
    assert book.world.exchange.net_traded(SYMBOL) < 2 * LOT + D(str(UNITS)) * D("0.001")


def test_fault_27_a_market_that_does_not_trade_is_not_entered(book: Simulation) -> None:
    book.world.exchange.set_status(SYMBOL, "HALT")
    book.do(enter)
    assert [one for one in sent(book) if one.accepted] == []
    assert told(book, "not trading")
    assert_one_truth(book)


def test_fault_28_money_that_is_gone_is_one_refusal_and_noted_as_moved_by_others(book: Simulation) -> None:
    book.plan = at("admitted entry", lambda _: book.world.exchange.edit_balance("USDT", D(-29_900)))
    book.do(enter)
    assert [one.code for one in sent(book)] == [-2010], "no storm"
    assert state(book, ENTRY) == "rejected"
    assert told(book, f"order rejected {ENTRY}")
    book.cycle()
    assert externals(book) == ["USDT"]
    assert_one_truth(book)


def test_fault_29_what_others_order_is_external_and_what_they_cancel_is_canceled(book: Simulation) -> None:
    book.do(enter)
    given = {"quantity": "0.01", "price": "20000", "timeInForce": "GTC"}
    stray = book.world.exchange.manual_order(SYMBOL, "BUY", "LIMIT", **given)
    (stop,) = book.world.exchange.orders_of(STOP)
    book.world.exchange.manual_cancel(stop.id, SYMBOL)
    book.cycle()
    assert told(book, f"order stray binance BTC/USDT {stray.id}")
    assert externals(book) == ["BTC"]
    assert state(book, STOP) == "canceled"
    assert [cid for cid, _ in resting(book) if cid != stray.client_id] == [f"{PARENT}-s2"], "placed again, once"
    assert_one_truth(book)


def test_fault_33_a_thousand_orders_in_a_minute_are_stopped_by_the_gate(book: Simulation) -> None:
    book.do(hold)

    def run_away(desk) -> None:
        quote = desk.account("binance").quote("BTC/USDT")
        for number in range(1000):
            submit(desk, an_order(book, f"runaway-{number}", quantity=D("0.0002")), quote)

    begun = book.world.clock.now()
    with_desk(book, run_away)
    minutes = (book.world.clock.now() - begun) // (60 * SECOND) + 1
    assert 0 < len([one for one in sent(book) if one.accepted]) <= 60 * minutes
    refused = [one for one in book.log.orders_of_book("sim") if one.state is OrderState.REJECTED]
    assert any("gate: rate" in one.why for one in refused)


@pytest.mark.parametrize("read", [OPEN, "/api/v3/myTrades", "/api/v3/account"])
def test_fault_36_what_cannot_be_read_is_unknown_and_never_nothing(book: Simulation, read: str) -> None:
    book.do(enter)
    stops = resting(book)
    book.world.exchange.faults.add(Rule("503", "GET", read, times=None))
    book.do(enter)
    assert resting(book) == stops
    assert externals(book) == []
    assert len(sent(book)) == 2, "nothing is opened while it is not known how things stand"
    assert_one_truth(book)


def an_order(book: Simulation, cid: str, **changed: Decimal) -> WireOrder:
    now = book.world.clock.now()
    order = WireOrder(
        cid=cid,
        parent=cid,
        book="sim",
        system="swing",
        venue="binance",
        symbol="BTC/USDT",
        role=Role.ENTRY,
        kind=OrderKind.MARKET,
        is_buy=True,
        quantity=D("0.01"),
        limit=D(40_400),
        stop=None,
        reference=D(40_000),
        decided_at=now,
        created_at=now,
    )
    return replace(order, **changed)


def with_desk(book: Simulation, work) -> None:
    """Work with the desk of a process of its own."""
    process = book.start()
    process.journal = book.journals[0]
    with process._broker(process.journal).at_work() as working:
        work(working.desk)
    process.end()
