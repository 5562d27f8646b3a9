"""What an order becomes by what is heard of it: rows of a table."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from wire_orders import ORDER, made_report, made_trade

from models.types import BadInput
from models.types.transitions import RANKS, Traded, advanced, grown, is_corrected, marked, traded
from models.types.wire import OrderState, Report, WireOrder

S = OrderState
HEARD = [S.UNKNOWN, S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED]


def _order(state: OrderState, filled: str = "0", known: bool = True) -> WireOrder:
    told = replace(ORDER, state=state, filled=Decimal(filled), value=Decimal(filled) * 100)
    return replace(told, exchange_id="Xa1-0-1" if known else "")


def _report(state: OrderState) -> Report:
    return made_report(state, filled="0.30" if state is S.FILLED else "0")


# What each state becomes by each report, in the order of HEARD.
AFTER = {
    S.SENT: [S.UNKNOWN, S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED],
    S.UNKNOWN: [S.UNKNOWN, S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED],
    S.OPEN: [S.OPEN, S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED],
    S.LOST: [S.LOST, S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED],
    S.REJECTED: [S.REJECTED, S.REJECTED, S.FILLED, S.REJECTED, S.REJECTED, S.REJECTED],
    S.CANCELED: [S.CANCELED, S.CANCELED, S.FILLED, S.CANCELED, S.CANCELED, S.CANCELED],
    S.EXPIRED: [S.EXPIRED, S.EXPIRED, S.FILLED, S.EXPIRED, S.EXPIRED, S.EXPIRED],
    S.FILLED: [S.FILLED] * 6,
}


@pytest.mark.parametrize("before", list(AFTER))
def test_a_report_moves_a_state_forward_or_not_at_all(before: OrderState) -> None:
    order = _order(before, "0.30" if before is S.FILLED else "0")
    assert [advanced(order, _report(heard)).state for heard in HEARD] == AFTER[before]


@pytest.mark.parametrize("heard", HEARD[1:])
def test_what_we_thought_was_turned_away_is_there_once_the_venue_has_an_id_for_it(heard: OrderState) -> None:
    before = replace(_order(S.REJECTED, known=False), why="insufficient balance")
    after = advanced(before, _report(heard))
    assert after.state is heard
    assert is_corrected(before, after) is (heard is not S.REJECTED)


def test_only_what_was_absent_is_corrected() -> None:
    assert is_corrected(_order(S.LOST), _order(S.FILLED))
    assert not is_corrected(_order(S.LOST), _order(S.REJECTED))
    assert not is_corrected(_order(S.UNKNOWN), _order(S.FILLED))


def test_figures_never_fall_and_a_late_reply_says_nothing_new() -> None:
    filled = advanced(_order(S.SENT, known=False), made_report(S.OPEN, filled="0.20"))
    assert (filled.state, filled.filled, filled.value, filled.exchange_id) == (S.OPEN, Decimal("0.20"), 20, "Xa1-0-1")
    assert advanced(filled, made_report(S.OPEN)) == filled
    assert advanced(filled, replace(made_report(S.OPEN), exchange_id="")) == filled
    canceled = advanced(filled, made_report(S.CANCELED))
    assert (canceled.state, canceled.filled, canceled.remaining) == (S.CANCELED, Decimal("0.20"), Decimal("0.10"))
    late = advanced(canceled, made_report(S.OPEN, filled="0.25"))
    assert (late.state, late.filled) == (S.CANCELED, Decimal("0.25"))


@pytest.mark.parametrize("state", [S.SENT, S.UNKNOWN, S.LOST, S.REJECTED])
def test_what_was_filled_is_at_the_venue(state: OrderState) -> None:
    part, whole = Traded(Decimal("0.1"), Decimal(10)), Traded(Decimal("0.30"), Decimal(30))
    assert grown(_order(state), part).state is S.OPEN
    assert grown(_order(state), whole).state is S.FILLED
    assert grown(_order(state), Traded()) == _order(state)


def test_what_is_turned_away_after_a_part_was_filled_is_canceled() -> None:
    for before, filled in ((_order(S.OPEN, "0.1"), "0"), (_order(S.SENT), "0.1")):
        after = advanced(before, made_report(S.REJECTED, filled=filled))
        assert (after.state, after.filled) == (S.CANCELED, Decimal("0.1"))


def test_late_fills_grow_an_order_that_is_over() -> None:
    canceled = grown(_order(S.CANCELED, "0.1"), Traded(Decimal("0.2"), Decimal(21)))
    assert (canceled.state, canceled.filled, canceled.value) == (S.CANCELED, Decimal("0.2"), 21)
    assert grown(canceled, Traded(Decimal("0.30"), Decimal(33))).state is S.FILLED


def test_the_value_is_that_of_the_fills_once_they_are_all_of_it() -> None:
    told = replace(_order(S.OPEN, "0.2"), value=Decimal("20.07"))
    assert grown(told, Traded(Decimal("0.1"), Decimal(10))) == told
    assert grown(told, Traded(Decimal("0.2"), Decimal("20.01"))).value == Decimal("20.01")


def test_the_same_is_heard_in_every_order() -> None:
    """Reports and the sums of fills that arrived by then; the end is one, whatever came first."""
    fills = tuple(made_trade(number) for number in range(3))
    heard = [
        made_report(S.OPEN, filled="0.1"),
        made_report(S.OPEN, filled="0.2"),
        made_report(S.FILLED, filled="0.3"),
        made_report(S.OPEN),
        None,
    ]
    ends = set()
    for sequence in permutations(heard):
        order = _order(S.SENT, known=False)
        for one in sequence:
            order = grown(order, traded(fills)) if one is None else advanced(order, one)
        ends.add((order.state, order.filled, order.value))
    assert ends == {(S.FILLED, Decimal("0.3"), Decimal("30.0"))}


def test_we_say_ourselves_what_nobody_else_can() -> None:
    sent = _order(S.SENT)
    assert [marked(sent, state, "why").state for state in (S.UNKNOWN, S.LOST, S.REJECTED)] == [
        S.UNKNOWN,
        S.LOST,
        S.REJECTED,
    ]
    assert marked(_order(S.UNKNOWN), S.LOST, "asked three times").why == "asked three times"
    for state in set(OrderState) - {S.SENT, S.UNKNOWN}:
        assert marked(_order(state), S.LOST, "why") == _order(state)
    for state in (S.SENT, S.OPEN, S.FILLED, S.CANCELED, S.EXPIRED):
        with pytest.raises(ValueError, match="only lost, rejected, unknown can"):
            marked(sent, state, "why")


def test_the_reason_is_that_of_the_state() -> None:
    lost = marked(_order(S.SENT), S.LOST, "never arrived")
    assert advanced(lost, made_report(S.OPEN)).why == "never arrived"
    canceled = advanced(lost, replace(made_report(S.CANCELED), why="by hand"))
    assert canceled.why == "by hand"
    assert advanced(canceled, replace(made_report(S.EXPIRED), why="later")).why == "by hand"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"venue": "kraken"}, "buy of BTC/USDT at kraken"),
        ({"symbol": "ETH/USDT"}, "buy of ETH/USDT at binance"),
        ({"is_buy": False}, "sell of BTC/USDT at binance"),
        ({"filled": Decimal("NaN")}, "filled NaN"),
        ({"filled": Decimal("-0.1")}, "filled -0.1"),
        ({"value": Decimal("Infinity")}, "value Infinity"),
        ({"state": S.SENT}, "says sent"),
        ({"state": S.LOST}, "says lost"),
    ],
)
def test_a_report_that_cannot_be_of_the_order_is_a_sentence(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        advanced(ORDER, replace(made_report(S.OPEN), **changes))


def test_every_state_has_a_rank() -> None:
    assert set(RANKS) == set(OrderState)
