"""The audit chain: what was done to stops and stages, by whom and why; each row holds the hash of the one before it."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from data.journal.control_tables import audit_chain
from data.journal.reading import reads
from models.types import Damaged

# What the first row has for the hash of the one before it.
BEGINNING = ""
HASHED = ("id", "at", "kind", "subject", "who", "why", "detail", "previous")
NEWEST = select(audit_chain.c.id, audit_chain.c.sha256).order_by(audit_chain.c.id.desc()).limit(1)


class AuditKind(StrEnum):
    """What was done. Stored: never rename."""

    STOPPED = "stopped"
    RESUMED = "resumed"
    TAKEN_OVER = "taken over"
    CANCELLED = "cancelled"
    FLATTENED = "flattened"
    DRILLED = "drilled"
    PROMOTED = "promoted"
    DEMOTED = "demoted"
    GAP = "gap"
    ASKED = "asked of the api"
    REFUSED = "refused by the api"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the chain.

    Attributes:
        subject: what it was done to: a book without its stage (`binance|1h|BTC/USDT`), or empty for everything.
        detail: figures behind it; JSON knows all of it.
        at: UTC microseconds.
        id: its number, None before it has one.
    """

    kind: AuditKind
    subject: str
    who: str
    why: str
    detail: dict[str, Any]
    at: int
    id: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The chain in one journal; `engine` is the journal's. Rows are added and never changed."""

    engine: Engine

    def append(self, entry: Entry) -> Entry:
        """Add it as the newest row; the same with its number."""
        with self.engine.begin() as connection:
            return write_entry(connection, entry)

    def entries(self, kinds: Collection[AuditKind] = tuple(AuditKind), subject: str | None = None) -> list[Entry]:
        """Those of the kinds, of one subject or of all, the oldest first.

        Raises:
            Damaged: a row of the whole chain is not as it was written.
        """
        with reads(self.engine) as connection:
            rows = connection.execute(select(audit_chain).order_by(audit_chain.c.id)).all()
        _verify(rows)
        found = [_entry(row) for row in rows if row.kind in kinds]
        return [one for one in found if subject is None or one.subject == subject]

    def verify(self) -> int:
        """How many rows the chain has.

        Raises:
            Damaged: one of them is not as it was written, or is missing.
        """
        with reads(self.engine) as connection:
            rows = connection.execute(select(audit_chain).order_by(audit_chain.c.id)).all()
        _verify(rows)
        return len(rows)


def write_entry(connection: Connection, entry: Entry) -> Entry:
    """Add a row; whoever opened the transaction ends it. Nobody else writes until then."""
    last = connection.execute(NEWEST).one_or_none()
    number, previous = (1, BEGINNING) if last is None else (last.id + 1, last.sha256)
    row = {
        "id": number,
        "at": entry.at,
        "kind": entry.kind.value,
        "subject": entry.subject,
        "who": entry.who,
        "why": entry.why,
        "detail": json.dumps(entry.detail, allow_nan=False, sort_keys=True),
        "previous": previous,
    }
    connection.execute(insert(audit_chain), row | {"sha256": sha256_of_row(row)})
    return Entry(entry.kind, entry.subject, entry.who, entry.why, entry.detail, entry.at, number)


def sha256_of_row(row: dict[str, Any]) -> str:
    """Hex SHA-256 of everything that a row says, the hash before it included."""
    return hashlib.sha256(json.dumps([row[name] for name in HASHED], allow_nan=False).encode()).hexdigest()


def _verify(rows: Sequence[Row[Any]]) -> None:
    previous = BEGINNING
    for number, row in enumerate(rows, 1):
        said = dict(row._mapping)
        if row.id != number or row.previous != previous or row.sha256 != _sha256_or_none(said):
            raise Damaged(
                f"row {row.id} of the journal's audit chain is not as it was written; stop trading and restore a backup"
            )
        previous = row.sha256


def _sha256_or_none(row: dict[str, Any]) -> str | None:
    """None where something stands in the row that nobody here writes: bytes, a number without an end."""
    try:
        return sha256_of_row(row)
    except (TypeError, ValueError):
        return None


def _entry(row: Row[Any]) -> Entry:
    return Entry(AuditKind(row.kind), row.subject, row.who, row.why, json.loads(row.detail), row.at, row.id)
