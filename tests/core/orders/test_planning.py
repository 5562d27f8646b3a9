"""What comes next for a mandate, by what became of its orders so far; one row each."""

from dataclasses import replace
from decimal import Decimal

import pytest
from fake_venue import plain_rules
from order_desks import PARENT, leaving, mandate, order

from models.orders import Ask, End, Outcome, Patience, Rest, Send, Withdraw, next_step
from models.types.wire import OrderKind, OrderState

RULES = plain_rules()
PATIENCE = Patience(limit=30, market=12)
MARKET, LIMIT = OrderKind.MARKET, OrderKind.LIMIT
AT_95 = {"limit": Decimal(95)}


def one(suffix: str, state: str, quantity: str = "1", filled: str = "0", kind: OrderKind = MARKET, why: str = ""):
    return order(f"{PARENT}-{suffix}", quantity, state=OrderState(state), filled=Decimal(filled), kind=kind, why=why)


def after(*orders, of=None, stood: int = 0, rules=RULES, forgiven=None):
    return next_step(of or mandate(), orders, rules, stood, PATIENCE, forgiven)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([], Send(f"{PARENT}-1", MARKET, Decimal(1))),
        ([one("1", "filled", "0.4", "0.4")], Send(f"{PARENT}-2", MARKET, Decimal("0.6"))),
        ([one("1", "filled", "1", "1")], End(Outcome.FILLED)),
        ([one("1", "expired", "1", "0.4")], Outcome.GIVEN_UP),
        ([one("1", "rejected", why="-1013: LOT_SIZE")], End(Outcome.GIVEN_UP, "-1013: LOT_SIZE")),
        ([one("1", "filled", "0.4", "0.4"), one("2", "lost")], Outcome.GIVEN_UP),
        ([one("1", "filled", "0.9995", "0.9995")], Outcome.GIVEN_UP),
    ],
)
def test_an_entry(orders, expected):
    found = after(*orders)
    assert (found.outcome if isinstance(expected, Outcome) else found) == expected


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([], "1"),
        ([one("1", "filled", "0.4", "0.4")], "2"),
        ([one("1", "expired", "1", "0.4")], "x1"),
        ([one("1", "rejected"), one("x1", "lost")], "x2"),
        ([one("1", "filled", "0.4", "0.4"), one("2", "expired", "0.3"), one("x1", "filled", "0.3", "0.3")], "x2"),
    ],
)
def test_an_exit_goes_on(orders, expected):
    found = after(*orders, of=leaving())
    assert isinstance(found, Send)
    assert found.cid == f"{PARENT}-{expected}"
    assert found.quantity == 1 - sum(done.filled for done in orders)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([], ("1", LIMIT)),
        ([one("1", "canceled", filled="0.4", kind=LIMIT)], ("m", MARKET)),
        ([one("1", "canceled", kind=LIMIT), one("m", "filled", "0.4", "0.4")], ("2", MARKET)),
    ],
)
@pytest.mark.parametrize("of", [mandate(**AT_95), leaving(**AT_95)])
def test_a_limit_rests_once_and_then_goes_to_market(orders, expected, of):
    found = after(*orders, of=of)
    wanted = "x1" if expected[0] == "2" and not of.role.opens else expected[0]
    assert (found.cid, found.kind) == (f"{PARENT}-{wanted}", expected[1])


@pytest.mark.parametrize("state", ["sent", "unknown"])
def test_a_doubtful_order_comes_before_everything(state):
    doubtful = one("1", state)
    assert after(doubtful) == Ask(doubtful)
    assert after(one("1", "filled", "0.4", "0.4"), doubtful, of=leaving()) == Ask(doubtful)


@pytest.mark.parametrize(("kind", "patience"), [(LIMIT, 30), (MARKET, 12)])
def test_an_open_order_rests_and_is_withdrawn(kind, patience):
    resting = one("1", "open", kind=kind)
    assert after(resting, stood=patience - 1) == Rest(resting, 1)
    assert after(resting, stood=patience) == Withdraw(resting)


def test_an_order_that_was_refused_by_rules_that_changed_is_forgiven():
    refused = one("1", "rejected")
    coarse = replace(RULES, lot=Decimal("0.3"), least_quantity=Decimal("0.3"))
    assert after(refused, rules=coarse, forgiven=refused.cid) == Send(f"{PARENT}-2", MARKET, Decimal("0.9"))
    assert after(refused, of=mandate(**AT_95), forgiven=refused.cid).kind is LIMIT
    assert after(refused, one("2", "rejected"), forgiven=refused.cid).outcome is Outcome.GIVEN_UP


def test_what_is_not_traded_is_not_entered_and_left():
    halted = replace(RULES, is_trading=False, status="HALT")
    assert after(rules=halted).outcome is Outcome.GIVEN_UP
    assert isinstance(after(of=leaving(), rules=halted), Send)


def test_every_outcome_has_a_text():
    assert all(one.text for one in Outcome)
