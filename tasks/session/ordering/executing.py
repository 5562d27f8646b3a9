"""Working on a mandate until it is filled, given up, left for the next cycle, or in doubt.

Every turn looks at the journal first, so that a call after a crash goes on where the last one stood.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from models.orders import (
    Ask,
    Done,
    End,
    Mandate,
    Outcome,
    Rest,
    Send,
    Withdraw,
    ceiled,
    collared,
    floored,
    has_left,
    is_own_refusal,
    next_step,
    sliced,
    too_small,
)
from models.types import BadInput, Unavailable
from models.types.wire import MarketRules, OrderKind, OrderState, Quote, WireOrder
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.resolving import frozen_by, refresh, resolve
from tasks.session.ordering.submitting import is_halted, never_left, submit

# Orders of one call that may come back less than filled before what only reduces is left for the next cycle.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Course:
    """What one call has found out.

    Attributes:
        rules: of the venue, as last heard.
        forgiven: client order id that was refused by rules which have changed, None as long as there is none.
        since: when the newest order was sent, microseconds by the clock that nobody sets.
        failures: orders that came back less than filled.
    """

    rules: MarketRules
    since: int
    forgiven: str | None = None
    failures: int = 0


def execute(desk: OrderDesk, mandate: Mandate, rules: MarketRules) -> Done:
    """Order what the mandate wants and does not have yet, in slices, each within its collar; a limit first rests, and
    what is left of it goes to market. Nothing of it is left standing but where the venue does not say.

    Raises:
        BadInput: its orders so far went to another venue, or the venue has no account.
        Refused: this process is no longer the writer.
        Unavailable: the venue does not say its rules.
    """
    course = Course(rules, _since(desk, mandate))
    _tell_closed(desk, mandate, rules)
    while True:
        orders = _orders_of(desk, mandate)
        stood = desk.monotonic() - course.since
        step = next_step(mandate, orders, course.rules, stood, desk.patience, course.forgiven)
        ended: End | None
        if isinstance(step, Send):
            course, ended = _order(desk, mandate, course, step, orders)
        else:
            ended = _stand(desk, mandate, step)
        if ended is not None:
            return _done(desk, mandate, ended)


def _orders_of(desk: OrderDesk, mandate: Mandate) -> tuple[WireOrder, ...]:
    """The mandate's own orders: those that protect what it opened have the same parent and other roles."""
    orders = tuple(one for one in desk.log.children(mandate.parent) if one.role is mandate.role)
    elsewhere = [one.venue for one in orders if one.venue != mandate.venue]
    if elsewhere:
        raise BadInput(
            f"orders of {mandate.parent} went to {elsewhere[0]}, not to {mandate.venue}; go on where it was begun"
        )
    return orders


def _since(desk: OrderDesk, mandate: Mandate) -> int:
    """When the newest order of an earlier call was sent. Only the clock on the wall was there to tell, which may have
    been set: it cannot make the order younger than this call.
    """
    orders, now = _orders_of(desk, mandate), desk.clock.now()
    return desk.monotonic() - (max(now - orders[-1].created_at, 0) if orders else 0)


def _stand(desk: OrderDesk, mandate: Mandate, step: Ask | Rest | Withdraw | End) -> End | None:
    """Do what concerns an order that is there already."""
    if isinstance(step, Ask):
        asked = resolve(desk, step.order)
        return _denied(desk, mandate, asked) or _doubt(asked)
    if isinstance(step, Rest):
        if step.order.role.opens and desk.log.standing(desk.clock.now(), mandate.book).stop_reason is not None:
            return _withdrawn(desk, step.order)
        desk.clock.sleep(min(desk.poll, step.left))
        refresh(desk, step.order)
        return None
    if isinstance(step, Withdraw):
        return _withdrawn(desk, step.order)
    return step


def _withdrawn(desk: OrderDesk, order: WireOrder) -> End | None:
    left = cancel(desk, order)
    why = f"{left.venue} did not say that {left.cid} is over"
    return None if left.state.is_over else End(Outcome.DOUBTFUL, why)


def _doubt(order: WireOrder) -> End | None:
    if order.state.is_doubtful:
        return End(Outcome.DOUBTFUL, f"{order.venue} did not say what became of {order.cid}")
    return None


def _denied(desk: OrderDesk, mandate: Mandate, order: WireOrder) -> End | None:
    """What only reduces is not ordered again at once where the venue said that it had none: it may yet change its mind,
    and the next cycle asks it first. Nor where nothing more may be sent there.
    """
    if order.state is not OrderState.LOST or mandate.role.opens or (never_left(order) and not is_halted(order)):
        return None
    return _leave(desk, mandate, order, order.why)


def _leave(desk: OrderDesk, mandate: Mandate, order: WireOrder, why: str) -> End:
    text = f"{mandate.role.value} {mandate.parent} of {mandate.symbol} is left for the next cycle: {why}"
    desk.alert(f"exit left {order.cid}", "error", text)
    return End(Outcome.LEFT, why)


def _order(
    desk: OrderDesk, mandate: Mandate, course: Course, step: Send, orders: tuple[WireOrder, ...]
) -> tuple[Course, End | None]:
    """Send the next order, where the market and the symbol allow it."""
    if orders:
        desk.clock.sleep(max(course.since + desk.pause - desk.monotonic(), 0))
    quote = _quote(desk, mandate)
    barred = _barred(desk, mandate, quote)
    if barred is not None:
        return course, barred
    order = _next_order(desk, mandate, course.rules, step, quote)
    if order is None:
        return course, End(Outcome.GIVEN_UP, too_small(step.quantity, course.rules))
    course = replace(course, since=desk.monotonic())
    return _judge(desk, mandate, course, submit(desk, order, quote))


def _quote(desk: OrderDesk, mandate: Mandate) -> Quote | None:
    try:
        return desk.account(mandate.venue).quote(mandate.symbol)
    except Unavailable:
        return None  # what only reduces goes without one


def _barred(desk: OrderDesk, mandate: Mandate, quote: Quote | None) -> End | None:
    """Why nothing is sent now."""
    doubts = ", ".join(one.cid for one in frozen_by(desk, mandate.book, mandate.symbol))
    if doubts:
        return End(Outcome.DOUBTFUL, f"{mandate.symbol} is frozen: nobody knows what became of {doubts}")
    if not mandate.role.opens:
        return None
    if quote is None:
        return _give_up(desk, mandate, f"{mandate.venue} gave no quote of {mandate.symbol}")
    if has_left(mandate.is_buy, mandate.reference, quote, desk.collar):
        found = f"{mandate.symbol} is at {quote.bid} to {quote.ask}"
        return _give_up(desk, mandate, f"{found}, farther than {desk.collar} from {mandate.reference}")
    return None


def _give_up(desk: OrderDesk, mandate: Mandate, why: str) -> End:
    desk.alert(f"entry given up {mandate.parent}", "warning", f"{mandate.role.value} {mandate.parent}: {why}")
    return End(Outcome.GIVEN_UP, why)


def _next_order(
    desk: OrderDesk, mandate: Mandate, rules: MarketRules, step: Send, quote: Quote | None
) -> WireOrder | None:
    """The order of a step; None where it would be smaller than the venue takes."""
    limit = _limit(desk, mandate, rules, step, quote)
    if step.quantity * limit < rules.min_notional:
        return None
    quantity = step.quantity
    if step.kind is OrderKind.MARKET:
        quantity = sliced(quantity, limit, desk.slice_value, rules.lot, rules.min_notional)[0]
    if rules.most_quantity is not None:
        quantity = min(quantity, floored(rules.most_quantity, rules.lot))
    return WireOrder(
        cid=step.cid,
        parent=mandate.parent,
        book=mandate.book,
        system=mandate.system,
        venue=mandate.venue,
        symbol=mandate.symbol,
        role=mandate.role,
        kind=step.kind,
        is_buy=mandate.is_buy,
        quantity=quantity,
        limit=limit,
        stop=None,
        reference=mandate.reference,
        decided_at=mandate.decided_at,
        created_at=desk.clock.now(),
    )


def _limit(desk: OrderDesk, mandate: Mandate, rules: MarketRules, step: Send, quote: Quote | None) -> Decimal:
    if step.kind is OrderKind.LIMIT and mandate.limit is not None:
        rounded = floored if mandate.is_buy else ceiled
        return rounded(mandate.limit, rules.tick)
    # What reduces leaves wherever the market is; only without a quote it is held to its decision.
    bound = mandate.reference if mandate.role.opens or quote is None else None
    return collared(mandate.is_buy, bound, quote, desk.collar, rules.tick)


def _judge(desk: OrderDesk, mandate: Mandate, course: Course, order: WireOrder) -> tuple[Course, End | None]:
    """What is to be done after an order came back."""
    if order.state.is_doubtful:
        return course, _doubt(order)
    if order.state is OrderState.REJECTED:
        return _after_refusal(desk, mandate, course, order)
    denied = _denied(desk, mandate, order)
    if denied is not None:
        return course, denied
    if mandate.role.opens or not order.state.is_over or not order.remaining:
        return course, None
    failures = course.failures + 1
    if failures < ATTEMPTS:
        return replace(course, failures=failures), None
    why = f"{failures} orders were not filled, the last one within {order.limit}: {order.why or order.state.value}"
    return course, _leave(desk, mandate, order, why)


def _after_refusal(desk: OrderDesk, mandate: Mandate, course: Course, order: WireOrder) -> tuple[Course, End | None]:
    """Once, and only where the venue has changed its rules, another order is made by them."""
    if course.forgiven is None:
        fresh = _rules_now(desk, mandate, course.rules, ask=not is_own_refusal(order))
        if fresh != course.rules:
            _tell_closed(desk, mandate, fresh)
            return replace(course, rules=fresh, forgiven=order.cid), None
    return course, End(Outcome.GIVEN_UP if mandate.role.opens else Outcome.LEFT, order.why)


def _rules_now(desk: OrderDesk, mandate: Mandate, rules: MarketRules, ask: bool) -> MarketRules:
    try:
        return desk.account(mandate.venue).rules(mandate.symbol, fresh=ask)
    except Unavailable:
        return rules  # no others are known


def _tell_closed(desk: OrderDesk, mandate: Mandate, rules: MarketRules) -> None:
    if not rules.is_trading:
        severity = "warning" if mandate.role.opens else "error"
        text = f"{rules.venue} does not trade {rules.symbol} now ({rules.status or 'no status'})"
        desk.alert(
            f"not trading {rules.venue} {rules.symbol} {rules.status}", severity, f"{text}; look at {mandate.parent}"
        )


def _done(desk: OrderDesk, mandate: Mandate, ended: End) -> Done:
    return Done(mandate, _orders_of(desk, mandate), ended.outcome, ended.why)
