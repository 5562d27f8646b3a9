"""Orders as brokers and venues have them, row by row, and what an id of the journal names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Table, select

from data.journal.order_tables import venue_trades, wire_orders
from data.journal.reading import reads
from data.journal.tables import decisions, fills, intents, orders
from models.types.wire import Role

Row = dict[str, Any]
# Rows that are asked for by their keys at once, and candidates that are listed.
BATCH, LISTED = 500, 10
OPENING = tuple(one.value for one in Role if one.opens)


@dataclass(frozen=True, slots=True)
class Named:
    """What an id names: its own full `id`, what that is, and the decision it belongs to."""

    id: str
    kind: str
    decision: str


@dataclass(frozen=True, slots=True)
class GivenOrders:
    """In one journal; `engine` is the journal's. Only reads."""

    engine: Engine

    def of(self, parents: Sequence[str]) -> tuple[dict[str, Row], dict[str, list[Row]], set[str]]:
        """(rows of `orders` by client order id, rows of `wire_orders` by the order they work for, the ids of those of
        which anything was filled).
        """
        given: dict[str, Row] = {}
        sent: dict[str, list[Row]] = {}
        filled: set[str] = set()
        with reads(self.engine) as connection:
            for first in range(0, len(parents), BATCH):
                some = parents[first : first + BATCH]
                rows = connection.execute(select(orders).where(orders.c.cid.in_(some))).mappings()
                given |= {row["cid"]: dict(row) for row in rows}
                query = select(wire_orders).where(wire_orders.c.parent.in_(some)).order_by(wire_orders.c.number)
                for row in connection.execute(query).mappings():
                    sent.setdefault(row["parent"], []).append(dict(row))
                filled |= set(connection.execute(select(fills.c.cid).where(fills.c.cid.in_(some)).distinct()).scalars())
        return given, sent, filled

    def orphans(self, book: str) -> list[str]:
        """Orders that opened or added for the book, of which no decision knows."""
        wanted = select(intents.c.cid)
        query = select(wire_orders.c.cid).where(wire_orders.c.book == book, wire_orders.c.role.in_(OPENING))
        query = query.where(wire_orders.c.parent.not_in(wanted)).order_by(wire_orders.c.number)
        with reads(self.engine) as connection:
            return list(connection.execute(query).scalars())

    def named(self, text: str) -> list[Named]:
        """What has exactly that id; where nothing has, what has one that begins with it, LISTED at most."""
        exact = list(self._named(text, begins=False))
        return exact[:LISTED] if exact else list(self._named(text, begins=True))[:LISTED]

    def _named(self, text: str, begins: bool) -> Iterator[Named]:
        with reads(self.engine) as connection:
            for kind, table, column in _KINDS:
                at = table.c[column]
                matches = at.startswith(text, autoescape=True) if begins else at == text
                query = select(at.label("name"), _decision_behind(table)).where(matches).order_by(at).limit(LISTED + 1)
                for row in connection.execute(query):
                    found = self._decision(connection, table, row.behind)
                    if found is not None:
                        yield Named(str(row.name), kind, found)

    def _decision(self, connection: Any, table: Table, behind: str | None) -> str | None:
        """The decision behind what a row of the table points to."""
        if table in (decisions, intents):
            return behind
        parent = behind
        if table is venue_trades:
            parent = connection.execute(
                select(wire_orders.c.parent).where(wire_orders.c.cid == behind)
            ).scalar_one_or_none()
        found = connection.execute(select(intents.c.decision_id).where(intents.c.cid == parent)).scalar_one_or_none()
        return None if found is None else str(found)


def _decision_behind(table: Table) -> Any:
    name = {"decisions": "id", "intents": "decision_id", "wire_orders": "parent"}.get(table.name, "cid")
    return table.c[name].label("behind")


_KINDS: tuple[tuple[str, Table, str], ...] = (
    ("decision", decisions, "id"),
    ("order", intents, "cid"),
    ("order at a venue", wire_orders, "cid"),
    ("order by its venue's id", wire_orders, "exchange_id"),
    ("fill", fills, "trade_id"),
    ("fill by its venue's id", venue_trades, "trade_id"),
)
