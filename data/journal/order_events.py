"""The append-only chain of what happened to orders: each row holds the hash of the one before it."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select

from data.journal.order_tables import order_events
from data.journal.trade_rows import trade_row
from models.types.wire import VenueTrade, WireOrder

# What the first row has for the hash of the one before it.
BEGINNING = ""
HASHED = ("id", "cid", "at", "kind", "state", "filled", "detail", "token", "previous")

# Made once: statements that every write of an order needs.
NEWEST = select(order_events.c.id, order_events.c.sha256).order_by(order_events.c.id.desc()).limit(1)
WRITTEN = insert(order_events)


class EventKind(StrEnum):
    """What happened. Stored: never rename."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    REPORTED = "reported"
    TRADED = "traded"
    MARKED = "marked"
    RELEASED = "released"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Event:
    """One row to be, without its place in the chain; `order` as it is afterwards, None where it is of no order of ours.

    Attributes:
        at: UTC microseconds.
        detail: what else there is to know; JSON knows all of it.
        token: of the lease under which it is written, 0 where it is written under none.
    """

    kind: EventKind
    order: WireOrder | None
    at: int
    token: int
    detail: dict[str, Any]


def append(connection: Connection, event: Event) -> int:
    """Add the row after the newest one; its number. Nobody else writes until the transaction ends."""
    last = connection.execute(NEWEST).one_or_none()
    number, previous = (1, BEGINNING) if last is None else (last.id + 1, last.sha256)
    row = _row(event) | {"id": number, "previous": previous}
    connection.execute(WRITTEN, row | {"sha256": sha256_of_event(row)})
    return number


def moved(order: WireOrder, trades: list[VenueTrade]) -> dict[str, Any]:
    """Detail of an event after which the order stands so, and which brought those fills."""
    return {"value": str(order.value), "exchange_id": order.exchange_id, "why": order.why, **fills(trades)}


def fills(trades: list[VenueTrade]) -> dict[str, Any]:
    """Detail of an event that brought fills, of which some may have been nobody's before."""
    return {"trades": [trade_row(one) for one in trades]} if trades else {}


def sha256_of_event(row: dict[str, Any]) -> str:
    """Hex SHA-256 of everything that a row says, the hash before it included."""
    said = json.dumps([row[name] for name in HASHED], allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _row(event: Event) -> dict[str, Any]:
    order = event.order
    return {
        "cid": None if order is None else order.cid,
        "at": event.at,
        "kind": event.kind.value,
        "state": None if order is None else order.state.value,
        "filled": None if order is None else str(order.filled),
        "detail": json.dumps(event.detail, allow_nan=False),
        "token": event.token,
    }
