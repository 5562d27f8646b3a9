"""Selling a position, or a part of it, at market here and now."""

from decimal import Decimal

from models.orders import ceiled, collared, is_own_refusal
from models.types.wire import MarketRules, OrderState, Quote, Role, WireOrder
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import SECOND, OrderDesk
from tasks.session.ordering.held import NOTHING, Held, is_stop
from tasks.session.ordering.resting import child_of, sellable
from tasks.session.ordering.submitting import submit

# Orders of one sale, one after another, as long as the market gives only a part; the next look goes on.
ORDERS = 5
# What was refused is not asked for again before this.
PATIENCE = 60 * SECOND
# These go on until nothing is left.
LEAVING = (Role.STOP, Role.FLATTEN)
LETTERS = {Role.STOP: "f", Role.TARGET: "t", Role.PARTIAL: "p", Role.FLATTEN: "x"}


def sell(desk: OrderDesk, held: Held, quantity: Decimal, role: Role, level: Decimal) -> list[WireOrder]:
    """Sell `quantity` base units of the position at market, but no more than there is of it and the balance has: in
    several orders, each within the collar of a quote of its own, until nothing that the venue takes is left, the venue
    says no, or the collar was too near too often. `level` is what slippage is measured against.

    Nothing is sold of a stop that still rests: take it back first.

    Raises:
        Unavailable: the venue did not say how things stand; what was sold before is in the journal.
    """
    rules = desk.account(held.venue).rules(held.symbol)
    made: list[WireOrder] = []
    left = quantity if may_sell(desk, held, role) else NOTHING
    while left > NOTHING and len(made) < ORDERS:
        order, rules = _sell_once(desk, held, left, role, level, rules, len(made))
        if order is None:
            break
        made.append(order)
        left -= order.filled
        if not _may_go_on(order):
            break
    return made


def may_sell(desk: OrderDesk, held: Held, role: Role) -> bool:
    """Whether it may be tried: not again right after the venue refused, and what took a profit, but got nothing of it,
    waits as long; the stop that gives way for it would be taken back and placed again with every quote.
    """
    mine = [one for one in desk.log.children(held.entry_cid) if one.role is role and not is_stop(one)]
    newest = next((one for one in reversed(mine) if one.venue == held.venue), None)
    # What seems to be of the future was made before somebody set the clock back: nobody knows when.
    if newest is None or not 0 <= desk.clock.now() - newest.created_at < PATIENCE:
        return True
    return newest.state is not OrderState.REJECTED and (role in LEAVING or newest.filled > NOTHING)


def capped(quantity: Decimal, rules: MarketRules) -> Decimal:
    """The quantity as far as one order may have."""
    return quantity if rules.most_quantity is None else min(quantity, rules.most_quantity)


def is_dust(quantity: Decimal, price: Decimal, rules: MarketRules) -> bool:
    """Whether it is too small for any order at that price."""
    return quantity <= NOTHING or quantity < rules.least_quantity or quantity * price < rules.min_notional


def _sell_once(
    desk: OrderDesk, held: Held, left: Decimal, role: Role, level: Decimal, rules: MarketRules, number: int
) -> tuple[WireOrder | None, MarketRules]:
    """(the order, over or doubtful, None where too little is left; the rules by which it was made).

    One that was refused is made once more where the venue has changed its rules.
    """
    if number:
        desk.clock.sleep(desk.poll)
    quote = desk.account(held.venue).quote(held.symbol)
    quantity = capped(min(left, sellable(desk, held, rules)), rules)
    if is_dust(quantity, quote.bid, rules):
        return None, rules
    order = _sent(desk, _order(desk, held, quantity, role, level, quote, rules), quote)
    if order.state is not OrderState.REJECTED or is_own_refusal(order):
        return order, rules
    fresh = desk.account(held.venue).rules(held.symbol, fresh=True)
    if fresh == rules:
        return order, rules
    return _sell_once(desk, held, left, role, level, fresh, number + 1)


def _order(
    desk: OrderDesk, held: Held, quantity: Decimal, role: Role, level: Decimal, quote: Quote, rules: MarketRules
) -> WireOrder:
    # Venues weigh an order at its limit: that of a small one is nearer, so that it is not less than their smallest.
    least = ceiled(rules.min_notional / quantity, rules.tick)
    worst = max(collared(False, None, quote, desk.collar, rules.tick), least)
    return child_of(desk, held, role, LETTERS[role], quantity, level, limit=worst)


def _sent(desk: OrderDesk, order: WireOrder, quote: Quote) -> WireOrder:
    """Submitted, and taken back where the venue lets it rest."""
    sent = submit(desk, order, quote)
    return cancel(desk, sent) if sent.state is OrderState.OPEN else sent


def _may_go_on(order: WireOrder) -> bool:
    """Whether another order may follow: not where nobody knows what became of this one, or the venue said no."""
    return order.state in (OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED)
