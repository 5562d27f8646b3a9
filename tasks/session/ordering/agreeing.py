"""Whether a journal agrees with itself: what its books hold, and what their orders brought."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from data.journal import Decision, HoldingKind, Journal, OrderLog, VenueLedger
from tasks.session.ordering.accounting import NOTHING, noted
from tasks.session.ordering.departing import pending_gone, rows_held
from tasks.session.ordering.looking import Look
from tasks.session.ordering.rows import base_of


def disagreements(
    journal: Journal,
    log: OrderLog,
    looks: Sequence[Look],
    book: str,
    lots: Mapping[str, Decimal],
    last: Decision | None,
) -> list[str]:
    """Assets of the book of which its own count, and that of every other book at the same venues, is not what their
    orders brought: further off than fees in base that were rounded to the lot make it.
    """
    held = _held(journal, log, looks, book, lots, last)
    unsure = {asset for look in looks for asset in look.unsure}
    wrong = []
    for asset in dict.fromkeys(base_of(symbol) for symbol in lots):
        lot = max(step for symbol, step in lots.items() if base_of(symbol) == asset)
        brought, shaved, fees = _brought(journal, looks, asset)
        excess = held.get(asset, NOTHING) - brought
        if asset not in unsure and not -lot * (shaved + 1) <= excess <= lot + fees:
            wrong.append(f"the books hold {held.get(asset, NOTHING)} {asset}, their orders brought {brought}")
    return wrong


def _held(
    journal: Journal,
    log: OrderLog,
    looks: Sequence[Look],
    book: str,
    lots: Mapping[str, Decimal],
    last: Decision | None,
) -> dict[str, Decimal]:
    """By asset, without what has left and is not booked yet."""
    venues = [look.venue for look in looks]
    books = {one for venue in venues for one in VenueLedger(journal.engine, venue).books()} | {book}
    found: dict[str, Decimal] = {}
    for name in sorted(books):
        decision = last if name == book else journal.last_decision(name)
        for (_, symbol), units in rows_held(log, name, decision).items():
            found[base_of(symbol)] = found.get(base_of(symbol), NOTHING) + units
        for one in pending_gone(journal, log, venues, name, lots, decision):
            found[base_of(one.symbol)] -= one.units
    return found


def _brought(journal: Journal, looks: Sequence[Look], asset: str) -> tuple[Decimal, int, Decimal]:
    """(units that orders brought, and notes moved to or from the books; buys that paid their fee in it; those fees)."""
    units, shaved, fees = NOTHING, 0, NOTHING
    for look in looks:
        for symbol, moved in look.moved.items():
            if base_of(symbol) == asset:
                fee = moved.fees.get(asset, NOTHING)
                units, shaved, fees = units + moved.units - fee, shaved + moved.shaved, fees + fee
        notes = [one for one, counts in VenueLedger(journal.engine, look.venue).notes() if counts]
        units += noted(notes, (HoldingKind.ADOPTED,)).get(asset, NOTHING)
    return units, shaved, fees
