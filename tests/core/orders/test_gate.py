"""What passes the last gate, one row each."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from fake_venue import SECOND, plain_rules
from order_desks import NOW, caps_of, order

from models.orders import GateReason, is_own_refusal, refused
from models.types.wire import OrderKind, Quote, Role

RULES = plain_rules()
QUOTE = Quote("fake", "BTC/USDT", Decimal("99.99"), Decimal("100.01"), NOW)
CAPS = replace(caps_of(), order_value=Decimal(2000), day_value=Decimal(5000), orders_per_minute=10)
OUT = {"role": Role.EXIT, "is_buy": False, "limit": Decimal(99)}
STOP = {"role": Role.STOP, "kind": OrderKind.STOP, "is_buy": False, "limit": None, "stop": Decimal(70)}
NAN, ENDLESS = Decimal("NaN"), Decimal("Infinity")


@dataclass(frozen=True)
class Stands:
    stop_reason: str | None = None
    opening_last_minute: int = 0
    reducing_last_minute: int = 0
    opened_today: Decimal = Decimal(0)
    guarded_until: int | None = None


def reason(changed: dict, stands: Stands = Stands(), quote: Quote | None = QUOTE, now: int = NOW, rules=RULES):
    said = refused(order(**changed), stands, CAPS, now, quote, rules)
    return None if said is None else GateReason(said.removeprefix("gate: ").split(":")[0])


@pytest.mark.parametrize(
    "changed", [{}, {"limit": Decimal(105)}, OUT, STOP, {**OUT, "limit": None}, {**OUT, "quantity": Decimal(500)}]
)
def test_what_is_sound_passes(changed):
    assert reason(changed) is None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"quantity": NAN}, GateReason.NOT_A_NUMBER),
        ({"quantity": ENDLESS}, GateReason.NOT_A_NUMBER),
        ({"limit": NAN}, GateReason.NOT_A_NUMBER),
        ({"reference": NAN}, GateReason.NOT_A_NUMBER),
        ({**STOP, "stop": ENDLESS}, GateReason.NOT_A_NUMBER),
        ({**OUT, "quantity": NAN}, GateReason.NOT_A_NUMBER),
        ({"quantity": Decimal(0)}, GateReason.NOT_POSITIVE),
        ({"quantity": Decimal(-1)}, GateReason.NOT_POSITIVE),
        ({**OUT, "quantity": Decimal(-1)}, GateReason.NOT_POSITIVE),
        ({**STOP, "stop": Decimal(0)}, GateReason.NOT_POSITIVE),
        ({"limit": None}, GateReason.NO_BOUND),
        ({"limit": None, "kind": OrderKind.LIMIT}, GateReason.NO_BOUND),
        ({**OUT, "limit": None, "kind": OrderKind.LIMIT}, GateReason.NO_BOUND),
        ({**STOP, "stop": None}, GateReason.NO_BOUND),
        ({"is_buy": False, "limit": Decimal(99)}, GateReason.WRONG_SIDE),
        ({**OUT, "is_buy": True, "limit": Decimal(101)}, GateReason.WRONG_SIDE),
        ({"symbol": "DOGE/USDT"}, GateReason.NOT_ALLOWED),
        ({**OUT, "symbol": "DOGE/USDT"}, GateReason.NOT_ALLOWED),
        ({"quantity": Decimal("1.0001")}, GateReason.OFF_GRID),
        ({"limit": Decimal("100.001")}, GateReason.OFF_GRID),
        ({**STOP, "stop": Decimal("70.001")}, GateReason.OFF_GRID),
        ({"limit": Decimal("105.02")}, GateReason.COLLAR),
        ({"limit": Decimal(101), "reference": Decimal("0.1")}, GateReason.COLLAR),
        ({**OUT, "limit": Decimal("94.99")}, GateReason.COLLAR),
        ({"quantity": Decimal(20)}, GateReason.ORDER_VALUE),
        ({"decided_at": NOW - 900 * SECOND}, GateReason.STALE_DECISION),
    ],
)
def test_what_is_not_does_not(changed, expected):
    assert reason(changed) is expected


@pytest.mark.parametrize(
    ("stands", "entering", "leaving"),
    [
        (Stands(stop_reason="a person"), GateReason.STOPPED, None),
        (Stands(stop_reason=""), GateReason.STOPPED, None),
        (Stands(opening_last_minute=10), GateReason.RATE, None),
        (Stands(opening_last_minute=9, reducing_last_minute=99), None, None),
        (Stands(reducing_last_minute=100), None, GateReason.RATE),
        (Stands(opened_today=Decimal(4900)), GateReason.DAY_VALUE, None),
        (Stands(opened_today=Decimal(4899)), None, None),
    ],
)
def test_what_only_reduces_passes_what_holds_back_entries(stands, entering, leaving):
    assert reason({}, stands) is entering
    assert reason(OUT, stands) is leaving
    assert reason(STOP, stands) is leaving


@pytest.mark.parametrize(
    ("until", "entering"), [(None, GateReason.UNGUARDED), (NOW - 1, GateReason.UNGUARDED), (NOW, None)]
)
def test_where_a_guardian_is_asked_for_nothing_is_opened_without_one_and_exits_go_on(until, entering):
    caps = replace(CAPS, guarded=True)
    stands = Stands(guarded_until=until)
    said = refused(order(), stands, caps, NOW, QUOTE, RULES)
    assert (None if said is None else f"gate: {entering.value}:" in said) is (None if entering is None else True)
    assert refused(order(**OUT), stands, caps, NOW, QUOTE, RULES) is None
    assert refused(order(**STOP), stands, caps, NOW, QUOTE, RULES) is None
    assert refused(order(), stands, CAPS, NOW, QUOTE, RULES) is None


def test_a_quote_has_to_be_fresh_to_enter_by():
    late = NOW + 900 * SECOND
    fresh = {"decided_at": late}
    assert reason(fresh, now=late) is GateReason.STALE_QUOTE
    assert reason(fresh, quote=None) is GateReason.STALE_QUOTE
    assert reason(OUT, quote=None) is None
    assert reason(OUT, now=late) is None


@pytest.mark.parametrize("bid", [NAN, Decimal(0), Decimal(-5)])
def test_a_quote_that_is_no_price_stops_everything_that_is_held_against_it(bid):
    assert reason({}, quote=replace(QUOTE, bid=bid)) in (GateReason.NOT_A_NUMBER, GateReason.NOT_POSITIVE)


def test_what_is_not_traded_is_not_entered():
    halted = replace(RULES, is_trading=False, status="HALT")
    assert reason({}, rules=halted) is GateReason.NOT_TRADING
    assert reason(OUT, rules=halted) is None


def test_a_thousandfold_price_is_refused_either_way():
    wrong = replace(QUOTE, bid=QUOTE.bid * 1000, ask=QUOTE.ask * 1000)
    assert reason({"limit": Decimal(101_000)}, quote=wrong) is GateReason.COLLAR
    cheap = replace(QUOTE, bid=QUOTE.bid / 1000, ask=QUOTE.ask / 1000)
    assert reason({}, quote=cheap) is GateReason.COLLAR


def test_a_refusal_says_what_was_found_what_is_allowed_and_what_to_do():
    said = refused(order(quantity="20"), Stands(), CAPS, NOW, QUOTE, RULES)
    assert said == (
        "gate: order_value: the order is worth more than one may be (found 2020, allowed 2000; decide on less)"
    )
    assert is_own_refusal(order(why=said))
    assert not is_own_refusal(order(why="-2010: insufficient balance"))


def test_every_reason_has_a_text():
    assert all(one.text for one in GateReason)
