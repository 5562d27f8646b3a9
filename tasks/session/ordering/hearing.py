"""What a venue says of all its orders and fills at once, and what becomes of ours by it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from data.journal import VenueLedger
from models.types import BadInput
from models.types.transitions import advanced
from models.types.wire import OrderKind, OrderState, Report, Role, WireOrder
from tasks.ports import VenueAccount
from tasks.session.ordering.desk import SECOND, OrderDesk
from tasks.session.ordering.held import brought, is_stop
from tasks.session.ordering.resolving import SKEW, absorb, complete, refresh, told

# Fills are asked for from so long before the newest that is known: another order's may have come to us later.
OVERLAP = 3600 * SECOND
ENDED = (OrderState.CANCELED, OrderState.EXPIRED)
# How a stop is named by the order that it protects, see `child_of`.
STOP_NAME = re.compile(r"(?P<parent>.+)-s[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a venue's list of open orders leaves unexplained.

    Attributes:
        strays: orders there that are none of ours, or that are over by the journal.
        missing: orders of ours that are not over by the journal, and not there.
    """

    strays: tuple[Report, ...]
    missing: tuple[WireOrder, ...]


def listen(desk: OrderDesk, venue: str) -> Listed:
    """Ask a venue for all of its open orders, and write what is new of ours: one question, however many there are.

    Raises:
        Unavailable: it did not say, or not all of them.
    """
    account = desk.account(venue)
    reports, live = account.open_orders(), desk.log.live_orders(venue)
    known = _names(account, live)
    met: dict[str, Report] = {}
    strays: list[Report] = []
    for report in reports:
        names = (report.symbol, report.exchange_id), (report.symbol, report.cid or "")
        order = known.get(names[0]) or known.get(names[1]) or _again(desk, venue, report)
        order = order or _taken_in(desk, report)
        if order is None:
            strays.append(report)
        else:
            met[order.cid] = report
            _hear(desk, order, replace(report, cid=order.cid))
    return Listed(tuple(strays), tuple(one for one in live if one.cid not in met))


def follow(desk: OrderDesk, order: WireOrder) -> WireOrder:
    """An order that was open and is not listed any more: what the venue says became of it; a person hears of one that
    somebody else has ended.
    """
    heard = refresh(desk, order)
    if heard.state in ENDED and order.state is OrderState.OPEN and order.cid not in desk.log.released(order.parent):
        text = f"{told(heard)}: ended at {order.venue} while nobody here had asked for it, or was cut off as they did"
        desk.alert(f"order ended {order.cid}", "warning", text)
    return heard


def fetch_fills(desk: OrderDesk, venue: str, symbols: Iterable[str]) -> None:
    """Write every fill of the account in the symbols that the journal may lack, whoever ordered it, and those of orders
    of ours that are known to be filled further than their fills say.

    Raises:
        Unavailable: the venue did not say, or not all of them.
    """
    ledger, account, now = VenueLedger(desk.log.engine, venue), desk.account(venue), desk.clock.now()
    first = ledger.first_order()
    for symbol in symbols:
        newest = desk.log.newest_trade(venue, symbol)
        begun = now - OVERLAP if first is None else first - SKEW
        trades = account.trades(symbol, begun if newest is None else newest - OVERLAP)
        desk.log.add_trades(trades, desk.clock.now())
    for order in lacking(desk, venue):
        complete(desk, order)


def lacking(desk: OrderDesk, venue: str) -> list[WireOrder]:
    """Orders of ours at the venue, of any book, whose fills are not all known."""
    books = VenueLedger(desk.log.engine, venue).books()
    return [one for book in books for one in desk.log.lacking(book) if one.venue == venue]


def quoted(desk: OrderDesk, venue: str, symbols: Iterable[str]) -> tuple[str, ...]:
    """Those of the symbols that the venue has a market in.

    Raises:
        Unavailable: it did not say.
    """
    return tuple(one for one in symbols if _has(desk.account(venue), one))


def _has(account: VenueAccount, symbol: str) -> bool:
    try:
        account.rules(symbol)
    except BadInput:
        return False
    return True


def _names(account: VenueAccount, live: Iterable[WireOrder]) -> dict[tuple[str, str], WireOrder]:
    """Orders by symbol and every name that the venue may call them by in it: it may have a form of its own for ours,
    and number its orders symbol by symbol.
    """
    wire_id = getattr(account, "wire_id", str)
    found: dict[tuple[str, str], WireOrder] = {}
    for one in live:
        for name in (one.cid, wire_id(one.cid), one.exchange_id):
            if name:
                found[one.symbol, name] = one
    return found


def _again(desk: OrderDesk, venue: str, report: Report) -> WireOrder | None:
    """An order of ours that was thought not to be there; None where none is, or where it is over for other reasons."""
    order = VenueLedger(desk.log.engine, venue).order_of(report)
    if order is None or not order.state.is_over:
        return order
    heard = absorb(desk, order, replace(report, cid=order.cid))
    return None if heard.state.is_over else heard


def _taken_in(desk: OrderDesk, report: Report) -> WireOrder | None:
    """The order of a stop that stands at the venue and that only its name is known of: the journal has the entry that
    it protects, and is a copy of before it was placed. It is written as admitted now; where the venue says no level,
    whoever protects the position puts another one in its place. None where it is no such stop, or covers more than this
    journal knows to be bought: a person has to look then.
    """
    named = STOP_NAME.fullmatch(report.cid or "")
    if named is None or report.cid is None or report.is_buy or report.quantity <= 0:
        return None
    parent, place = named["parent"], (report.venue, report.symbol)
    mine = [one for one in desk.log.children(parent) if (one.venue, one.symbol) == place]
    entry = next((one for one in mine if one.role.opens), None)
    if entry is None or desk.log.order(report.cid) is not None or _beyond(desk, entry, report):
        return None
    now = desk.clock.now()
    stops = [one for one in mine if is_stop(one)]
    for one in stops:
        if not one.state.is_over:
            # That a later one stands says who gave it up.
            desk.log.note_release(one.cid, f"given up for {report.cid}", now)
    order = WireOrder(
        cid=report.cid,
        parent=parent,
        book=entry.book,
        system=entry.system,
        venue=report.venue,
        symbol=report.symbol,
        role=Role.STOP,
        kind=OrderKind.STOP,
        is_buy=False,
        quantity=report.quantity,
        limit=None,
        stop=report.stop,
        reference=report.stop or (stops[-1] if stops else entry).reference,
        decided_at=now,
        created_at=now,
    )
    desk.log.admit(order, lambda _standing: None, now)
    text = f"{told(order)}: it protects what {entry.cid} bought, and was placed after this journal was copied; taken in"
    desk.alert(f"order taken in {order.cid}", "warning", text)
    return order


def _beyond(desk: OrderDesk, entry: WireOrder, report: Report) -> bool:
    """Whether a stop covers more than the orders of its row brought or may still bring at the venue."""
    orders, _ = desk.log.behind(entry.book, entry.system, entry.symbol, entry.parent)
    here = [(one, trades) for one, trades in orders if one.venue == report.venue]
    known = sum((brought(one, trades) for one, trades in here), Decimal(0))
    coming = sum((one.remaining for one, _ in here if one.role.opens and not one.state.is_over), Decimal(0))
    return report.quantity - report.filled > known + coming


def _hear(desk: OrderDesk, order: WireOrder, report: Report) -> None:
    """Write only what is new: most of a long list is not."""
    is_odd = (report.symbol, report.is_buy) != (order.symbol, order.is_buy)
    if report.trades or is_odd or advanced(order, report) != order:
        absorb(desk, order, report)
