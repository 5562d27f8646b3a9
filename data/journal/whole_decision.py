"""Everything that the journal has of one decision, row by row, for a person who asks why."""

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, select

from data.journal.order_tables import order_events, venue_trades, wire_orders
from data.journal.reading import reads
from data.journal.seal_tables import decision_seals
from data.journal.tables import decisions, fills, intents, orders, risk_events, routes, switches
from models.types import BadInput, iso

# Columns that are moments, UTC microseconds, and those that are JSON.
MOMENTS = frozenset({"bar", "decided_at", "placed_at", "filled_at", "created_at", "updated_at", "at", "seen_at"})
NESTED = frozenset({"models", "inputs", "outcome", "state_before", "state_after", "caps", "detail", "before"}) | {
    "made_from"
}
# Of the wire and of chains, not of a decision.
UNSAID = frozenset({"token", "previous", "sha256", "digests"})


@dataclass(frozen=True, slots=True)
class WholeDecisions:
    """In one journal; `engine` is the journal's."""

    engine: Engine

    def find(self, name: str) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
        """(the decision's own row, the rows that belong to it by the name of their table); times are ISO texts.

        Raises:
            BadInput: there is no such decision.
        """
        with reads(self.engine) as connection:
            row = connection.execute(select(decisions).where(decisions.c.id == name)).mappings().one_or_none()
            if row is None:
                raise BadInput(f"there is no decision {name[:80]!r}; /decisions lists the newest")
            found = {table.name: _rows(connection, query) for table, query in _queries(name, row["book"], row["bar"])}
            return _said(dict(row)), found


def _queries(name: str, book: str, bar: int) -> list[tuple[Table, Select[Any]]]:
    mine = select(intents.c.cid).where(intents.c.decision_id == name)
    sent = select(wire_orders.c.cid).where(wire_orders.c.parent.in_(mine))
    return [
        (intents, select(intents).where(intents.c.decision_id == name).order_by(intents.c.position)),
        (switches, select(switches).where(switches.c.decision_id == name).order_by(switches.c.position)),
        (routes, select(routes).where(routes.c.decision_id == name).order_by(routes.c.symbol)),
        (risk_events, select(risk_events).where(risk_events.c.book == book, risk_events.c.bar == bar)),
        (decision_seals, select(decision_seals).where(decision_seals.c.decision_id == name)),
        (orders, select(orders).where(orders.c.cid.in_(mine))),
        (fills, select(fills).where(fills.c.cid.in_(mine)).order_by(fills.c.id)),
        (wire_orders, select(wire_orders).where(wire_orders.c.cid.in_(sent)).order_by(wire_orders.c.number)),
        (order_events, select(order_events).where(order_events.c.cid.in_(sent)).order_by(order_events.c.id)),
        (venue_trades, select(venue_trades).where(venue_trades.c.cid.in_(sent)).order_by(venue_trades.c.id)),
    ]


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [_said(dict(row)) for row in connection.execute(query).mappings()]


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items() if name not in UNSAID}


def _value(name: str, value: Any) -> Any:
    if name in MOMENTS and isinstance(value, int):
        return iso(value)
    if name in NESTED and isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(ValueError):  # changed by hand: it is shown as it is
            return json.loads(value)
    return value
