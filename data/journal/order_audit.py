"""Whether the journal's orders and fills are what its chain of events says: every edit by hand shows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, select

from data.journal.order_admission import DAY, opened_by
from data.journal.order_events import BEGINNING, EventKind, sha256_of_event
from data.journal.order_rows import MOVING, order_of
from data.journal.order_tables import order_days, order_events, venue_trades, wire_orders
from models.types import Damaged
from models.types.wire import Role

Row = dict[str, Any]
# Rows that are held in memory at once.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """What the events say that the tables hold.

    Attributes:
        orders: rows of `wire_orders` by client order id.
        trades: rows of `venue_trades` by venue, symbol, the venue's id and side.
        settled: the decision that booked a fill, by the number of its row.
        opened: value of `order_days` by day.
    """

    orders: dict[str, Row] = field(default_factory=dict)
    trades: dict[tuple[str, str, str, bool], Row] = field(default_factory=dict)
    settled: dict[int, str] = field(default_factory=dict)
    opened: dict[int, Decimal] = field(default_factory=dict)


def verify_orders(connection: Connection) -> None:
    """See `OrderLog.verify_chain`."""
    told, previous = Told(), BEGINNING
    for number, row in enumerate(_rows(connection, order_events, "id"), start=1):
        _require(row["id"] == number, "event", str(number), "it is missing")
        _require(row["previous"] == previous, "event", str(number), "it does not follow from the one before it")
        _require(row["sha256"] == sha256_of_event(row), "event", str(number), "it does not match its hash")
        _tell(told, row)
        previous = row["sha256"]
    _tell_lacks(told)
    _compare_orders(connection, told)
    _compare_trades(connection, told)
    _compare_days(connection, told)


def _tell(told: Told, event: Row) -> None:
    detail = json.loads(event["detail"])
    if event["kind"] == EventKind.SETTLED:
        told.settled.update(dict.fromkeys(detail["trades"], detail["decision"]))
        return
    if event["kind"] in (EventKind.ADMITTED, EventKind.REFUSED):
        admitted = event["kind"] == EventKind.ADMITTED
        added = {"number": event["id"], "admitted": admitted, "token": event["token"]}
        told.orders[event["cid"]] = detail["order"] | added
        _tell_opened(told, event["cid"])
    elif event["cid"] is not None:
        said = {**event, **detail}
        told.orders[event["cid"]] |= {name: said[name] for name in MOVING}
    if event["cid"] is not None:
        told.orders[event["cid"]]["updated_at"] = event["at"]
    for trade in detail.get("trades", ()):
        key = trade["venue"], trade["symbol"], trade["trade_id"], trade["is_buy"]
        seen_at = told.trades[key]["seen_at"] if key in told.trades else event["at"]
        told.trades[key] = trade | {"seen_at": seen_at}


def _tell_opened(told: Told, cid: str) -> None:
    row = told.orders[cid]
    if row["admitted"] and Role(row["role"]).opens:
        day = row["created_at"] // DAY
        told.opened[day] = told.opened.get(day, Decimal(0)) + opened_by(order_of(row))


def _tell_lacks(told: Told) -> None:
    known: dict[str, Decimal] = {}
    for trade in told.trades.values():
        if trade["cid"] is not None:
            known[trade["cid"]] = known.get(trade["cid"], Decimal(0)) + Decimal(trade["quantity"])
    for cid, row in told.orders.items():
        row["lacks"] = Decimal(row["filled"]) > known.get(cid, Decimal(0))


def _compare_orders(connection: Connection, told: Told) -> None:
    for row in _rows(connection, wire_orders, "number"):
        _require_same("order", row["cid"], row, told.orders.pop(row["cid"], None))
    _require_none_left("order", list(told.orders))


def _compare_trades(connection: Connection, told: Told) -> None:
    for row in _rows(connection, venue_trades, "id"):
        expected = told.trades.pop((row["venue"], row["symbol"], row["trade_id"], row["is_buy"]), None)
        if expected is not None:
            expected = expected | {"settled_by": told.settled.pop(row["id"], None)}
        _require_same("fill", row["trade_id"], row, expected)
    _require_none_left("fill", [name for _, _, name, _ in told.trades])
    _require_none_left("booked fill", [str(number) for number in told.settled])


def _compare_days(connection: Connection, told: Told) -> None:
    for row in _rows(connection, order_days, "day"):
        expected = told.opened.pop(row["day"], None)
        _require_same("day", str(row["day"]), row, None if expected is None else {"opened": str(expected)})
    _require_none_left("day", [str(day) for day in told.opened])


def _require_same(what: str, name: str, row: Row, expected: Row | None) -> None:
    _require(expected is not None, what, name, "no event has written it")
    wrong = [column for column, said in (expected or {}).items() if row[column] != said]
    _require(not wrong, what, name, f"its {', '.join(wrong)} cannot be what the events have written")


def _require_none_left(what: str, names: list[str]) -> None:
    _require(not names, what, names[0] if names else "", "it is missing")


def _require(holds: bool, what: str, name: str, why: str) -> None:
    if not holds:
        raise Damaged(
            f"the journal's {what} {name} is not as it was written: {why}; stop trading, compare with the venue and "
            "restore a backup"
        )


def _rows(connection: Connection, table: Table, key: str) -> Iterator[Row]:
    query = select(table).order_by(table.c[key]).execution_options(yield_per=BATCH)
    for row in connection.execute(query).mappings():
        yield dict(row)
