"""Who is still to be told of which alert, and how the channels fare: the dispatcher's side of the outbox."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from data.journal.alert_log import LoggedAlert, logged
from data.journal.alert_tables import alert_channels, alert_deliveries
from data.journal.dialects import insert_new, write_over
from data.journal.reading import reads
from data.journal.tables import alerts_outbox

# Alerts that are routed in one transaction: nobody who trades waits for thousands.
AT_ONCE = 200
# SQLite takes no more values in one statement than some thousands.
NAMED_AT_ONCE = 500
ORDER = alerts_outbox.c.raised_at, alerts_outbox.c.key


@dataclass(frozen=True, slots=True)
class Planned:
    """A channel is to be told of an alert, not before `due_at` (UTC microseconds); `turn` 0 is the first time."""

    key: str
    channel: str
    turn: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is planned under a number, with its alert; `sent_at` None: not yet."""

    id: int
    channel: str
    turn: int
    due_at: int
    sent_at: int | None
    alert: LoggedAlert


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel fares; times are UTC microseconds.

    Attributes:
        failures: in a row, since it delivered last.
        retry_at: not asked before that.
        error: of the newest failure.
        proven_at: it last delivered, or its server answered.
    """

    name: str
    failures: int = 0
    failing_since: int | None = None
    retry_at: int | None = None
    error: str = ""
    proven_at: int | None = None


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Of one journal; `engine` is the journal's. Every write is one short transaction."""

    engine: Engine

    def unrouted(self) -> list[LoggedAlert]:
        """Alerts of which nobody knows yet who is to be told, in the order they came, AT_ONCE at most."""
        query = select(alerts_outbox).where(alerts_outbox.c.routed_at.is_(None))
        with reads(self.engine) as connection:
            rows = connection.execute(query.order_by(*ORDER).limit(AT_ONCE))
            return [logged(row) for row in rows]

    def route(self, alerts: Sequence[LoggedAlert], planned: Sequence[Planned], now: int) -> None:
        """The alerts are routed so; one that nobody is to be told of counts as delivered."""
        told = {one.key for one in planned}
        with self.engine.begin() as connection:
            _plan(connection, planned)
            for keys, values in (
                ([one.key for one in alerts if one.key in told], {"routed_at": now}),
                ([one.key for one in alerts if one.key not in told], {"routed_at": now, "delivered_at": now}),
            ):
                if keys:
                    connection.execute(update(alerts_outbox).where(alerts_outbox.c.key.in_(keys)), values)

    def plan(self, planned: Sequence[Planned]) -> None:
        """Further turns; what is planned already stays as it is."""
        if planned:
            with self.engine.begin() as connection:
                _plan(connection, planned)

    def since(self, moment: int) -> list[Delivery]:
        """First turns that were sent after that, or wait, the oldest first."""
        sent_at = alert_deliveries.c.sent_at
        return self._found((sent_at.is_(None) | (sent_at > moment)) & (alert_deliveries.c.turn == 0))

    def due(self, channel: str, now: int, longest_wait: int | None = None) -> list[Delivery]:
        """What the channel is to be told by now, in the order it was planned. What waits longer than anything does
        (`longest_wait` microseconds, where given) was planned by a clock that was put back since, and is due.
        """
        mine = (alert_deliveries.c.channel == channel) & alert_deliveries.c.sent_at.is_(None)
        due_at = alert_deliveries.c.due_at
        is_due = due_at <= now if longest_wait is None else (due_at <= now) | (due_at > now + longest_wait)
        return self._found(mine & is_due)

    def sent_since(self, channel: str, moment: int) -> list[int]:
        """When messages went out by the channel after that moment, the oldest first."""
        mine = (alert_deliveries.c.channel == channel) & (alert_deliveries.c.sent_at > moment)
        query = select(alert_deliveries.c.sent_at).where(mine).distinct().order_by(alert_deliveries.c.sent_at)
        with reads(self.engine) as connection:
            return [int(one) for one in connection.execute(query).scalars()]

    def sent(self, channel: str, ids: Sequence[int], now: int) -> None:
        """The channel has taken a message about these."""
        with self.engine.begin() as connection:
            for some in _in_parts(ids):
                mine = alert_deliveries.c.id.in_(some)
                done = {"sent_at": now, "attempts": alert_deliveries.c.attempts + 1, "error": ""}
                connection.execute(update(alert_deliveries).where(mine).values(done))
                keys = select(alert_deliveries.c.key).where(mine)
                told = update(alerts_outbox).where(
                    alerts_outbox.c.key.in_(keys), alerts_outbox.c.delivered_at.is_(None)
                )
                connection.execute(told, {"delivered_at": now})
            _write_state(connection, ChannelState(channel, proven_at=now))

    def failed(self, state: ChannelState, ids: Sequence[int]) -> None:
        """The channel did not take a message about these, and fares so since."""
        with self.engine.begin() as connection:
            for some in _in_parts(ids):
                tried = {"attempts": alert_deliveries.c.attempts + 1, "error": state.error}
                connection.execute(update(alert_deliveries).where(alert_deliveries.c.id.in_(some)).values(tried))
            _write_state(connection, state)

    def note(self, state: ChannelState) -> None:
        """How a channel fares."""
        with self.engine.begin() as connection:
            _write_state(connection, state)

    def states(self) -> dict[str, ChannelState]:
        """How each channel fares that was ever used."""
        with reads(self.engine) as connection:
            return {row.name: ChannelState(**row._mapping) for row in connection.execute(select(alert_channels))}

    def drop(self, kept: Iterable[str]) -> int:
        """Plans for channels that are not among `kept` any more, and repetitions of what was acknowledged, go; how
        many did. An alert that no other channel is to be told of counts as delivered when it was routed.
        """
        waits = alert_deliveries.c.sent_at.is_(None)
        acknowledged = select(alerts_outbox.c.key).where(alerts_outbox.c.acknowledged_at.is_not(None))
        gone = waits & (
            alert_deliveries.c.channel.not_in(list(kept))
            | ((alert_deliveries.c.turn > 0) & alert_deliveries.c.key.in_(acknowledged))
        )
        with reads(self.engine) as connection:
            ids = list(connection.execute(select(alert_deliveries.c.id).where(gone)).scalars())
        if not ids:
            return 0
        with self.engine.begin() as connection:
            for some in _in_parts(ids):
                connection.execute(delete(alert_deliveries).where(alert_deliveries.c.id.in_(some)))
            left = select(alert_deliveries.c.key)
            nobody = alerts_outbox.c.routed_at.is_not(None) & alerts_outbox.c.delivered_at.is_(None)
            to_nobody = update(alerts_outbox).where(nobody, alerts_outbox.c.key.not_in(left))
            connection.execute(to_nobody.values(delivered_at=alerts_outbox.c.routed_at))
        return len(ids)

    def unacknowledged(self, severities: Sequence[str]) -> list[tuple[LoggedAlert, int, int]]:
        """(alert of one of these severities that was routed and nobody has acknowledged, when it was routed, its newest
        turn that is planned), the oldest first.
        """
        turns = select(alert_deliveries.c.key, func.max(alert_deliveries.c.turn).label("newest"))
        newest = turns.group_by(alert_deliveries.c.key).subquery()
        query = select(alerts_outbox, newest.c.newest).join(newest, newest.c.key == alerts_outbox.c.key)
        query = query.where(alerts_outbox.c.acknowledged_at.is_(None), alerts_outbox.c.severity.in_(severities))
        with reads(self.engine) as connection:
            rows = connection.execute(query.order_by(*ORDER)).all()
        return [(logged(row), row.routed_at, row.newest) for row in rows if row.routed_at is not None]

    def _found(self, condition: Any) -> list[Delivery]:
        of_alert = alerts_outbox, alert_deliveries.c.id, alert_deliveries.c.channel, alert_deliveries.c.turn
        query = select(*of_alert, alert_deliveries.c.due_at, alert_deliveries.c.sent_at)
        query = query.join(alerts_outbox, alerts_outbox.c.key == alert_deliveries.c.key).where(condition)
        with reads(self.engine) as connection:
            return [_delivery(row) for row in connection.execute(query.order_by(alert_deliveries.c.id))]


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(row.id, row.channel, row.turn, row.due_at, row.sent_at, logged(row))


def _plan(connection: Connection, planned: Sequence[Planned]) -> None:
    rows = [{**asdict(one), "attempts": 0, "error": ""} for one in planned]
    if rows:
        connection.execute(insert_new(connection, alert_deliveries).on_conflict_do_nothing(), rows)


def _write_state(connection: Connection, state: ChannelState) -> None:
    values = asdict(state)
    same = {name: value for name, value in values.items() if name != "name"}
    write_over(connection, alert_channels, {"name": state.name}, same)


def _in_parts(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), NAMED_AT_ONCE):
        yield ids[start : start + NAMED_AT_ONCE]
