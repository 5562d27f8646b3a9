"""What was ordered, held against what a decision wanted: its order, and those at venues that worked for it."""

from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal, InvalidOperation
from typing import Any

from data.journal import Decision
from data.journal.taking_in import Units
from models.orders import role_of
from models.types import Intent
from models.types.wire import Role
from tasks.session.explaining.report import Difference, What
from tasks.session.taken_back import PAPER

Row = Mapping[str, Any]
STATUSES = ("open", "filled", "expired")


def ordered(
    decision: Decision,
    given: Mapping[str, Row],
    sent: Mapping[str, Sequence[Row]],
    filled: set[str],
    taken: Mapping[str, Units],
    is_newest: bool,
    may_wait: Set[str],
) -> Iterator[Difference]:
    """What is amiss with the orders of a decision: `given` and `sent` as of GivenOrders.of, `filled` those of which
    anything was, `taken` those that were taken in since; the book's newest decision may not have handed all of its
    orders over yet. Those that `may_wait` are the only ones that may be open.
    """
    for intent in decision.intents:
        cid = decision.cid(intent)
        row = given.get(cid)
        if row is None:
            if not is_newest or cid in filled or cid in sent:
                yield Difference(What.JOURNAL, f"orders {cid}", "", None, cid, "the row is missing")
        else:
            placed_at = taken[cid].at if cid in taken else decision.decided_at
            yield from _order(placed_at, row, cid in filled, is_newest, cid in may_wait, sent.get(cid, ()))
        for one in sent.get(cid, ()):
            yield from _wire(decision, intent, one)
        yield from _slices(intent, cid, sent.get(cid, ()))


def _order(
    placed_at: int, row: Row, has_fills: bool, is_newest: bool, may_wait: bool, sent: Sequence[Row]
) -> Iterator[Difference]:
    where = f"orders {row['cid']}"
    if row["placed_at"] != placed_at:
        yield _not(where, "placed_at", row["placed_at"], placed_at, "orders are given when they are decided")
    venues = {one["venue"] for one in sent}
    if venues and (row["broker"] == PAPER) != (venues == {PAPER}):
        yield _not(where, "broker", row["broker"], ", ".join(sorted(venues)), "its orders went elsewhere")
    expected = "filled" if has_fills else "expired"
    if row["status"] not in STATUSES:
        yield _not(where, "status", row["status"], expected, "no order is ever in such a state")
    elif row["status"] == "open" and not may_wait:
        yield _not(where, "status", "open", expected, "no later decision left it waiting")
    elif row["status"] != "open" and (is_newest or row["status"] != expected):
        expected = "open" if is_newest else expected
        yield _not(where, "status", row["status"], expected, "not what its fills say")


def _wire(decision: Decision, intent: Intent, row: Row) -> Iterator[Difference]:
    where = f"wire_orders {row['cid']}"
    said: dict[str, Any] = {
        "book": decision.book,
        "system": intent.system,
        "symbol": intent.symbol,
    }
    if row["role"] == role_of(intent.reason).value:
        said |= {"is_buy": intent.quantity > 0.0, "decided_at": decision.decided_at}
    elif Role(row["role"]).opens:
        said |= {"role": role_of(intent.reason).value}
    for column, value in said.items():
        if row[column] != value:
            yield _not(where, column, row[column], value, "not what was wanted")


def _slices(intent: Intent, cid: str, sent: Sequence[Row]) -> Iterator[Difference]:
    """No more was ordered for an intent, slice by slice, than it wanted."""
    mine = [one for one in sent if one["role"] == role_of(intent.reason).value and one["admitted"]]
    try:
        whole = sum((_weight(one) for one in mine), Decimal(0))
    except InvalidOperation:
        return  # the chain of orders names the row
    wanted = Decimal(repr(abs(intent.quantity)))
    if whole > wanted * Decimal("1.000000001"):
        why = "more was ordered than was wanted"
        yield _not(f"wire_orders of {cid}", "quantity", whole, wanted, why)


def _weight(row: Row) -> Decimal:
    """What an order counts for: what was filled of one that is over, all of one that is not."""
    over = row["state"] in ("filled", "canceled", "expired", "rejected", "lost")
    return Decimal(row["filled"]) if over else Decimal(row["quantity"])


def _not(where: str, column: str, found: object, expected: object, why: str) -> Difference:
    return Difference(What.ORDER, where, column, str(found), str(expected), why)
