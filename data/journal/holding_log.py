"""The journal's page on what is at a venue and is not the book's: there before, brought by others, or taken in."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from data.journal.lease import Lease, require_in_force
from data.journal.order_tables import holdings
from data.journal.reading import reads
from models.types import BadInput


class HoldingKind(StrEnum):
    """How it is known. Stored: never rename."""

    BASELINE = "baseline"
    EXTERNAL = "external"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class Holding:
    """Units of one asset at a venue.

    Attributes:
        quantity: more than the book's, negative for less.
        value: in quote currency, None where it is not known.
        at: when it was found, UTC microseconds.
        why, who: in words, for people.
        id: in the journal, None before it is written.
    """

    venue: str
    asset: str
    kind: HoldingKind
    quantity: Decimal
    value: Decimal | None
    at: int
    why: str
    who: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class HoldingLog:
    """Holdings in one journal; `engine` is the journal's, `fence` as in OrderLog. Every write is one transaction."""

    engine: Engine
    fence: Lease | None = None

    def note(self, holding: Holding) -> Holding:
        """Write a new one; the same with its id.

        Raises:
            Refused: the fence is no longer in force.
            BadInput: a figure is not finite.
        """
        with self.engine.begin() as connection:
            self._require_fence(connection)
            return write_holding(connection, holding)

    def open_of(self, venue: str) -> list[Holding]:
        """Those at the venue that were not cleared, the oldest first."""
        mine = holdings.c.venue == venue, holdings.c.cleared_at.is_(None)
        with reads(self.engine) as connection:
            return [
                holding_of(row) for row in connection.execute(select(holdings).where(*mine).order_by(holdings.c.id))
            ]

    def unexplained(self) -> frozenset[tuple[str, str]]:
        """Venue and asset of what others brought or took and nobody has looked at yet."""
        mine = holdings.c.kind == HoldingKind.EXTERNAL.value, holdings.c.cleared_at.is_(None)
        with reads(self.engine) as connection:
            rows = connection.execute(select(holdings.c.venue, holdings.c.asset).where(*mine))
            return frozenset((row.venue, row.asset) for row in rows)

    def clear(self, holding_id: int, who: str, at: int) -> None:
        """It is gone, or the book's now.

        Raises:
            Refused: the fence is no longer in force.
            BadInput: there is no such holding, or it was cleared already.
        """
        with self.engine.begin() as connection:
            self._require_fence(connection)
            clear_holding(connection, holding_id, who, at)

    def _require_fence(self, connection: Connection) -> None:
        if self.fence is None:
            raise ValueError("holdings can only be written under a lease; this log was opened for reading")
        require_in_force(connection, self.fence)


def write_holding(connection: Connection, holding: Holding) -> Holding:
    """See `HoldingLog.note`; whoever opened the transaction ends it."""
    if not all(one is None or one.is_finite() for one in (holding.quantity, holding.value)):
        raise BadInput(f"a holding of {holding.quantity} {holding.asset}, worth {holding.value}; use finite figures")
    made = connection.execute(insert(holdings), _row(holding)).inserted_primary_key
    return Holding(**{**_fields(holding), "id": None if made is None else made[0]})


def clear_holding(connection: Connection, holding_id: int, who: str, at: int) -> None:
    """See `HoldingLog.clear`; whoever opened the transaction ends it."""
    mine = update(holdings).where(holdings.c.id == holding_id, holdings.c.cleared_at.is_(None))
    if connection.execute(mine.values(cleared_at=at, cleared_by=who)).rowcount != 1:
        raise BadInput(f"the holding number {holding_id} is not there or was cleared; list those that are open")


SAME = ("venue", "asset", "at", "why", "who")


def _fields(holding: Holding) -> dict[str, Any]:
    names = (*SAME, "kind", "quantity", "value")
    return {name: getattr(holding, name) for name in names}


def _row(holding: Holding) -> dict[str, Any]:
    value = None if holding.value is None else str(holding.value)
    figures = {"kind": holding.kind.value, "quantity": str(holding.quantity), "value": value}
    return {name: getattr(holding, name) for name in SAME} | figures


def holding_of(row: Row[Any]) -> Holding:
    """The holding of a row of `holdings`."""
    return Holding(
        kind=HoldingKind(row.kind),
        quantity=Decimal(row.quantity),
        value=None if row.value is None else Decimal(row.value),
        id=row.id,
        **{name: getattr(row, name) for name in SAME},
    )
