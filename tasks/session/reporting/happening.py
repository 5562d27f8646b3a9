"""What happened around the trading of a span: orders, bars, feeds, alerts and the gap."""

from collections import Counter
from collections.abc import Iterable

from data.journal import AuditKind, AuditLog, FeedLog, Journal, OrderLog, SessionKind, SessionLog
from data.journal.alert_log import AlertLog, LoggedAlert
from models.types import Series, iso
from models.types.alerts import Severity
from models.types.wire import OrderState
from tasks.session.gapping.window import line_of
from tasks.session.ordering.resolving import told
from tasks.session.reporting.periods import Span
from tasks.session.reporting.report import Event, Gap
from tasks.session.reporting.window import Window

TROUBLED = (OrderState.REJECTED, OrderState.LOST, OrderState.UNKNOWN)
# Of the outbox, the newest: a day of a storm of alerts is not read as a whole, and says so by its number.
MOST_ALERTS, LISTED = 100_000, 50
REPORT = "report"


def orders_in(journal: Journal, book: str, span: Span) -> tuple[dict[str, int], tuple[Event, ...]]:
    """(how many orders that were made in the span are in each state, those that failed)."""
    mine = [one for one in OrderLog(journal.engine).orders_of_book(book, span.begin) if span.has(one.created_at)]
    states = Counter(one.state.value for one in mine)
    failed = [one for one in mine if one.state in TROUBLED]
    events = tuple(Event(iso(one.created_at), one.state.value, f"{told(one)}: {one.why}") for one in failed)
    return dict(states.most_common()), events


def refusals_in(window: Window) -> dict[str, int]:
    """How often decisions did not do what was wanted, by reason."""
    found = Counter(one.reason.name.lower() for decision in window.decisions for one in decision.refused)
    return dict(found.most_common())


def bars_in(journal: Journal, book: str, span: Span) -> tuple[dict[str, int], dict[str, int]]:
    """(bars of sessions that were decided, skipped and failed, why they were not decided)."""
    log = SessionLog(journal.engine)
    events = [one for run in log.runs(book) for one in log.events(run.id or 0) if span.has(one.at)]
    about = [one for one in events if one.bar is not None]
    kinds = Counter(one.kind.value for one in about)
    why = Counter(one.reason.partition(":")[0] for one in about if one.kind is not SessionKind.DECIDED)
    return dict(kinds.most_common()), dict(why.most_common())


def feeds_in(journal: Journal, series: Iterable[Series], span: Span) -> tuple[Event, ...]:
    """What happened between the feeds of the book's series."""
    log = FeedLog(journal.engine)
    events = [one for each in series for one in log.events(each) if span.has(one.at)]
    return tuple(
        Event(
            iso(one.at),
            one.kind.value,
            f"{one.series}: {one.feed_from} to {one.feed_to or 'nobody'}, {one.reason}",
        )
        for one in sorted(events, key=lambda one: one.at)
    )


def alerts_in(journal: Journal, span: Span) -> tuple[dict[str, int], tuple[Event, ...]]:
    """(how many were raised by severity, the gravest first; the gravest of them). Reports are none."""
    every = AlertLog(journal.engine).alerts(MOST_ALERTS)
    mine = [one for one in every if span.has(one.raised_at) and not one.key.startswith(f"{REPORT} ")]
    counts = Counter(one.severity for one in mine)
    ordered = sorted(mine, key=lambda one: (-_grave(one.severity), one.raised_at))
    return {name: counts[name] for name in sorted(counts, key=_grave, reverse=True)}, tuple(
        Event(iso(one.raised_at), one.kind.name, _alert_text(one)) for one in ordered[:LISTED]
    )


def gap_before(journal: Journal, book: str, until: int) -> Gap | None:
    """The newest verdict on the book's line up to the moment `until` (UTC microseconds)."""
    entries = AuditLog(journal.engine).entries((AuditKind.GAP,), line_of(book))
    mine = [one for one in entries if one.at <= until and one.detail.get("book") == book]
    if not mine:
        return None
    newest = mine[-1]
    return Gap(iso(newest.at), newest.why, bool(newest.detail.get("beyond")), newest.detail)


def _alert_text(one: LoggedAlert) -> str:
    return f"{one.severity}: {one.text}" + ("" if one.is_open else f" (acknowledged by {one.acknowledged_by})")


def _grave(severity: str) -> int:
    return Severity[severity.upper()].value
