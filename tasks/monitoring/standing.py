"""Samples of what the journal says of this moment."""

from collections import Counter
from collections.abc import Iterable, Iterator

from data.journal.present import Present
from models.types.timeframes import SECOND
from models.types.wire import OrderState
from tasks.adapters.holder import is_gone
from tasks.monitoring.samples import Sample
from tasks.session.overview import AlertNow


def standing(found: Present, books: Iterable[str], now: int) -> Iterator[Sample]:
    """At `now`, UTC microseconds."""
    for beat in found.beats:
        yield Sample("keel_heartbeat_age_seconds", (beat.name,), (now - beat.at) / SECOND)
        yield Sample("keel_heartbeat_overdue", (beat.name,), float(beat.is_late(now)))
    alive = Counter(book for book, holder in found.running if not is_gone(holder))
    for book in sorted({*books, *alive}):
        yield Sample("keel_sessions_running", (book,), float(alive[book]))
    venues = sorted({venue for venue, _ in found.orders})
    for venue in venues:
        for state in OrderState:
            yield Sample("keel_orders", (venue, state.value), float(found.orders.get((venue, state.value), 0)))
    for venue in sorted({*venues, *found.unexplained}):
        yield Sample("keel_holdings_unexplained", (venue,), float(found.unexplained.get(venue, 0)))
    yield Sample("keel_alerts_undelivered", (), float(found.undelivered))
    yield Sample("keel_journal_bytes", (), float(found.bytes))
    yield Sample("keel_audit_rows", (), float(found.audit_rows))


def alerts(listed: Iterable[AlertNow]) -> Iterator[Sample]:
    """How many stand in the outbox, by severity, and whether somebody has acknowledged them."""
    counted = Counter((one.severity, "open" if one.acknowledged_at is None else "acknowledged") for one in listed)
    for severity in ("info", "warning", "error", "critical"):
        for state in ("open", "acknowledged"):
            yield Sample("keel_alerts", (severity, state), float(counted[severity, state]))
