"""The chain of a book's seals: each follows the one before it, and none is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from data.journal.seal_tables import decision_seals
from data.journal.seals import BEGINNING
from data.journal.tables import decisions

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Altered:
    """A value of the journal that is not what was written; `column` is empty where the whole row is meant, and `found`
    what stands there now.
    """

    table: str
    key: str
    column: str
    found: Any
    why: str


def broken_links(connection: Connection, book: str, seals: Mapping[str, Row], is_end: bool) -> Iterator[Altered]:
    """The `seals` by decision and those around them in their book: none may be missing between them or right before
    them, and each has its decision; `is_end`: none may come after them.
    """
    numbers = [one["number"] for one in seals.values() if one["book"] == book and isinstance(one["number"], int)]
    if not numbers:
        return
    mine = decision_seals.c.book == book
    span = decision_seals.c.number.between(min(numbers) - 1, max(numbers) + 1)
    columns = (
        decision_seals.c.number,
        decision_seals.c.decision_id,
        decision_seals.c.previous,
        decision_seals.c.sha256,
        decisions.c.id.label("found"),
    )
    its_own = (decisions.c.id == decision_seals.c.decision_id) & (decisions.c.book == book)
    query = select(*columns).outerjoin(decisions, its_own).where(mine, span).order_by(decision_seals.c.number)
    before = None
    for row in connection.execute(query):
        if before is None and row.number == 1 and row.previous != BEGINNING:
            yield Altered("decision_seals", row.decision_id, "previous", row.previous, "there was a seal before it")
        if before is None and row.number == min(numbers) != 1:
            yield Altered("decisions", row.decision_id, "", None, "the one before it in its book is gone")
        if before is not None and row.number != before.number + 1:
            why = f"{row.number - before.number - 1} of its book between {before.decision_id} and this one are gone"
            yield Altered("decisions", row.decision_id, "", None, why)
        elif before is not None and row.previous != before.sha256:
            yield Altered(
                "decision_seals", row.decision_id, "previous", row.previous, f"it does not follow {before.decision_id}"
            )
        within = row.number > min(numbers) and (is_end or row.number < max(numbers))
        if row.found is None or (within and row.decision_id not in seals):
            why = "it was sealed for this book, and the book no longer has it"
            yield Altered("decisions", row.decision_id, "book", None, why)
        before = row
