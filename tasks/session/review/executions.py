"""Executions that a person has to look at: orders that failed, and fills that are not what was ordered."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import select

from data.journal import BookedFill, Journal
from data.journal.reading import reads
from data.journal.tables import orders
from models.types import Fill, Intent, Leg, iso
from models.types.reasons import BUYING

# Every other status needs a person, also one that this Keel does not know.
SOUND = frozenset({"open", "filled", "expired"})
EASE = 1e-9


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An order with something wrong; `key` is the same whenever it is found again."""

    key: str
    cid: str
    text: str


def needs_person(status: str) -> bool:
    """Whether an order with this status has to be looked at."""
    return status not in SOUND


def statuses_of(journal: Journal, cids: Set[str]) -> dict[str, str]:
    """Status of every order that a broker was given, of those with the client order ids."""
    with reads(journal.engine) as connection:
        found = connection.execute(select(orders.c.cid, orders.c.status)).all()
    return {row.cid: row.status for row in found if row.cid in cids}


def failed_orders(intents: Mapping[str, Intent], statuses: Mapping[str, str]) -> tuple[Doubtful, ...]:
    """Orders whose status needs a person."""
    return tuple(
        Doubtful(f"status {cid} {status}", cid, f"order {cid} ({_wanted(intents[cid])}) is {status}")
        for cid, status in statuses.items()
        if needs_person(status)
    )


def deviating_fills(
    intents: Mapping[str, Intent], fills: Sequence[BookedFill], splits: Mapping[str, Sequence[int]], collar: float
) -> tuple[Doubtful, ...]:
    """Fills that are not what their order said: the wrong side, more than ordered, worse than the limit, or further
    than `collar` (fraction) from the price that it was decided on.

    `splits` has the ex-dates of each symbol's splits: what was ordered before one and filled after it is in other
    units, and not looked at. Nor is what a level closes: no order says what it should have been.
    """
    filled: dict[str, float] = {}
    found = []
    for one in fills:
        intent = intents[one.cid]
        if not _is_own(one.fill, intent) or any(intent.bar < ex <= one.fill.ts for ex in splits.get(intent.symbol, ())):
            continue
        filled[one.cid] = filled.get(one.cid, 0.0) + one.fill.quantity
        wrong = _wrong(one.fill, intent, filled[one.cid], collar)
        if wrong:
            text = f"order {one.cid} ({_wanted(intent)}) was filled at {iso(one.fill.ts)}: {wrong}"
            found.append(Doubtful(f"fill {one.cid} {one.fill.ts} {one.fill.leg.name.lower()}", one.cid, text))
    return tuple(found)


def _is_own(fill: Fill, intent: Intent) -> bool:
    """Whether the fill is of the order itself, and not of a level of the position that it opened."""
    if fill.leg in (Leg.ENTRY, Leg.ADD):
        return intent.reason in BUYING
    return fill.leg is Leg.EXIT and intent.reason not in BUYING


def _wrong(fill: Fill, intent: Intent, filled: float, collar: float) -> str:
    side = 1.0 if intent.quantity > 0.0 else -1.0
    if fill.quantity * side <= 0.0:
        return f"{fill.quantity:g} units, on the other side"
    if abs(filled) > abs(intent.quantity) * (1.0 + EASE):
        return f"{filled:g} units together, more than ordered"
    if intent.limit is not None and (fill.price - intent.limit) * side > EASE * intent.limit:
        return f"at {fill.price:g}, worse than its limit"
    if abs(fill.price - intent.price) > collar * intent.price:
        return f"at {fill.price:g}, more than {collar:.0%} from the price it was decided on"
    return ""


def _wanted(intent: Intent) -> str:
    limit = "at market" if intent.limit is None else f"at {intent.limit:g} or better"
    return (
        f"{intent.system} {intent.side} {abs(intent.quantity):g} {intent.symbol} {limit}, decided at {intent.price:g}"
    )
