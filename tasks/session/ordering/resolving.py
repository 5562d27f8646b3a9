"""Asking a venue what became of an order. A doubtful order is asked for, and never sent again."""

import logging
from decimal import Decimal

from models.orders import slippage_bps
from models.types import BadInput, Unavailable
from models.types.transitions import is_corrected
from models.types.wire import OrderState, Report, VenueTrade, WireOrder
from tasks.session.ordering.desk import SECOND, OrderDesk
from tasks.session.ordering.labels import At, label
from tasks.session.tracing import about

logger = logging.getLogger(__name__)
# So often the venue says that it has no such order before it is believed.
DENIALS = 3
# Until then, by the venue's own clock, a fill that no known order explains may be the order's; afterwards the venue,
# which goes on denying the order, has long listed it, and the fill is somebody else's.
RECORDED = 600 * SECOND
# A venue's clock may be behind ours when it dates a fill.
SKEW = 60 * SECOND


def frozen_by(desk: OrderDesk, book: str, symbol: str) -> list[WireOrder]:
    """Doubtful orders of a book in a symbol: as long as there are any nothing but a cancel is sent in it."""
    return [one for one in desk.log.doubtful(book) if one.symbol == symbol]


def resolve(desk: OrderDesk, order: WireOrder) -> WireOrder:
    """Ask what became of a doubtful order until the venue says so or the time for it is over.

    It is LOST once the venue has denied it DENIALS times, later than any request for it may still be accepted, and has
    no fill that could be its. Else it stays UNKNOWN, the symbol is frozen, and a person is alerted.

    That time begins with the first question here, however old the order says it is: somebody may have set the clock.
    """
    begun, denials = desk.monotonic(), 0
    patience = desk.account(order.venue).sends_within + desk.settle
    while True:
        heard, denied = _ask(desk, order)
        if not heard.state.is_doubtful:
            desk.checkpoint(label(At.ASKED, order.role))
            return heard
        denials += denied
        left = begun + patience - desk.monotonic()
        if left < 0 and denials >= DENIALS and _has_no_fill(desk, order):
            return _lost(desk, order, denials)
        if left < 0:
            return _unknown(desk, order)
        desk.clock.sleep(min(desk.poll, left + 1))


def refresh(desk: OrderDesk, order: WireOrder) -> WireOrder:
    """The order and its fills as the venue has them now; as the journal has it where the venue does not say."""
    heard, denied = _ask(desk, order)
    if denied and not heard.state.is_over:
        text = f"{order.venue} says that it has no order {order.cid}, which it had; look at the account there"
        desk.alert(f"order vanished {order.cid}", "error", text)
    return heard


def absorb(desk: OrderDesk, order: WireOrder, report: Report) -> WireOrder:
    """The order after what the venue said of it, with its fills; UNKNOWN where that cannot be of this order."""
    if report.cid != order.cid:
        return doubted(desk, order, f"{order.venue} answered for {order.cid} with the order {report.cid}")
    try:
        heard = desk.log.absorb(report, desk.clock.now())
    except BadInput as error:
        return doubted(desk, order, str(error))
    if heard is None:
        raise BadInput(f"the journal has no order {order.cid}; admit it first")
    if (heard.state, heard.filled) != (order.state, order.filled):
        logger.info("order heard", extra=about(heard) | {"exchange_id": heard.exchange_id, "why": heard.why})
    if is_corrected(order, heard):
        text = f"{order.venue} has the order {order.cid} of {order.symbol}, which was {order.state.value}; look at it"
        desk.alert(f"order back {order.cid}", "error", text)
    return complete(desk, heard)


def complete(desk: OrderDesk, order: WireOrder) -> WireOrder:
    """The order with those of its fills that the journal lacks; without them where the venue does not say: whoever
    reconciles the account asks for them again.
    """
    if order.filled <= sum((one.quantity for one in desk.log.trades_of(order.cid)), Decimal(0)):
        return order
    if _fetch_trades(desk, order) is None:
        return order
    return desk.recorded(order)


def doubted(desk: OrderDesk, order: WireOrder, why: str) -> WireOrder:
    """The order, UNKNOWN unless more is known of it."""
    return desk.log.mark(order.cid, OrderState.UNKNOWN, why, desk.clock.now())


def told(order: WireOrder) -> str:
    """An order in a few words for people."""
    side = "buy" if order.is_buy else "sell"
    slip = slippage_bps(order)
    cost = "" if slip is None else f" at {slip:.1f} bps from {order.reference}"
    return (
        f"{order.role.value} {order.cid}: {side} {order.quantity} {order.symbol} at {order.venue}, {order.state.value}"
        + (f", {order.filled} filled{cost}")
    )


def _ask(desk: OrderDesk, order: WireOrder) -> tuple[WireOrder, bool]:
    """(the order as it is known now, whether the venue denied that it has it)."""
    try:
        report = desk.account(order.venue).find(order)
    except Unavailable:
        # Nothing was said, which is no denial.
        return desk.recorded(order), False
    if report is None:
        return desk.recorded(order), True
    return absorb(desk, order, report), False


def _has_no_fill(desk: OrderDesk, order: WireOrder) -> bool:
    """Whether the venue says that no fill may be of this order. One of the same side that no known order explains may
    be, for a while: venues name their own order there, whose id we never heard.
    """
    trades = _fetch_trades(desk, order)
    if trades is None or any(one.cid == order.cid for one in trades):
        return False
    known = _explaining(desk, order)
    same = [one for one in trades if one.is_buy is order.is_buy and one.cid is None]
    return all(one.exchange_id in known for one in same) or _is_listed(desk, order)


def _explaining(desk: OrderDesk, order: WireOrder) -> set[str]:
    """The venue's ids of the other orders in the symbol: some venues count them symbol by symbol."""
    others = (one for one in desk.log.orders_of_book(order.book) if one.cid != order.cid and one.exchange_id)
    return {one.exchange_id for one in others if (one.venue, one.symbol) == (order.venue, order.symbol)}


def _is_listed(desk: OrderDesk, order: WireOrder) -> bool:
    """Whether the order is so old that the venue would have it in its list. It was near the venue's clock when it was
    sent, or would have been turned away; ours may have been set since.
    """
    try:
        return desk.account(order.venue).time() - order.created_at > RECORDED
    except Unavailable:
        return False


def _fetch_trades(desk: OrderDesk, order: WireOrder) -> list[VenueTrade] | None:
    """Write every fill of the symbol since the order was made; None: the venue does not say."""
    try:
        trades = desk.account(order.venue).trades(order.symbol, order.created_at - SKEW)
    except Unavailable:
        return None
    desk.log.add_trades(trades, desk.clock.now())
    return trades


def _lost(desk: OrderDesk, order: WireOrder, denials: int) -> WireOrder:
    why = f"{order.venue} said {denials} times that it has no such order, and has no fill of it"
    lost = desk.log.mark(order.cid, OrderState.LOST, why, desk.clock.now())
    desk.checkpoint(label(At.ASKED, order.role))
    logger.warning("order lost", extra=about(lost) | {"why": why})
    desk.alert(f"order lost {order.cid}", "warning", f"{told(lost)}: {why}")
    return lost


def _unknown(desk: OrderDesk, order: WireOrder) -> WireOrder:
    why = order.why or f"{order.venue} did not say clearly whether it has it"
    unknown = doubted(desk, order, why)
    desk.checkpoint(label(At.ASKED, order.role))
    if unknown.state.is_doubtful:
        logger.warning("order unknown", extra=about(unknown) | {"why": why})
        text = f"{told(unknown)}: {why}; {order.symbol} is frozen until the venue says what became of it"
        desk.alert(f"order unknown {order.cid}", "error", text)
    return unknown
