"""Reading and writing the journal. Every write is one transaction and can be repeated without a second effect."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.dialects.sqlite import insert

from data.journal.records import Decision, Order
from data.journal.tables import alerts_outbox, config_versions, control, decisions, fills, intents, metadata, orders
from models.types import Bound, Fill, Intent, Reason, Refusal

STOP = "stop"


@dataclass(frozen=True, slots=True)
class Journal:
    """One account database."""

    engine: Engine

    def last_decision(self, book: str, bar: int | None = None) -> Decision | None:
        """The book's newest decision, or its newest at or before `bar`; None when there is none."""
        query = select(decisions).where(decisions.c.book == book).order_by(decisions.c.bar.desc()).limit(1)
        if bar is not None:
            query = query.where(decisions.c.bar <= bar)
        with self.engine.begin() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else _decision(row, connection)

    def decisions_of(self, book: str) -> list[Decision]:
        """All decisions of the book in the order of their bars."""
        with self.engine.begin() as connection:
            rows = connection.execute(select(decisions).where(decisions.c.book == book).order_by(decisions.c.bar))
            return [_decision(row, connection) for row in rows.all()]

    def record_decision(self, decision: Decision, tree: str) -> bool:
        """Write a decision with its intents, all or nothing; False when its book has one for that bar already."""
        with self.engine.begin() as connection:
            connection.execute(
                insert(config_versions).on_conflict_do_nothing(),
                {"version": decision.config_version, "tree": tree, "first_seen": decision.decided_at},
            )
            written = connection.execute(insert(decisions).on_conflict_do_nothing(), _decision_row(decision))
            if written.rowcount == 0:
                return False
            for intent in decision.intents:
                connection.execute(insert(intents), _intent_row(decision, intent))
        return True

    def record_order(self, cid: str, broker: str, at: int) -> None:
        """Note that the broker was given the intent `cid`."""
        row = {"cid": cid, "broker": broker, "status": "open", "placed_at": at}
        with self.engine.begin() as connection:
            connection.execute(insert(orders).on_conflict_do_nothing(), row)

    def record_fill(self, cid: str, broker: str, fill: Fill) -> None:
        """Note the execution of an order and close it."""
        row = {
            "cid": cid,
            "broker": broker,
            "trade_id": f"{broker}-{cid}",
            "symbol": fill.symbol,
            "filled_at": fill.ts,
            "quantity": repr(fill.quantity),
            "price": repr(fill.price),
            "fee": repr(fill.fee),
        }
        with self.engine.begin() as connection:
            connection.execute(insert(fills).on_conflict_do_nothing(), row)
            connection.execute(orders.update().where(orders.c.cid == cid).values(status="filled"))

    def expire_order(self, cid: str) -> None:
        """Close an order that nothing was filled of."""
        with self.engine.begin() as connection:
            connection.execute(orders.update().where(orders.c.cid == cid).values(status="expired"))

    def orders_of(self, decision: Decision) -> dict[str, Order]:
        """Orders of a decision's intents by client order id; an intent nobody was given yet is absent."""
        wanted = {decision.cid(intent): intent for intent in decision.intents}
        given = select(orders).where(orders.c.cid.in_(wanted))
        filled = select(fills).where(fills.c.cid.in_(wanted))
        with self.engine.begin() as connection:
            fill_of = {row.cid: _fill(row) for row in connection.execute(filled)}
            rows = connection.execute(given).all()
        return {row.cid: Order(row.cid, row.broker, row.status, wanted[row.cid], fill_of.get(row.cid)) for row in rows}

    def newest_orders(self, book: str) -> dict[str, Order]:
        """The newest order of each symbol that the book ever ordered, by symbol."""
        newest = (
            select(intents.c.symbol, func.max(intents.c.bar).label("bar"))
            .join(decisions, decisions.c.id == intents.c.decision_id)
            .where(decisions.c.book == book)
            .group_by(intents.c.symbol)
        )
        with self.engine.begin() as connection:
            bars = {row.bar for row in connection.execute(newest)}
        found: dict[str, Order] = {}
        for bar in sorted(bars):
            decision = self.last_decision(book, bar)
            for order in self.orders_of(decision).values() if decision is not None else ():
                found[order.intent.symbol] = order
        return found

    def stop_reason(self) -> str | None:
        """Why trading is stopped, None when it is not. A journal that cannot be read raises: that is a stop as well."""
        with self.engine.begin() as connection:
            row = connection.execute(select(control.c.reason).where(control.c.flag == STOP)).one_or_none()
            return None if row is None else str(row.reason)

    def set_stop(self, reason: str, at: int) -> None:
        """Stop new entries until a person releases the flag; the first reason stays."""
        with self.engine.begin() as connection:
            row = {"flag": STOP, "reason": reason, "set_at": at}
            connection.execute(insert(control).on_conflict_do_nothing(), row)

    def raise_alert(self, key: str, severity: str, text: str, at: int) -> None:
        """Put an alert into the outbox; the same key is one alert."""
        row = {"key": key, "severity": severity, "text": text, "raised_at": at}
        with self.engine.begin() as connection:
            connection.execute(insert(alerts_outbox).on_conflict_do_nothing(), row)

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every table's rows, for read-only analysis elsewhere."""
        with self.engine.begin() as connection:
            return {
                table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
            }


def _decision_row(decision: Decision) -> dict[str, Any]:
    outcome = {
        "regimes": decision.regimes,
        "refused": {one.symbol: one.reason.name for one in decision.refused},
        "held": decision.held,
    }
    return {
        "id": decision.id,
        "book": decision.book,
        "bar": decision.bar,
        "decided_at": decision.decided_at,
        "config_version": decision.config_version,
        "models": json.dumps(decision.models),
        "inputs": json.dumps(decision.inputs),
        "outcome": json.dumps(outcome),
        "state_before": json.dumps(decision.state_before),
        "state_after": json.dumps(decision.state_after),
    }


def _intent_row(decision: Decision, intent: Intent) -> dict[str, Any]:
    return {
        "cid": decision.cid(intent),
        "decision_id": decision.id,
        "position": decision.intents.index(intent),
        "symbol": intent.symbol,
        "bar": intent.bar,
        "quantity": repr(intent.quantity),
        "price": repr(intent.price),
        "reason": intent.reason.name,
        "bound": intent.bound.name,
        "edge_bps": repr(intent.edge_bps),
    }


def _decision(row: Row[Any], connection: Connection) -> Decision:
    wanted = connection.execute(select(intents).where(intents.c.decision_id == row.id).order_by(intents.c.position))
    outcome = json.loads(row.outcome)
    before, after = json.loads(row.state_before), json.loads(row.state_after)
    return Decision(
        id=row.id,
        book=row.book,
        bar=row.bar,
        decided_at=row.decided_at,
        config_version=row.config_version,
        models=json.loads(row.models),
        regimes=outcome["regimes"],
        inputs=json.loads(row.inputs),
        intents=tuple(_intent(one) for one in wanted),
        refused=tuple(Refusal(symbol, Reason[name]) for symbol, name in outcome["refused"].items()),
        held=outcome["held"],
        state_before=(before[0], before[1]),
        state_after=(after[0], after[1]),
    )


def _intent(row: Row[Any]) -> Intent:
    return Intent(
        bar=row.bar,
        symbol=row.symbol,
        quantity=float(row.quantity),
        price=float(row.price),
        reason=Reason[row.reason],
        bound=Bound[row.bound],
        edge_bps=float(row.edge_bps),
    )


def _fill(row: Row[Any]) -> Fill:
    return Fill(row.symbol, row.filled_at, float(row.quantity), float(row.price), float(row.fee))
