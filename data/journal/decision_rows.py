"""How a decision is written and read: a row of `decisions`, and the rows of other tables that go with it."""

from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select

from data.journal.dialects import insert_new
from data.journal.lease import Lease, require_in_force
from data.journal.records import Decision, Settled
from data.journal.risk_log import keep_flag_of, ladder_event_of, ladder_row
from data.journal.risk_records import LADDER
from data.journal.route_log import Routed, route_rows
from data.journal.rows import decision_of, decision_row, fill_row, intent_rows, switch_of, switch_rows
from data.journal.seals import write_seal
from data.journal.settling import settle_trades
from data.journal.tables import config_versions, decisions, fills, intents, orders, risk_events, routes, switches
from models.types import Refused, iso


def write_decision(
    connection: Connection,
    decision: Decision,
    follows: int | None,
    settled: Settled,
    tree: str,
    consumed: tuple[int, ...],
    routed: tuple[Routed, ...],
    fence: Lease | None,
    made_from: str,
) -> bool:
    """See `Journal.record_decision`; whoever opened the transaction ends it."""
    if fence is not None:
        require_in_force(connection, fence)
    _write_new(
        connection,
        config_versions,
        {"version": decision.config_version, "tree": tree, "first_seen": decision.decided_at},
    )
    newest = connection.execute(select(func.max(decisions.c.bar)).where(decisions.c.book == decision.book))
    _require_newest(newest.scalar_one(), follows, decision)
    rows: dict[str, list[dict[str, Any]]] = {
        "decisions": [decision_row(decision)],
        "fills": [fill_row(settled, fill) for fill in settled.fills],
        "switches": switch_rows(decision),
        "routes": route_rows(decision, routed),
        "intents": intent_rows(decision),
        "risk_events": [ladder_row(decision.book, decision.bar, event) for event in decision.events],
    }
    if not _write_new(connection, decisions, rows["decisions"][0]):
        return False
    _write_all(connection, fills, rows["fills"])
    settle_trades(connection, settled.trades, decision.id, 0 if fence is None else fence.token)
    for cid, status in settled.closed.items():
        connection.execute(orders.update().where(orders.c.cid == cid).values(status=status))
    for table in (switches, routes, intents, risk_events):
        _write_all(connection, table, rows[table.name])
    if consumed:
        waited = risk_events.update().where(risk_events.c.id.in_(consumed), risk_events.c.bar.is_(None))
        connection.execute(waited.values(bar=decision.bar))
    write_seal(connection, decision, made_from, rows, has_events=bool(consumed or decision.events))
    keep_flag_of(connection, decision.book, decision.state_after.ladder, decision.decided_at)
    return True


def read_decision(connection: Connection, row: Row[Any]) -> Decision:
    """The decision of a row of `decisions`, with what goes with it."""
    changes = select(switches).where(switches.c.decision_id == row.id).order_by(switches.c.position)
    wanted = select(intents).where(intents.c.decision_id == row.id).order_by(intents.c.position)
    mine = risk_events.c.book == row.book, risk_events.c.bar == row.bar, risk_events.c.kind.in_(LADDER)
    stops = select(risk_events).where(*mine).order_by(risk_events.c.id)
    return decision_of(
        row,
        tuple(switch_of(one) for one in connection.execute(changes)),
        list(connection.execute(wanted)),
        tuple(ladder_event_of(one) for one in connection.execute(stops)),
    )


def _write_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Whether it was new. The statement is compiled every time: SQLAlchemy keeps none with an ON CONFLICT."""
    return connection.execute(insert_new(connection, table).on_conflict_do_nothing(), row).rowcount > 0


def _write_all(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:  # without any SQLAlchemy would write one of defaults
        connection.execute(insert(table), rows)


def _require_newest(newest: int | None, follows: int | None, decision: Decision) -> None:
    if newest not in (follows, decision.bar):
        found = "nothing" if newest is None else iso(newest)
        raise Refused(
            f"the book {decision.book} has decided for {found} in the meantime, so that this decision for "
            f"{iso(decision.bar)} no longer follows from its state; run the cycle again"
        )
