"""How the telling of alerts is, for `keel status`."""

from data.journal import AlertLog, Deliveries, Heartbeats, Journal
from models.types import iso
from models.types.timeframes import MINUTE, SECOND
from tasks.adapters.servers import Component

# The name of the dispatcher's lease and sign of life. Stored: never rename.
ALERTS = "alerts"
START = "say keel up, or python -m tasks.alerting"


def alerts_component(journal: Journal | None, now: int, needed: bool) -> Component:
    """Whether people are told: somebody dispatches, no channel fails, and nothing waits that is due. Where they are not
    `needed`, nobody has to dispatch.
    """
    if journal is None:
        return Component(ALERTS, False, "the outbox is in the journal, which cannot be read")
    beat = Heartbeats(journal.engine).last(ALERTS)
    if beat is None or beat.due_at is None:
        return Component(ALERTS, not needed, f"nobody is told of alerts: {START}")
    if beat.is_late(now):
        return Component(ALERTS, False, f"silent since {iso(beat.at // SECOND * SECOND)}: {START}")
    failing = [one for one in Deliveries(journal.engine).states().values() if one.failures]
    if failing:
        return Component(ALERTS, False, "; ".join(f"{one.name} fails: {one.error}" for one in failing))
    overdue = AlertLog(journal.engine).overdue(now, MINUTE)
    return Component(ALERTS, overdue == 0, f"{overdue} alerts wait that are due" if overdue else "people are told")
