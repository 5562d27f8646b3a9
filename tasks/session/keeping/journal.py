"""The journal's file is kept small, while nobody orders."""

import shutil
from pathlib import Path

from data.journal import GUARDIAN, TRADER, Heartbeats, Journal
from data.journal.tidying import drop_delivered_alerts, empty_log, is_file, pages_of, vacuum
from models.types import Refused, Unavailable
from models.types.timeframes import DAY
from tasks.session.keeping.tidied import Tidied
from tasks.session.ordering.writing import Writing, only_writer

ALERT_DAYS = 365
# While it is written anew the file is there twice, once more in its log.
ROOM = 3
# Bytes that are written anew within a second on a slow disk: nobody who watches or is watched falls silent by that.
QUICK = 16 * 2**20


def keep_journal(journal: Journal, writing: Writing, free_share: float, now: int) -> list[Tidied]:
    """Delete alerts that were delivered a year before `now` (UTC microseconds), empty the log, and write the file anew
    where more than `free_share` of it lies free: as the only one that may order, so that no cycle waits in the middle.
    While a trader or guardian has promised a sign of life, which it could not give meanwhile, a large one is left.
    """
    found = [
        Tidied("journal", "alerts delivered a year ago", drop_delivered_alerts(journal.engine, now - ALERT_DAYS * DAY))
    ]
    try:
        with only_writer(writing):
            return [*found, _compacted(journal, free_share, now)]
    except (Refused, Unavailable) as error:
        return [*found, Tidied("journal", "file", trouble=str(error))]


def _compacted(journal: Journal, free_share: float, now: int) -> Tidied:
    before = pages_of(journal.engine)
    if not is_file(journal.engine):
        return Tidied("journal", "database", note=f"{before.whole:,} bytes; its server keeps it small")
    promised = _promised(journal, now)
    put_off = before.free_share > free_share and before.whole > QUICK and bool(promised)
    if before.free_share > free_share and not put_off:
        _require_room(Path(str(journal.engine.url.database)), ROOM * before.whole)
        vacuum(journal.engine)
    emptied = empty_log(journal.engine)
    after = pages_of(journal.engine)
    note = f"{after.whole:,} bytes, {before.free_share:.0%} lay free"
    if put_off:
        note += f"; not written anew, as {promised} could not be heard of meanwhile: end it for that"
    return Tidied("journal", "file", 0, before.whole - after.whole, note if emptied else f"{note}; its log is in use")


def _promised(journal: Journal, now: int) -> str:
    """Who has promised a sign of life that is not late; empty where nobody has."""
    heard = [Heartbeats(journal.engine).last(name) for name in (TRADER, GUARDIAN)]
    names = [one.name for one in heard if one is not None and one.due_at is not None and not one.is_late(now)]
    return " and ".join(f"the {name}" for name in names)


def _require_room(path: Path, wanted: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if free < wanted:
        raise Unavailable(
            f"the journal would be written anew, which takes {wanted:,} bytes for a moment, and the disk has {free:,}; "
            "make room"
        )
