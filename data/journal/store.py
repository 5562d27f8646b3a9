"""Reading and writing the journal. Every write is one transaction and can be repeated without a second effect."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, select

from data.journal.decision_rows import read_decision, write_decision
from data.journal.dialects import insert_new, rows_of
from data.journal.lease import Lease
from data.journal.reading import reads
from data.journal.records import BookedFill, CameOf, Decision, Order, Settled
from data.journal.risk_log import ladder_event_of, write_alert
from data.journal.risk_records import LADDER, Alert
from data.journal.route_log import Routed
from data.journal.rows import booked_fill_of, decision_of, order_of, switch_of
from data.journal.stop_flag import KEEL, StopFlag, read_stop, stop_file, write_stop, write_stop_file
from data.journal.tables import (
    config_versions,
    decisions,
    fills,
    intents,
    metadata,
    orders,
    risk_events,
    switches,
)
from models.types import BadInput, LadderEvent, Leg, Level, Reason, Switch

# Of an order itself, and not of a level of the position that it opened.
OWN_LEGS = (Leg.ENTRY.name, Leg.ADD.name, Leg.EXIT.name)
# No bar opened so early.
BEFORE_ALL = -(2**62)


@dataclass(frozen=True, slots=True)
class Journal:
    """One account database."""

    engine: Engine

    def last_decision(self, book: str, bar: int | None = None) -> Decision | None:
        """The book's newest decision, or its newest at or before `bar`; None when there is none."""
        query = select(decisions).where(decisions.c.book == book).order_by(decisions.c.bar.desc()).limit(1)
        if bar is not None:
            query = query.where(decisions.c.bar <= bar)
        with reads(self.engine) as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else read_decision(connection, row)

    def decision(self, name: str) -> Decision | None:
        """The decision with this id, None where there is none."""
        with reads(self.engine) as connection:
            row = connection.execute(select(decisions).where(decisions.c.id == name)).one_or_none()
            return None if row is None else read_decision(connection, row)

    def newest_decision(self, book: str) -> str | None:
        """The id of the book's newest decision, None when there is none."""
        query = select(decisions.c.id).where(decisions.c.book == book).order_by(decisions.c.bar.desc()).limit(1)
        with reads(self.engine) as connection:
            return connection.execute(query).scalar_one_or_none()

    def books(self) -> list[str]:
        """Names of every book that has decided."""
        with reads(self.engine) as connection:
            return sorted(connection.execute(select(decisions.c.book).distinct()).scalars())

    def decisions_of(self, book: str, after: int = BEFORE_ALL) -> list[Decision]:
        """All decisions of the book for bars that opened later than `after`, in the order of their bars."""
        mine = select(decisions).where(decisions.c.book == book, decisions.c.bar > after).order_by(decisions.c.bar)
        wanted = select(intents).join(decisions, decisions.c.id == intents.c.decision_id)
        wanted = wanted.where(decisions.c.book == book, decisions.c.bar > after)
        wanted = wanted.order_by(intents.c.bar, intents.c.position)
        changes = select(switches).where(switches.c.book == book, switches.c.bar > after)
        changes = changes.order_by(switches.c.bar, switches.c.position)
        stops = select(risk_events).where(risk_events.c.book == book, risk_events.c.kind.in_(LADDER))
        stops = stops.where(risk_events.c.bar > after)
        made: dict[str, list[Row[Any]]] = {}
        changed: dict[str, list[Switch]] = {}
        found: dict[int, list[LadderEvent]] = {}
        with reads(self.engine) as connection:
            for row in connection.execute(wanted):
                made.setdefault(row.decision_id, []).append(row)
            for row in connection.execute(changes):
                changed.setdefault(row.decision_id, []).append(switch_of(row))
            for row in connection.execute(stops.order_by(risk_events.c.id)):
                found.setdefault(row.bar, []).append(ladder_event_of(row))
            return [
                decision_of(row, tuple(changed.get(row.id, ())), made.get(row.id, []), tuple(found.get(row.bar, ())))
                for row in connection.execute(mine)
            ]

    def record_decision(
        self,
        decision: Decision,
        follows: int | None,
        settled: Settled,
        tree: str,
        consumed: tuple[int, ...] = (),
        routed: tuple[Routed, ...] = (),
        fence: Lease | None = None,
        made_from: str = "{}",
    ) -> bool:
        """Write a decision with its switches, intents, stops and who was `routed`, the fills since the book's decision
        for the bar `follows` (None: it has none yet), the orders that they close, which fills of venues they are, that
        it consumed the risk events with the ids `consumed`, and its seal with what it was `made_from` (JSON), all or
        nothing; False when the book has decided for that bar already.

        Raises:
            Refused: the book's newest decision is another one than `follows`, a fill of a venue was booked before, or
                the `fence`, where there is one, is no longer in force.
        """
        with self.engine.begin() as connection:
            return write_decision(connection, decision, follows, settled, tree, consumed, routed, fence, made_from)

    def record_order(self, cid: str, broker: str, at: int) -> None:
        """Note that the broker was given the intent `cid`."""
        row = {"cid": cid, "broker": broker, "status": "open", "placed_at": at}
        with self.engine.begin() as connection:
            connection.execute(insert_new(connection, orders).on_conflict_do_nothing(), row)

    def given(self, decision: Decision) -> frozenset[str]:
        """Client order ids of the decision's intents that a broker was given."""
        wanted = [decision.cid(intent) for intent in decision.intents]
        with reads(self.engine) as connection:
            return frozenset(connection.execute(select(orders.c.cid).where(orders.c.cid.in_(wanted))).scalars())

    def came_of(self, cid: str) -> CameOf:
        """What came of an order that a broker was given, by the fills that decisions have booked.

        Raises:
            BadInput: no broker was given such an order.
        """
        mine = select(fills.c.quantity, fills.c.price).where(fills.c.cid == cid, fills.c.leg.in_(OWN_LEGS))
        with reads(self.engine) as connection:
            status = connection.execute(select(orders.c.status).where(orders.c.cid == cid)).scalar_one_or_none()
            if status is None:
                raise BadInput(f"no broker was given the order {cid}; name one that was")
            done = [(abs(float(row.quantity)), float(row.price)) for row in connection.execute(mine)]
        return CameOf(status, math.fsum(one for one, _ in done), math.fsum(one * price for one, price in done))

    def newest_order(
        self, book: str, system: str, symbol: str, reasons: tuple[Reason, ...] = tuple(Reason)
    ) -> Order | None:
        """The newest order of a symbol that a system of the book placed for one of the reasons, None without one."""
        has_fills = select(fills.c.id).where(fills.c.cid == intents.c.cid).exists().label("has_fills")
        query = (
            select(intents, orders.c.broker, orders.c.status, decisions.c.models, has_fills)
            .join(orders, orders.c.cid == intents.c.cid)
            .join(decisions, decisions.c.id == intents.c.decision_id)
            .where(intents.c.symbol == symbol, intents.c.system == system, decisions.c.book == book)
            .where(intents.c.reason.in_([one.name for one in reasons]))
            .order_by(intents.c.bar.desc())
            .limit(1)
        )
        with reads(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else order_of(row)

    def fills_of(self, book: str) -> list[BookedFill]:
        """All fills of the book in the order they happened."""
        query = (
            select(fills)
            .join(intents, intents.c.cid == fills.c.cid)
            .join(decisions, decisions.c.id == intents.c.decision_id)
            .where(decisions.c.book == book)
            .order_by(fills.c.id)
        )
        with reads(self.engine) as connection:
            return [booked_fill_of(row) for row in connection.execute(query)]

    def config_trees(self) -> dict[str, str]:
        """The configuration of every version that decided, as canonical JSON."""
        with reads(self.engine) as connection:
            return {row.version: row.tree for row in connection.execute(select(config_versions))}

    def stop(self) -> StopFlag | None:
        """The emergency stop, None when nothing is stopped. A journal that cannot be read raises: a stop as well."""
        with reads(self.engine) as connection:
            return read_stop(connection)

    def stop_reason(self) -> str | None:
        """Why trading is stopped, None when it is not; see `stop`."""
        flag = self.stop()
        return None if flag is None else flag.reason

    def set_stop(self, reason: str, at: int, level: Level = Level.PAUSE, who: str = KEEL) -> StopFlag:
        """Stop trading as far as `level` says, at `at` (UTC microseconds), until a person releases it; what stands now.
        It only climbs, and the first reason of its level stays. The file beside the journal is written first.

        Raises:
            Unavailable: the journal cannot be written now. The file holds all the same, unless the text names it.
        """
        flag, path = StopFlag(level, reason, who, at), stop_file(self.engine)
        if path is not None:
            write_stop_file(path, flag)
        with self.engine.begin() as connection:
            return write_stop(connection, flag)

    def raise_alert(self, key: str, severity: str, text: str, at: int) -> None:
        """Put an alert into the outbox; the same key is one alert."""
        with self.engine.begin() as connection:
            write_alert(connection, Alert(key, severity, text, at))

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Every table's rows in the order they came, for read-only analysis elsewhere."""
        with reads(self.engine) as connection:
            every = {one.name: rows_of(connection, one) for one in metadata.sorted_tables}
            return {name: [dict(row) for row in connection.execute(one).mappings()] for name, one in every.items()}
