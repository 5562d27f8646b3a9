"""Alerts as people see them: what was raised, who was told, who has acknowledged it."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, func, or_, select, update

from data.journal.alert_tables import alert_deliveries
from data.journal.reading import reads
from data.journal.tables import alerts_outbox
from models.types import BadInput
from models.types.alerts import AlertKind, kind_of

ID_LENGTH = 12


@dataclass(frozen=True, slots=True)
class LoggedAlert:
    """An alert; times are UTC microseconds.

    Attributes:
        id: for people and addresses, made from the key.
        severity: by name, see models.types.alerts.Severity.
        delivered_at: when the first channel was told, None while none was.
        acknowledged_at, acknowledged_by, note: None, None and empty while nobody has.
    """

    id: str
    key: str
    kind: AlertKind
    severity: str
    text: str
    raised_at: int
    delivered_at: int | None
    acknowledged_at: int | None
    acknowledged_by: str | None
    note: str

    @property
    def is_open(self) -> bool:
        """Whether nobody has acknowledged it."""
        return self.acknowledged_at is None


@dataclass(frozen=True, slots=True)
class AlertLog:
    """Of one journal; `engine` is the journal's. Every write is one transaction."""

    engine: Engine

    def alerts(self, limit: int, only_open: bool = False) -> list[LoggedAlert]:
        """At most `limit`, the newest first."""
        query = select(alerts_outbox).order_by(alerts_outbox.c.raised_at.desc(), alerts_outbox.c.key).limit(limit)
        if only_open:
            query = query.where(alerts_outbox.c.acknowledged_at.is_(None))
        with reads(self.engine) as connection:
            return [logged(row) for row in connection.execute(query)]

    def open_of(self, severities: Collection[str], limit: int) -> list[LoggedAlert]:
        """At most `limit` of these severities that nobody has acknowledged, the newest first."""
        query = select(alerts_outbox).where(alerts_outbox.c.acknowledged_at.is_(None))
        query = query.where(alerts_outbox.c.severity.in_(severities))
        query = query.order_by(alerts_outbox.c.raised_at.desc(), alerts_outbox.c.key).limit(limit)
        with reads(self.engine) as connection:
            return [logged(row) for row in connection.execute(query)]

    def acknowledge(self, alert: str, who: str, note: str, at: int) -> LoggedAlert:
        """Somebody looks after it: it is escalated and repeated no more. A second time changes nothing.

        Raises:
            BadInput: no alert has this id.
        """
        keys = select(alerts_outbox.c.key)
        with reads(self.engine) as connection:
            key = next((one for one in connection.execute(keys).scalars() if id_of(one) == alert), None)
        if key is None:
            raise BadInput(f"found no alert {alert!r}; keel alerts lists them with their ids")
        mine = update(alerts_outbox).where(alerts_outbox.c.key == key, alerts_outbox.c.acknowledged_at.is_(None))
        with self.engine.begin() as connection:
            connection.execute(mine, {"acknowledged_at": at, "acknowledged_by": who, "note": note})
            return logged(connection.execute(select(alerts_outbox).where(alerts_outbox.c.key == key)).one())

    def knows(self, key: str) -> bool:
        """Whether an alert has this key."""
        query = select(alerts_outbox.c.key).where(alerts_outbox.c.key == key)
        with reads(self.engine) as connection:
            return connection.execute(query).one_or_none() is not None

    def overdue(self, now: int, patience: int) -> int:
        """Alerts of which a channel, or everybody, should have been told `patience` before now, and was not."""
        with reads(self.engine) as connection:
            return int(connection.execute(overdue_query(now - patience)).scalar_one())


def overdue_query(late: int) -> Select[tuple[int]]:
    """Counts alerts of which a channel, or everybody, should have been told by the moment `late`, and was not."""
    unrouted = alerts_outbox.c.routed_at.is_(None) & (alerts_outbox.c.raised_at <= late)
    unsent = alert_deliveries.c.sent_at.is_(None) & (alert_deliveries.c.due_at <= late)
    waiting = select(alert_deliveries.c.key).where(unsent)
    return select(func.count()).select_from(alerts_outbox).where(or_(unrouted, alerts_outbox.c.key.in_(waiting)))


def id_of(key: str) -> str:
    """How people name the alert with that key."""
    return hashlib.sha256(key.encode()).hexdigest()[:ID_LENGTH]


def logged(row: Row[Any]) -> LoggedAlert:
    """A row of the outbox."""
    return LoggedAlert(
        id=id_of(row.key),
        key=row.key,
        kind=kind_of(row.key),
        severity=row.severity,
        text=row.text,
        raised_at=row.raised_at,
        delivered_at=row.delivered_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        note=row.note or "",
    )
