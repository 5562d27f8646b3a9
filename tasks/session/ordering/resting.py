"""The stops of a position that rest at its venue: which there are, and how they are taken back."""

from decimal import Decimal

from models.orders import floored
from models.types.wire import MarketRules, OrderKind, OrderState, Report, Role, WireOrder
from tasks.session.ordering.cancelling import cancel
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.held import NOTHING, Held, is_stop, quantity_now
from tasks.session.ordering.resolving import frozen_by, refresh, resolve

# The `why` of a stop that we took back ourselves.
RELEASED = "taken back to be replaced or to sell"


def is_clear(desk: OrderDesk, held: Held) -> bool:
    """Ask what became of every doubtful order of the book in the symbol; whether none is left: else nothing but a
    cancel may be sent in it.
    """
    for order in frozen_by(desk, held.book, held.symbol):
        resolve(desk, order)
    return not frozen_by(desk, held.book, held.symbol)


def stops_of(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Its stops that are not over, as the journal has them, the oldest first."""
    mine = [one for one in desk.log.live_orders(held.venue) if is_stop(one) and _is_of(one, held)]
    return sorted(mine, key=lambda one: (one.created_at, one.cid))


def heard_stops(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Its stops that are not over, as the venue has them now; as the journal has those of which it does not say."""
    for order in stops_of(desk, held):
        refresh(desk, order)
    return stops_of(desk, held)


def release(desk: OrderDesk, held: Held) -> bool:
    """Take back every stop of the position; whether all are over. What was filled of them meanwhile is in the journal.

    A position without its stop is not protected: sell, or protect it again.
    """
    for order in stops_of(desk, held):
        desk.log.absorb(_released(desk, order), desk.clock.now())
        cancel(desk, order)
    return not stops_of(desk, held)


def lost_stops(desk: OrderDesk, held: Held) -> int:
    """How many stops of the position somebody else ended before they had sold what they were for."""
    return sum(
        one.state in (OrderState.CANCELED, OrderState.EXPIRED) and one.why != RELEASED for one in stops_made(desk, held)
    )


def stops_made(desk: OrderDesk, held: Held) -> list[WireOrder]:
    """Every stop that was ever made for the position at its venue, the oldest first."""
    made = [one for one in desk.log.children(held.entry_cid) if is_stop(one) and one.venue == held.venue]
    return sorted(made, key=lambda one: (one.created_at, len(one.cid), one.cid))


def sellable(desk: OrderDesk, held: Held, rules: MarketRules, resting: Decimal = NOTHING) -> Decimal:
    """Base units of the position that an order may sell now, on the lot grid: those that are held and no other order
    sells already, as far as the balance has them; `resting` units that its own stops bind count as free.

    Raises:
        Unavailable: the venue did not say what the balance has.
    """
    return floored(max(min(unsold(desk, held), free(desk, held, rules) + resting), NOTHING), rules.lot)


def free(desk: OrderDesk, held: Held, rules: MarketRules) -> Decimal:
    """Base units at the venue that no open order binds.

    Raises:
        Unavailable: the venue did not say.
    """
    balance = desk.account(held.venue).balances().get(rules.base)
    return NOTHING if balance is None else balance.free


def unsold(desk: OrderDesk, held: Held) -> Decimal:
    """Base units held, without those that an order of the position is about to sell; its stops are no such orders."""
    selling = [
        one for one in desk.log.live_orders(held.venue) if _is_of(one, held) and not one.is_buy and not is_stop(one)
    ]
    return max(quantity_now(desk.log, held) - sum((one.remaining for one in selling), NOTHING), NOTHING)


def child_of(
    desk: OrderDesk,
    held: Held,
    role: Role,
    letter: str,
    quantity: Decimal,
    reference: Decimal,
    limit: Decimal | None = None,
    stop: Decimal | None = None,
) -> WireOrder:
    """The next order of its kind (`letter`) that sells of the position: at market where there is no `stop`."""
    head = f"{held.entry_cid}-{letter}"
    number = sum(one.cid.startswith(head) for one in desk.log.children(held.entry_cid)) + 1
    now = desk.clock.now()
    return WireOrder(
        cid=f"{head}{number}",
        parent=held.entry_cid,
        book=held.book,
        system=held.system,
        venue=held.venue,
        symbol=held.symbol,
        role=role,
        kind=OrderKind.MARKET if stop is None else OrderKind.STOP,
        is_buy=False,
        quantity=quantity,
        limit=limit,
        stop=stop,
        reference=reference,
        decided_at=now,
        created_at=now,
    )


def _is_of(order: WireOrder, held: Held) -> bool:
    mine = order.book, order.system, order.venue, order.symbol
    return mine == (held.book, held.system, held.venue, held.symbol)


def _released(desk: OrderDesk, order: WireOrder) -> Report:
    """The order as it is known, with our reason: so that after a crash nobody takes its end for somebody else's act."""
    return Report(
        venue=order.venue,
        symbol=order.symbol,
        cid=order.cid,
        exchange_id=order.exchange_id,
        state=order.state,
        is_buy=order.is_buy,
        quantity=order.quantity,
        filled=order.filled,
        value=order.value,
        at=desk.clock.now(),
        why=RELEASED,
    )
