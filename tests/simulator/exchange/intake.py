"""Whether a market takes a draft, and the order it becomes."""

from decimal import Decimal

from exchange.drafts import Draft
from exchange.market import Market
from exchange.orders import ALGO, Order
from exchange.refusals import CLOSED, DUPLICATE, WOULD_TAKE, WOULD_TRIGGER, rejected
from exchange.walk import quantity_for


def require_place(market: Market, draft: Draft) -> None:
    """Nothing, when the market takes it.

    Raises:
        ApiError: it is closed, the id is taken, or the price is on the wrong side.
    """
    if market.symbol.status != "TRADING":
        raise rejected(CLOSED)
    if market.is_taken(draft.client_id):
        raise rejected(DUPLICATE)
    if draft.type in ALGO and is_reached(draft, market.last):
        raise rejected(WOULD_TRIGGER)
    other = market.book.other_side(draft.is_buy)
    best = other.best()
    if draft.type == "LIMIT_MAKER" and best is not None and other.reaches(best.price, draft.price):
        raise rejected(WOULD_TAKE)


def order_of(market: Market, draft: Draft, now_ms: int, visible_after_ms: int) -> Order:
    """The order of a draft, not yet known to anybody; one by quote amount is turned into lots.

    Raises:
        ApiError: there is nobody to take that amount from, or it is less than the smallest quantity.
    """
    return Order(
        symbol=market.symbol.name,
        id=market.next_order_id(),
        client_id=draft.client_id,
        side=draft.side,
        type=draft.type,
        time_in_force=draft.time_in_force,
        price=draft.price,
        quantity=draft.quantity or _lots(market, draft),
        quote_quantity=draft.quote_quantity,
        stop_price=draft.stop_price,
        created_ms=now_ms,
        updated_ms=now_ms,
        working_ms=None if draft.type in ALGO else now_ms,
        strategy=draft.strategy,
        visible_ms=now_ms + visible_after_ms,
    )


def is_reached(order: Order | Draft, last: Decimal | None) -> bool:
    """Whether the last price triggers a stop."""
    if last is None:
        return False
    waits_below = order.is_buy == order.type.startswith("TAKE_PROFIT")
    return last <= order.stop_price if waits_below else last >= order.stop_price


def _lots(market: Market, draft: Draft) -> Decimal:
    side = market.book.other_side(draft.is_buy)
    if side.best() is None:
        raise rejected("Order book liquidity is less than symbol minimum quantity.")
    quantity = quantity_for(side, draft.quote_quantity, market.symbol.lot)
    if quantity < market.symbol.min_qty:
        raise rejected("Order book liquidity is less than `LOT_SIZE` filter minimum quantity.")
    return quantity
