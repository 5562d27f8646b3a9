"""An order on its way to the wire: durable first, sent once, and never again whatever the answer is."""

import logging
from dataclasses import replace

from data.journal import LiveLog
from models.orders import GateReason, Standing, refused, says
from models.types.failures import Ambiguous, NotSent, OrderFailed, Rejected
from models.types.wire import MarketRules, OrderState, Quote, WireOrder
from tasks.ports import VenueAccount
from tasks.session.ordering.desk import KEEL, SECOND, OrderDesk
from tasks.session.ordering.labels import At, label
from tasks.session.ordering.resolving import absorb, doubted, frozen_by, resolve, told
from tasks.session.tracing import about

logger = logging.getLogger(__name__)
# How the `why` of an order begins that is LOST because it never left; and where nothing else may leave either.
UNSENT = "not sent"
HALTED = f"{UNSENT}, and nothing more until a person has looked"


def never_left(order: WireOrder) -> bool:
    """Whether it is certain without asking that no venue ever had the order."""
    return order.state is OrderState.LOST and order.why.startswith(UNSENT)


def is_halted(order: WireOrder) -> bool:
    """Whether the order never left, and the venue is to be left alone until a person has looked."""
    return order.state is OrderState.LOST and order.why.startswith(HALTED)


def submit(desk: OrderDesk, order: WireOrder, quote: Quote | None) -> WireOrder:
    """Let the gate judge the order by the venue's rules and `quote`, write it, send it, and write what became of it.

    The order comes back REJECTED where the gate or the venue refused it, LOST where it never left, UNKNOWN where the
    venue was asked and did not say; its `why` has the reason.

    Raises:
        Refused: its client order id was used before, or this process is no longer the writer.
        Unavailable: the venue does not say its rules; nothing was written or sent.
    """
    account = desk.account(order.venue)
    rules = account.rules(order.symbol)
    begun, now = desk.monotonic(), desk.clock.now()
    admitted = replace(order, created_at=now)
    why = desk.log.admit(admitted, lambda standing: _judged(desk, admitted, standing, now, quote, rules), now)
    if why is not None:
        return _refused(desk, admitted)
    desk.checkpoint(label(At.ADMITTED, order.role))
    if desk.monotonic() - begun >= account.sends_within // 2:
        return _late(desk, admitted)
    return _send(desk, account, admitted)


def _judged(
    desk: OrderDesk, order: WireOrder, standing: Standing, now: int, quote: Quote | None, rules: MarketRules
) -> str | None:
    why = refused(order, standing, desk.caps, now, quote, rules)
    return why or _frozen(desk, order) or _nameless(desk, order)


def _frozen(desk: OrderDesk, order: WireOrder) -> str | None:
    frozen = frozen_by(desk, order.book, order.symbol)
    doubts = ", ".join(one.cid for one in frozen if order.role.opens or not one.role.opens)
    return says(GateReason.FROZEN, f"found {doubts}; wait until the venue says") if doubts else None


def _nameless(desk: OrderDesk, order: WireOrder) -> str | None:
    if desk.account(order.venue).keeps_ids or not order.role.opens:
        return None
    return says(GateReason.FROZEN, f"found that {order.venue} does not keep client order ids; see what stands there")


def _send(desk: OrderDesk, account: VenueAccount, order: WireOrder) -> WireOrder:
    failed: OrderFailed | None = None
    begun = desk.monotonic()
    logger.info("order submitted", extra=about(order) | {"limit": str(order.limit), "kind": order.kind.value})
    try:
        report = account.submit(order)
    except (Rejected, NotSent, Ambiguous) as error:
        failed = error
    desk.checkpoint(label(At.SENT, order.role))
    seconds = (desk.monotonic() - begun) / SECOND
    heard = absorb(desk, order, report) if failed is None else _failed(desk, order, failed)
    logger.info(_answer(failed), extra=about(heard) | {"seconds": seconds, "why": heard.why})
    desk.checkpoint(label(At.ABSORBED, order.role))
    if not account.keeps_ids:
        _renounce(desk, order)
    return resolve(desk, heard) if heard.state.is_doubtful else heard


def _answer(failed: OrderFailed | None) -> str:
    if failed is None:
        return "order acknowledged"
    if isinstance(failed, Rejected):
        return "order rejected"
    return "order not sent" if isinstance(failed, NotSent) else "order in doubt"


def _renounce(desk: OrderDesk, order: WireOrder) -> None:
    """No more live trading at a venue that does not keep client order ids, until a person confirms it anew."""
    log, why = LiveLog(desk.log.engine), f"order {order.cid} came back under another client order id"
    if log.in_force(order.venue) is not None:
        log.revoke(order.venue, KEEL, why, desk.clock.now())
    text = f"{why}: nothing more is opened at {order.venue}, and live trading there is revoked; see what stands there"
    desk.alert(f"no ids {order.venue}", "error", text)


def _failed(desk: OrderDesk, order: WireOrder, failed: OrderFailed) -> WireOrder:
    """The order after a failure, by what may be done next."""
    now, said = desk.clock.now(), f"{failed.code}: {failed}" if failed.code else str(failed)
    if isinstance(failed, Rejected):
        rejected = desk.log.mark(order.cid, OrderState.REJECTED, said, now)
        severity = "warning" if order.role.opens else "error"
        desk.alert(f"order rejected {order.cid}", severity, f"{told(rejected)}: {said}")
        return rejected
    if isinstance(failed, NotSent):
        begin = HALTED if failed.halts else UNSENT
        unsent = desk.log.mark(order.cid, OrderState.LOST, f"{begin}: {said}", now)
        _tell_unsent(desk, unsent, failed)
        return unsent
    return doubted(desk, order, said)


def _tell_unsent(desk: OrderDesk, order: WireOrder, failed: NotSent) -> None:
    if failed.halts:
        text = f"{told(order)}: {order.why}; look at the keys, the clock and the account at {order.venue}"
        desk.alert(f"venue halted {order.venue} {failed.code}", "error", text)
    else:
        severity = "warning" if order.role.opens else "error"
        wait = f"; {order.venue} is left alone for {failed.retry_after / 1e6:g} s" if failed.retry_after else ""
        desk.alert(f"order not sent {order.cid}", severity, f"{told(order)}: {order.why}{wait}")


def _refused(desk: OrderDesk, order: WireOrder) -> WireOrder:
    refusal = desk.recorded(order)
    logger.info("order refused by the last gate", extra=about(refusal) | {"why": refusal.why})
    severity = "warning" if order.role.opens else "error"
    desk.alert(f"order refused {order.cid}", severity, f"{told(refusal)}: {refusal.why}")
    return refusal


def _late(desk: OrderDesk, order: WireOrder) -> WireOrder:
    """It was not sent: whoever stood still for so long may have been declared dead, and its order lost."""
    why = f"{UNSENT}: this process stood still after it was admitted; decide anew"
    logger.warning("order not sent", extra=about(order) | {"why": why})
    return desk.log.mark(order.cid, OrderState.LOST, why, desk.clock.now())
