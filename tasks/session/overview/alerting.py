"""Alerts, the newest first."""

from data.journal import AlertLog, Journal
from data.journal.alert_log import LoggedAlert
from models.types import iso
from tasks.session.overview.views import AlertNow

LISTED = 50
# Severities that somebody has to see to now.
GRAVE = ("error", "critical")


def alerts_now(journal: Journal, limit: int = LISTED, only_open: bool = False) -> tuple[AlertNow, ...]:
    """The newest ones, or of those that nobody has acknowledged; of these the grave ones are among them however many
    have come since.
    """
    log = AlertLog(journal.engine)
    found = {one.id: one for one in log.alerts(limit, only_open)}
    found |= {one.id: one for one in log.open_of(GRAVE, limit)}
    newest = sorted(found.values(), key=lambda one: (-one.raised_at, one.key))
    return tuple(alert_now(one) for one in newest)


def alert_now(one: LoggedAlert) -> AlertNow:
    """One alert as people see it."""
    return AlertNow(
        id=one.id,
        kind=one.kind.name,
        severity=one.severity,
        text=one.text,
        runbook=one.kind.runbook,
        raised_at=iso(one.raised_at),
        delivered_at=None if one.delivered_at is None else iso(one.delivered_at),
        acknowledged_at=None if one.acknowledged_at is None else iso(one.acknowledged_at),
        acknowledged_by=one.acknowledged_by,
        note=one.note,
    )
