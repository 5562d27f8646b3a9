"""What an order becomes by what is heard of it: forward only, and the same in whatever order it is heard."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from models.types.errors import BadInput
from models.types.wire import OrderState, Report, VenueTrade, WireOrder

NOTHING = Decimal(0)
# An order that is in one of these does not fall back to one before it.
RANKS = {
    OrderState.SENT: 0,
    OrderState.UNKNOWN: 1,
    OrderState.OPEN: 2,
    OrderState.LOST: 3,
    OrderState.REJECTED: 3,
    OrderState.CANCELED: 4,
    OrderState.EXPIRED: 4,
    OrderState.FILLED: 5,
}
# What says that there is no order at the venue; its own word to the contrary counts more.
ABSENT = frozenset({OrderState.LOST, OrderState.REJECTED})
NEVER_HEARD = frozenset({OrderState.SENT, OrderState.LOST})
OURS_TO_SAY = frozenset({OrderState.UNKNOWN, OrderState.LOST, OrderState.REJECTED})


@dataclass(frozen=True, slots=True)
class Traded:
    """What the known fills of an order come to: base units, and what was paid or received (quote, before fees)."""

    quantity: Decimal = NOTHING
    value: Decimal = NOTHING


def traded(trades: Iterable[VenueTrade]) -> Traded:
    """The sum of an order's fills."""
    quantity, value = NOTHING, NOTHING
    for one in trades:
        quantity, value = quantity + one.quantity, value + one.quantity * one.price
    return Traded(quantity, value)


def advanced(order: WireOrder, report: Report) -> WireOrder:
    """The order after a report of it; its trades are another matter (`grown`).

    `filled` and `value` never fall. A state is never left for an earlier one, and what is over stays over, but that an
    order is FILLED as soon as all of it is; that the venue's own word corrects LOST; and corrects REJECTED, where
    no id of the venue was known and the report has one, or says that something was filled.

    Raises:
        BadInput: the report is of another venue, symbol or side, says what no venue can say (SENT, LOST), or has a
            figure that is negative or not finite.
    """
    _require_of(order, report)
    heard = replace(
        order,
        filled=max(order.filled, report.filled),
        value=max(order.value, report.value),
        exchange_id=order.exchange_id or report.exchange_id,
    )
    state = _next(order, report)
    why = report.why if report.why and (state is not order.state or not order.why) else order.why
    return _settled(replace(heard, state=state, why=why))


def grown(order: WireOrder, fills: Traded) -> WireOrder:
    """The order with the sum of its known fills; its value is theirs as soon as they are all that was filled."""
    if fills.quantity <= NOTHING:
        return order
    complete = fills.quantity >= order.filled
    value = fills.value if complete else max(order.value, fills.value)
    return _settled(replace(order, filled=max(order.filled, fills.quantity), value=value))


def marked(order: WireOrder, state: OrderState, why: str) -> WireOrder:
    """The order after we found out ourselves that it is UNKNOWN, LOST or REJECTED; the same one where more is known: it
    is over, open, or something of it was filled.

    Raises:
        ValueError: another state.
    """
    if state not in OURS_TO_SAY:
        raise ValueError(f"an order cannot be marked {state.value}; only {', '.join(sorted(OURS_TO_SAY))} can")
    if not order.state.is_doubtful:
        return order
    return replace(order, state=state, why=why)


def is_corrected(before: WireOrder, after: WireOrder) -> bool:
    """Whether the venue has an order that was thought not to be there: a person has to know."""
    return before.state in ABSENT and after.state not in ABSENT


def _next(order: WireOrder, report: Report) -> OrderState:
    # What a venue turns away after a part was filled is over like one that was canceled.
    is_part = report.state is OrderState.REJECTED and max(order.filled, report.filled) > NOTHING
    said = OrderState.CANCELED if is_part else report.state
    if order.state in ABSENT:
        return said if _contradicts(order, report) else order.state
    return said if RANKS[said] > RANKS[order.state] else order.state


def _contradicts(order: WireOrder, report: Report) -> bool:
    if report.state is OrderState.UNKNOWN:
        return False
    is_new = report.exchange_id != "" and order.exchange_id == ""
    return order.state is OrderState.LOST or is_new or report.filled > NOTHING


def _settled(order: WireOrder) -> WireOrder:
    """By what was filled: an order of which something was is at the venue, and one of which all was is FILLED."""
    if order.filled >= order.quantity:
        return replace(order, state=OrderState.FILLED)
    if order.filled > NOTHING and (order.state.is_doubtful or order.state in ABSENT):
        return replace(order, state=OrderState.OPEN)
    return order


def _require_of(order: WireOrder, report: Report) -> None:
    figures = {"filled": report.filled, "value": report.value}
    wrong = [f"{name} {one}" for name, one in figures.items() if not one.is_finite() or one < NOTHING]
    if wrong:
        raise BadInput(f"a report of order {order.cid} has {', '.join(wrong)}; figures are finite and not negative")
    if report.state in NEVER_HEARD:
        raise BadInput(f"a report of order {order.cid} says {report.state.value}, which only we can say of an order")
    of = (report.venue, report.symbol, report.is_buy)
    if of != (order.venue, order.symbol, order.is_buy):
        side = "buy" if report.is_buy else "sell"
        raise BadInput(
            f"a report of order {order.cid} is of a {side} of {report.symbol} at {report.venue}, which is not what was "
            "ordered; look at the venue's adapter"
        )
