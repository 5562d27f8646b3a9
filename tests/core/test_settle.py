"""Filling what was ordered, and what it does to the state."""

import math

import pytest
from markets import PROFILE, same_bits

from models.engine import State, book_fill, first_state, order_fill, parameters_of, settle
from models.engine.state import CASH, COST, COSTS, ENTRY, PENDING, QUANTITY
from models.types import Instrument

RULES = Instrument(tick=0.01, lot=0.1, min_notional=5.0, fee_rate=0.001, slippage_rate=0.01, class_limit=1.0)
INSTRUMENTS = parameters_of(PROFILE, (RULES, RULES), horizon=6).instruments


def ordered(quantity, held=0.0, cost=0.0, entry=0.0, cash=1_000.0) -> State:
    state = first_state(cash, 2)
    state.book[1, [QUANTITY, COST, ENTRY, PENDING]] = held, cost, entry, quantity
    return state


def settled(state, price):
    return settle(state.account, state.book, 1, price, INSTRUMENTS)


def test_a_buy():
    state = ordered(2.0)
    assert settled(state, 100.0) == pytest.approx((2.0, 101.0, 0.202, 0.0))
    assert state.account[[CASH, COSTS]] == pytest.approx([1_000.0 - 202.202, 0.202 + 2.0])
    assert state.book[1, [QUANTITY, COST, ENTRY, PENDING]] == pytest.approx([2.0, 202.202, 101.0, 0.0])
    assert not state.book[0].any()


def test_a_sale():
    state = ordered(-2.0, held=2.0, cost=180.0, entry=89.0)
    assert settled(state, 100.0) == pytest.approx((-2.0, 99.0, 0.198, 198.0 - 0.198 - 180.0))
    assert state.account[[CASH, COSTS]] == pytest.approx([1_000.0 + 198.0 - 0.198, 0.198 + 2.0])
    assert state.book[1, [QUANTITY, COST, ENTRY, PENDING]] == pytest.approx([0.0, 0.0, 89.0, 0.0])


def test_a_buy_that_cash_does_not_pay_for_is_closed_unfilled():
    state = ordered(2.0, cash=5.0)
    assert settled(state, 100.0)[0] == 0.0
    assert (state.account[CASH], state.book[1, QUANTITY], state.book[1, PENDING]) == (5.0, 0.0, 0.0)


@pytest.mark.parametrize("price", [math.nan, math.inf, -math.inf, 0.0, -1.0])
def test_an_order_waits_while_there_is_no_open(price):
    state = ordered(2.0)
    before = state.copy()
    assert settled(state, price) == (0.0, 0.0, 0.0, 0.0)
    assert same_bits(state.account, before.account)
    assert same_bits(state.book, before.book)
    assert settled(state, 100.0)[0] == 2.0


def test_nothing_ordered_is_nothing_filled():
    state = ordered(0.0, held=2.0, cost=180.0, entry=89.0)
    before = state.copy()
    assert settled(state, 100.0) == (0.0, 0.0, 0.0, 0.0)
    assert same_bits(state.book, before.book)


def test_order_fill_and_book_fill_are_settle():
    one, other = ordered(3.0), ordered(3.0)
    quantity, price, fee = order_fill(one.account, one.book, 1, 100.0, INSTRUMENTS)
    assert same_bits(one.book, other.book)
    realised = book_fill(one.account, one.book, 1, quantity, price, fee, 100.0)
    assert settled(other, 100.0) == (quantity, price, fee, realised)
    assert same_bits(one.account, other.account)
    assert same_bits(one.book, other.book)


def test_a_fill_of_nothing_closes_the_order():
    state = ordered(3.0)
    assert book_fill(state.account, state.book, 1, 0.0, 101.0, 0.0, 100.0) == 0.0
    assert (state.account[CASH], state.account[COSTS], state.book[1, PENDING]) == (1_000.0, 0.0, 0.0)


def test_a_copy_is_a_state_of_its_own():
    state = ordered(3.0)
    copy = state.copy()
    settled(state, 100.0)
    assert (copy.account[CASH], copy.book[1, PENDING]) == (1_000.0, 3.0)
