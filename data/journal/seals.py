"""Seals of decisions: what each was made from, and a digest of every value that was written with it.

A seal is written in the transaction of its decision. A row that was changed, added or taken away afterwards shows, with
its column; a decision that is gone shows by the gap that it leaves in its book's chain.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from data.journal.records import Decision
from data.journal.seal_tables import decision_seals
from data.journal.tables import risk_events

# What the first seal of a book has for the hash of the one before it.
BEGINNING = ""
# Hexadecimal digits of the digest of one value: 64 bits.
DIGITS = 16
# Numbers that a database gives, which a journal that is brought elsewhere may give anew.
NUMBERED = frozenset({"id"})
# Made once: an order waits for the transaction that it is read in.
NEWEST = (
    select(decision_seals.c.number, decision_seals.c.sha256)
    .where(decision_seals.c.book == bindparam("of"))
    .order_by(decision_seals.c.number.desc())
    .limit(1)
)
WRITE = insert(decision_seals)
Row = Mapping[str, Any]
Digests = dict[str, dict[str, dict[str, str]]]


def write_seal(
    connection: Connection, decision: Decision, made_from: str, rows: Mapping[str, Sequence[Row]], has_events: bool
) -> None:
    """Seal a decision that was written just now, with its `rows` by table; those of `risk_events` are read where it
    `has_events`. Whoever opened the transaction ends it.
    """
    events = _events(connection, decision) if has_events else []
    digests = digests_of({**rows, "risk_events": events})
    last = connection.execute(NEWEST, {"of": decision.book}).one_or_none()
    row = {
        "decision_id": decision.id,
        "book": decision.book,
        "number": 1 if last is None else last.number + 1,
        "made_from": made_from,
        "digests": json.dumps(digests, separators=(",", ":")),
        "previous": BEGINNING if last is None else last.sha256,
    }
    connection.execute(WRITE, row | {"sha256": sha256_of_seal(row)})


def sha256_of_seal(row: Row) -> str:
    """Hex SHA-256 of everything that a seal says, the hash before it included."""
    names = ("decision_id", "book", "number", "made_from", "digests", "previous")
    return hashlib.sha256(json.dumps([row[name] for name in names], default=repr).encode()).hexdigest()


def digests_of(rows: Mapping[str, Sequence[Row]]) -> Digests:
    """By table, by the key of a row and by column; tables without rows are left out."""
    return {table: keyed(table, some) for table, some in rows.items() if some}


def keyed(table: str, rows: Sequence[Row]) -> dict[str, dict[str, str]]:
    """The digests of rows of one table by their keys, see `keys_of`."""
    return {key: digests_of_row(table, row) for key, row in zip(keys_of(table, rows), rows, strict=True)}


def keys_of(table: str, rows: Iterable[Row]) -> list[str]:
    """What tells the rows of one decision apart; what stops did and heard has but its order."""
    if table == "risk_events":
        return [str(k) for k, _ in enumerate(rows)]
    name = {"decisions": "id", "intents": "cid", "switches": "position", "routes": "symbol", "fills": "trade_id"}[table]
    return [str(row[name]) for row in rows]


def digests_of_row(table: str, row: Row) -> dict[str, str]:
    """By column."""
    numbered = NUMBERED if table in ("fills", "risk_events") else frozenset[str]()
    return {name: digest(value) for name, value in row.items() if name not in numbered}


def digest(value: object) -> str:
    """Of one value of a row: a text, a whole number, true, false or nothing."""
    return hashlib.sha256(repr(value).encode(errors="backslashreplace")).hexdigest()[:DIGITS]


def _events(connection: Connection, decision: Decision) -> list[Row]:
    mine = risk_events.c.book == decision.book, risk_events.c.bar == decision.bar
    query = select(risk_events).where(*mine).order_by(risk_events.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]
