"""Cancelling, which is over only when the venue says so."""

from models.types.failures import Ambiguous, NotSent
from models.types.wire import WireOrder
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.labels import At, label
from tasks.session.ordering.resolving import absorb, refresh, resolve, told


def cancel(desk: OrderDesk, order: WireOrder) -> WireOrder:
    """Cancel the order and ask until the venue says that it is over, with everything that was filled of it; not over
    where it did not say in time, and then a person is alerted.

    A doubtful order is asked for first: what is not there cannot be cancelled, and may yet come. Where the venue is to
    be left alone until a person has looked nothing more is asked there.

    Raises:
        Refused: this process is no longer the writer; nothing was sent.
    """
    known = desk.recorded(order)
    if known.state.is_doubtful:
        known = resolve(desk, known)
    until = desk.monotonic() + desk.settle
    while not known.state.is_over and not known.state.is_doubtful:
        known, wait = _try(desk, known)
        if known.state.is_over:
            break
        if wait is None or desk.monotonic() + wait > until:
            return _standing(desk, known)
        desk.clock.sleep(wait)
    desk.checkpoint(label(At.CONFIRMED, order.role))
    return known


def _try(desk: OrderDesk, order: WireOrder) -> tuple[WireOrder, int | None]:
    """(the order after one cancel and one question, microseconds to wait before the next or None: there is none)."""
    account, begun = desk.account(order.venue), desk.monotonic()
    desk.log.add_trades((), desk.clock.now())  # writes nothing, and is refused to who is no longer the writer
    desk.checkpoint(label(At.CANCELLING, order.role))
    if desk.monotonic() - begun >= account.sends_within // 2:
        return order, desk.poll  # stood still for so long that it may not be the writer any more: that is asked again
    report, wait = None, desk.poll
    try:
        report = account.cancel(order)
    except NotSent as error:
        if error.halts:
            return order, None
        wait = max(wait, error.retry_after)
    except Ambiguous:
        pass  # asked below, as after every answer
    desk.checkpoint(label(At.CANCELLED, order.role))
    if report is not None:
        absorb(desk, order, report)
    # What the answer says was filled may be older than the cancel: the venue's book is asked once more.
    return refresh(desk, order), wait


def _standing(desk: OrderDesk, order: WireOrder) -> WireOrder:
    text = f"{told(order)}: {order.venue} did not say that it is cancelled; look at the account there"
    desk.alert(f"order stands {order.cid}", "error", text)
    return order
