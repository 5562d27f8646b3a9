"""What the dispatcher itself finds worth telling: a stop that holds, and who has fallen silent."""

from data.journal import GUARDIAN, TRADER, AlertLog, Beat, Heartbeats, Journal
from models.types import iso
from models.types.timeframes import SECOND
from tasks.session.alerting.handing_in import SILENCE, check_watchdog

# A guardian that watches tells of a silent trader itself, and stops it; here that is told where none does.
PATIENCE = 30 * SECOND


def watch(journal: Journal, now: int, watchdog: int = SILENCE) -> None:
    """Raise an alert for each stop, whoever set it and by whatever way, and for each silence; once each. `watchdog`:
    how long Prometheus' watchdog may be silent, microseconds.

    Raises:
        Unavailable, Damaged: the journal cannot be used.
    """
    tell_stop(journal, now)
    beats = Heartbeats(journal.engine)
    trader, guardian = beats.last(TRADER), beats.last(GUARDIAN)
    is_guarded = guardian is not None and guardian.due_at is not None and not guardian.is_late(now)
    if trader is not None and not is_guarded:
        tell_silent(journal, trader, f"silent trader {trader.at}", now)
    if guardian is not None:
        tell_silent(journal, guardian, f"silent guardian {guardian.at}", now)
    check_watchdog(journal, now, watchdog)


def tell_stop(journal: Journal, now: int) -> None:
    """The emergency stop, by the journal's row or the file beside it: one that climbs higher is told again."""
    flag = journal.stop()
    if flag is None:
        return
    level = flag.level.name.lower()
    key = f"stop latched {flag.at} {level}"
    text = f"trading is stopped ({level}) by {flag.who}: {flag.reason}; released by a person with keel resume"
    if not AlertLog(journal.engine).knows(key):
        journal.raise_alert(key, "critical", text, now)


def tell_silent(journal: Journal, beat: Beat, key: str, now: int) -> None:
    """A sign of life that was promised and is overdue."""
    if beat.is_late(now - PATIENCE) and not AlertLog(journal.engine).knows(key):
        heard = iso(beat.at // SECOND * SECOND)
        text = f"the {beat.name} (process {beat.holder.pid} on {beat.holder.host}) was heard of last at {heard}"
        journal.raise_alert(key, "critical", text, now)
