"""What others hear of, in the order in which the journal has it: decisions, fills and what happened to orders.

Each comes with the number behind which the next one is asked for: rows that are kept for ever have it, decisions are
counted by the bars of their book.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, and_, func, or_, select

from data.journal.order_events import EventKind
from data.journal.order_tables import order_events, wire_orders
from data.journal.reading import reads
from data.journal.tables import decisions, fills, intents
from models.types import iso

WANTED = ("cid", "system", "specialist", "symbol", "quantity", "price", "reason", "bound", "edge_bps", "regime")
FILLED = ("cid", "trade_id", "symbol", "quantity", "price", "fee", "leg", "system", "specialist", "regime", "realised")
ORDERED = ("cid", "book", "system", "venue", "symbol", "role")


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened: `subject` and `number` are its place in the journal, `fields` what there is to say."""

    subject: str
    number: int
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Happened:
    """Of one journal; `engine` is the journal's. Only reads. Places are the last number by subject."""

    engine: Engine

    def decisions(self, places: Mapping[str, int], limit: int) -> list[Told]:
        """Behind the bars of their books, the oldest bar first; of a book without a place from its first one on."""
        behind = [and_(decisions.c.book == book, decisions.c.bar > bar) for book, bar in places.items()]
        new = or_(*behind, decisions.c.book.not_in(list(places)))
        names = (decisions.c.id, decisions.c.book, decisions.c.bar, decisions.c.decided_at, decisions.c.outcome)
        query = select(*names).where(new).order_by(decisions.c.bar, decisions.c.book).limit(limit)
        with reads(self.engine) as connection:
            rows = connection.execute(query).all()
            mine = select(intents).where(intents.c.decision_id.in_([row.id for row in rows]))
            wanted: dict[str, list[dict[str, Any]]] = {}
            for row in connection.execute(mine.order_by(intents.c.decision_id, intents.c.position)).mappings():
                wanted.setdefault(row["decision_id"], []).append({name: row[name] for name in WANTED})
        return [
            _decided(row.id, row.book, row.bar, row.decided_at, row.outcome, wanted.get(row.id, [])) for row in rows
        ]

    def fills(self, places: Mapping[str, int], limit: int) -> list[Told]:
        """That decisions have booked, behind the number of the last one."""
        query = select(fills, decisions.c.book).join(intents, intents.c.cid == fills.c.cid)
        query = query.join(decisions, decisions.c.id == intents.c.decision_id).where(fills.c.id > places.get("", 0))
        found = self._mappings(query.order_by(fills.c.id).limit(limit))
        return [
            Told("", row["id"], {"book": row["book"], "at": iso(row["filled_at"]), **_texts(row, FILLED)})
            for row in found
        ]

    def orders(self, places: Mapping[str, int], limit: int) -> list[Told]:
        """What happened to orders, behind the number of the last event."""
        names = (order_events.c.id, order_events.c.at, order_events.c.kind, order_events.c.state, order_events.c.filled)
        query = select(*names, *(wire_orders.c[name] for name in ORDERED))
        query = query.join(wire_orders, wire_orders.c.cid == order_events.c.cid)
        query = query.where(order_events.c.id > places.get("", 0), order_events.c.kind != EventKind.SETTLED.value)
        found = self._mappings(query.order_by(order_events.c.id).limit(limit))
        said = ("kind", "state", "filled", *ORDERED)
        return [Told("", row["id"], {"at": iso(row["at"]), **_texts(row, said)}) for row in found]

    def ends(self, back: int) -> dict[str, dict[str, int]]:
        """By stream, places `back` things before the newest one, nothing where there are fewer; see `newest`."""
        with reads(self.engine) as connection:
            books = connection.execute(select(decisions.c.book).distinct()).scalars().all()
            bars: dict[str, int] = {}
            for book in books:
                query = select(decisions.c.bar).where(decisions.c.book == book).order_by(decisions.c.bar.desc())
                bar = connection.execute(query.offset(back).limit(1)).scalar_one_or_none()
                if bar is not None:
                    bars[book] = int(bar)
        newest = self.newest()
        numbers = {name: {"": max(0, newest[name][""] - back)} for name in ("fills", "orders")}
        return {"decisions": bars, **numbers}

    def newest(self) -> dict[str, dict[str, int]]:
        """By stream, the place of the newest thing of every subject."""
        with reads(self.engine) as connection:
            bars = connection.execute(select(decisions.c.book, func.max(decisions.c.bar)).group_by(decisions.c.book))
            return {
                "decisions": {str(book): int(bar) for book, bar in bars},
                "fills": {"": int(connection.execute(select(func.max(fills.c.id))).scalar_one() or 0)},
                "orders": {"": int(connection.execute(select(func.max(order_events.c.id))).scalar_one() or 0)},
            }

    def _mappings(self, query: Select[Any]) -> list[Mapping[str, Any]]:
        with reads(self.engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _decided(number: str, book: str, bar: int, at: int, outcome: str, wanted: list[dict[str, Any]]) -> Told:
    said = json.loads(outcome)
    fields = {
        "id": number,
        "book": book,
        "bar": iso(bar),
        "at": iso(at),
        "regimes": json.dumps(said["regimes"]),
        "intents": json.dumps(wanted),
        "refused": json.dumps(said["refused"]),
    }
    return Told(book, bar, fields)


def _texts(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    """Redis has no NULL: what is not known is left out."""
    return {name: str(row[name]) for name in names if row[name] is not None}
