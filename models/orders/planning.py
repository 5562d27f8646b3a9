"""What is to be done next for a mandate, by what became of its orders so far.

A pure function of the journal's rows, so that a session which begins after a crash goes on where the last one stood.
What opens a position ends with the first order that was refused, lost or not filled within its collar; what only makes
one smaller goes on.
"""

from dataclasses import dataclass
from decimal import Decimal

from models.orders.grid import floored
from models.orders.mandate import Mandate, Outcome, filled_of
from models.types.wire import MarketRules, OrderKind, OrderState, WireOrder


@dataclass(frozen=True, slots=True)
class Patience:
    """How long orders may stand, microseconds: one with a limit, one at market."""

    limit: int
    market: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the venue what became of `order`."""

    order: WireOrder


@dataclass(frozen=True, slots=True)
class Rest:
    """Let `order` stand for `left` more microseconds."""

    order: WireOrder
    left: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Cancel `order`."""

    order: WireOrder


@dataclass(frozen=True, slots=True)
class Send:
    """Order as much as a slice allows of `quantity`, which is on the lot grid, under the client order id `cid`."""

    cid: str
    kind: OrderKind
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more is to be done."""

    outcome: Outcome
    why: str = ""


Step = Ask | Rest | Withdraw | Send | End


def next_step(
    mandate: Mandate,
    orders: tuple[WireOrder, ...],
    rules: MarketRules,
    stood: int,
    patience: Patience,
    forgiven: str | None = None,
) -> Step:
    """The next step of a mandate whose orders are `orders`, the oldest first, `stood` microseconds after the newest was
    sent; `forgiven` is the client order id of one that was refused by rules which have changed since.
    """
    standing = _standing(orders, stood, patience)
    if standing is not None:
        return standing
    missing = floored(mandate.quantity - filled_of(orders), rules.lot)
    if filled_of(orders) >= mandate.quantity:
        return End(Outcome.FILLED)
    if mandate.role.opens:
        over = _over(orders, rules, forgiven)
        if over is not None:
            return End(Outcome.GIVEN_UP, over)
    if missing <= 0 or missing < rules.least_quantity:
        return End(Outcome.GIVEN_UP, too_small(mandate.quantity - filled_of(orders), rules))
    kind = OrderKind.LIMIT if mandate.limit is not None and not _rested(orders, forgiven) else OrderKind.MARKET
    return Send(_cid(mandate, orders, kind), kind, missing)


def too_small(quantity: Decimal, rules: MarketRules) -> str:
    """Why so much is not ordered."""
    return (
        f"what is left, {quantity} {rules.base}, is less than the smallest order of {rules.venue} "
        f"({rules.least_quantity} and {rules.min_notional} {rules.quote})"
    )


def _standing(orders: tuple[WireOrder, ...], stood: int, patience: Patience) -> Step | None:
    """What is to be done with the first order that is not over."""
    for one in orders:
        if one.state.is_doubtful:
            return Ask(one)
        if not one.state.is_over:
            left = (patience.limit if one.kind is OrderKind.LIMIT else patience.market) - stood
            return Rest(one, left) if left > 0 else Withdraw(one)
    return None


def _over(orders: tuple[WireOrder, ...], rules: MarketRules, forgiven: str | None) -> str | None:
    """Why nothing more is opened."""
    for one in orders:
        if one.cid == forgiven:
            continue
        if one.state in (OrderState.REJECTED, OrderState.LOST):
            return one.why or f"{one.cid} is {one.state.value}"
        if one.kind is OrderKind.MARKET and one.remaining > 0:
            return f"the market gave {one.filled} of {one.quantity} within the collar of {one.limit}"
    if not rules.is_trading:
        return f"{rules.venue} does not trade {rules.symbol} now ({rules.status or 'no status'})"
    return None


def _rested(orders: tuple[WireOrder, ...], forgiven: str | None) -> bool:
    return any(one.cid != forgiven for one in orders)


def _cid(mandate: Mandate, orders: tuple[WireOrder, ...], kind: OrderKind) -> str:
    """The next client order id: a pure function of those that were used."""
    if kind is OrderKind.MARKET and mandate.limit is not None and not _used(mandate, orders, "m"):
        return f"{mandate.parent}-m"
    if not mandate.role.opens and any(one.remaining > 0 for one in orders):
        return f"{mandate.parent}-x{_used(mandate, orders, 'x') + 1}"
    slices = len(orders) - _used(mandate, orders, "m") - _used(mandate, orders, "x")
    return f"{mandate.parent}-{slices + 1}"


def _used(mandate: Mandate, orders: tuple[WireOrder, ...], mark: str) -> int:
    return sum(one.cid.startswith(f"{mandate.parent}-{mark}") for one in orders)
