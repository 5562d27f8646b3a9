"""The last gate before the wire: what no order passes, whatever strategy or configuration wants it.

An order that only makes a position smaller passes the stop flag, the caps on value and the tests of age: exits never
stop. It does not pass as a number that is none, on another symbol, off the grid, or ten times too often.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from models.types.wire import MarketRules, OrderKind, Quote, WireOrder

REDUCING_TIMES = 10
FORERUNNER = "gate: "


class GateReason(StrEnum):
    """Why an order did not pass. Stored at the head of its `why`: never rename."""

    NOT_A_NUMBER = "not_a_number"
    NOT_POSITIVE = "not_positive"
    NO_BOUND = "no_bound"
    WRONG_SIDE = "wrong_side"
    NOT_ALLOWED = "not_allowed"
    OFF_GRID = "off_grid"
    NOT_TRADING = "not_trading"
    FROZEN = "frozen"
    STOPPED = "stopped"
    UNGUARDED = "unguarded"
    RATE = "rate"
    STALE_DECISION = "stale_decision"
    STALE_QUOTE = "stale_quote"
    COLLAR = "collar"
    ORDER_VALUE = "order_value"
    DAY_VALUE = "day_value"

    @property
    def text(self) -> str:
        """One sentence for people."""
        return _TEXTS[self]


_TEXTS: dict[GateReason, str] = {
    GateReason.NOT_A_NUMBER: "a figure of the order is not a finite number",
    GateReason.NOT_POSITIVE: "a figure of the order is zero or negative",
    GateReason.NO_BOUND: "the order lacks the price that bounds it",
    GateReason.WRONG_SIDE: "what opens a position buys, and what reduces one sells",
    GateReason.NOT_ALLOWED: "the symbol is not on the list of those that may be traded",
    GateReason.OFF_GRID: "quantity or price is not on the venue's grid",
    GateReason.NOT_TRADING: "the venue does not trade the symbol now",
    GateReason.FROZEN: "what became of another order in the symbol is not known",
    GateReason.STOPPED: "the stop flag is set",
    GateReason.UNGUARDED: "no guardian watches",
    GateReason.RATE: "too many orders in a minute",
    GateReason.STALE_DECISION: "the decision is too old to act on",
    GateReason.STALE_QUOTE: "there is no fresh quote",
    GateReason.COLLAR: "the price is too far from the market or from the decision",
    GateReason.ORDER_VALUE: "the order is worth more than one may be",
    GateReason.DAY_VALUE: "more would have been ordered today than may be",
}


@dataclass(frozen=True, slots=True)
class GateCaps:
    """What the gate holds orders against; of live trading what a person confirmed.

    Attributes:
        symbols: that may be traded, those that are still held included.
        order_value, day_value: most value of one opening order, and of all in a UTC day; quote currency.
        orders_per_minute: that open; REDUCING_TIMES as many that reduce.
        collar: farthest from quote and reference, fraction.
        stale: age of decision and quote from which on nothing is opened, microseconds.
        long_only: whatever opens buys, and whatever reduces sells, as at every venue; paper alone may be short.
        guarded: nothing is opened while no guardian of the order's book is heard of.
    """

    symbols: frozenset[str]
    order_value: Decimal
    day_value: Decimal
    orders_per_minute: int
    collar: Decimal
    stale: int
    long_only: bool = True
    guarded: bool = False


class Standing(Protocol):
    """What the journal counts, read in the transaction that admits the order."""

    @property
    def stop_reason(self) -> str | None:
        """Why trading is stopped, None when it is not."""

    @property
    def guarded_until(self) -> int | None:
        """By when the guardian of the order's book promised to be heard of again, UTC microseconds; None: none did."""

    @property
    def opening_last_minute(self) -> int:
        """Opening orders that were admitted in it."""

    @property
    def reducing_last_minute(self) -> int:
        """Reducing orders that were."""

    @property
    def opened_today(self) -> Decimal:
        """Value of the opening orders of the UTC day, quote currency."""


def refused(
    order: WireOrder, standing: Standing, caps: GateCaps, now: int, quote: Quote | None, rules: MarketRules
) -> str | None:
    """Why the order may not be sent at `now` (UTC microseconds), None when it may: FORERUNNER, the reason, what was
    found and what is allowed.
    """
    # One by one: what comes later takes what came before for granted.
    checks = _checks(order, standing, caps, now, quote, rules)
    return next((said for said in checks if said is not None), None)


def is_own_refusal(order: WireOrder) -> bool:
    """Whether the gate refused the order, and no venue ever saw it."""
    return order.why.startswith(FORERUNNER)


def says(reason: GateReason, detail: str) -> str:
    """The `why` of an order that was refused."""
    return f"{FORERUNNER}{reason.value}: {reason.text} ({detail})"


def _checks(
    order: WireOrder, standing: Standing, caps: GateCaps, now: int, quote: Quote | None, rules: MarketRules
) -> Iterator[str | None]:
    yield from _soundness(order, quote)
    yield _unbounded(order)
    yield from _admission(order, caps, rules)
    yield _rate(order, standing, caps)
    yield _collar(order, caps, quote)
    if order.role.opens:
        yield from _opening(order, standing, caps, now, quote, rules)


def _soundness(order: WireOrder, quote: Quote | None) -> Iterator[str | None]:
    figures = [order.quantity, order.reference, *_levels(order), *([] if quote is None else [quote.bid, quote.ask])]
    if not all(one.is_finite() for one in figures):
        yield says(GateReason.NOT_A_NUMBER, f"found {_listed(figures)}; decide anew on sound prices")
    if min(figures) <= 0:
        yield says(GateReason.NOT_POSITIVE, f"found {_listed(figures)}; decide anew on sound prices")


def _admission(order: WireOrder, caps: GateCaps, rules: MarketRules) -> Iterator[str | None]:
    if caps.long_only and order.is_buy is not order.role.opens:
        verb = "buys" if order.is_buy else "sells"
        yield says(GateReason.WRONG_SIDE, f"found {order.role.value} that {verb}; trade without shorts, or report it")
    if order.symbol not in caps.symbols:
        found = f"found {order.symbol}, allowed {', '.join(sorted(caps.symbols)) or 'none'}"
        yield says(GateReason.NOT_ALLOWED, f"{found}; add it and confirm anew")
    levels = _levels(order)
    if _is_off(order.quantity, rules.lot) or any(_is_off(one, rules.tick) for one in levels):
        found = f"found {order.quantity} at {_listed(levels)}, allowed multiples of {rules.lot} and {rules.tick}"
        yield says(GateReason.OFF_GRID, f"{found}; round it")


def _levels(order: WireOrder) -> list[Decimal]:
    return [one for one in (order.limit, order.stop) if one is not None]


def _unbounded(order: WireOrder) -> str | None:
    lacks_limit = order.limit is None and (
        order.kind is OrderKind.LIMIT or (order.kind is OrderKind.MARKET and order.role.opens)
    )
    if lacks_limit or (order.kind is OrderKind.STOP and order.stop is None):
        return says(GateReason.NO_BOUND, f"found none, a {order.kind.value} order has one; give it")
    return None


def _rate(order: WireOrder, standing: Standing, caps: GateCaps) -> str | None:
    if order.role.opens:
        found, most = standing.opening_last_minute, caps.orders_per_minute
    else:
        found, most = standing.reducing_last_minute, REDUCING_TIMES * caps.orders_per_minute
    if found < most:
        return None
    return says(GateReason.RATE, f"found {found}, allowed {most}; look at what orders so often")


def _collar(order: WireOrder, caps: GateCaps, quote: Quote | None) -> str | None:
    """A resting stop lies away from the market by its nature; a limit that is better than the market harms nobody."""
    if quote is None or order.kind is OrderKind.STOP or order.limit is None:
        return None
    return _beyond(order, caps, quote.ask if order.is_buy else quote.bid, "quote")


def _beyond(order: WireOrder, caps: GateCaps, price: Decimal, name: str) -> str | None:
    sign = 1 if order.is_buy else -1
    bound = price * (1 + sign * caps.collar)
    if sign * (order.worst - bound) <= 0:
        return None
    found = f"found {order.worst}, allowed {bound.normalize():f} by the {name} of {price}"
    return says(GateReason.COLLAR, f"{found}; decide anew on the market as it is")


def _opening(
    order: WireOrder, standing: Standing, caps: GateCaps, now: int, quote: Quote | None, rules: MarketRules
) -> Iterator[str | None]:
    if not rules.is_trading:
        yield says(GateReason.NOT_TRADING, f"found {rules.status or 'no status'}; wait until it trades again")
    if standing.stop_reason is not None:
        yield says(GateReason.STOPPED, f"found {standing.stop_reason}; a person releases it")
    if caps.guarded and (standing.guarded_until is None or now > standing.guarded_until):
        yield says(GateReason.UNGUARDED, "found none of this book, or a silent one; start keel guardian (anew)")
    yield _stale(order, caps, now, quote)
    yield _beyond(order, caps, order.reference, "reference")
    value = order.quantity * order.worst
    if value > caps.order_value:
        found = f"found {value.normalize():f}, allowed {caps.order_value}"
        yield says(GateReason.ORDER_VALUE, f"{found}; decide on less")
    if standing.opened_today + value > caps.day_value:
        found = f"found {standing.opened_today} and {value.normalize():f}, allowed {caps.day_value}"
        yield says(GateReason.DAY_VALUE, f"{found}; wait for the next day")


def _stale(order: WireOrder, caps: GateCaps, now: int, quote: Quote | None) -> str | None:
    allowed = f"allowed less than {caps.stale / 1e6:g} s"
    if now - order.decided_at >= caps.stale:
        found = f"found {(now - order.decided_at) / 1e6:g} s, {allowed}"
        return says(GateReason.STALE_DECISION, f"{found}; wait for the next decision")
    if quote is None or now - quote.at >= caps.stale:
        found = "found none" if quote is None else f"found one {(now - quote.at) / 1e6:g} s old, {allowed}"
        return says(GateReason.STALE_QUOTE, f"{found}; ask the venue again")
    return None


def _is_off(value: Decimal, step: Decimal) -> bool:
    return bool(step) and bool(value % step)


def _listed(figures: list[Decimal]) -> str:
    return ", ".join(str(one) for one in figures) or "no price"
