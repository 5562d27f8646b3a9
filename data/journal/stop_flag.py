"""The emergency stop: a row of the journal and a file beside it, of which either one alone stops, also unreadable.

The file can be written while the journal is busy, full or damaged; the row is what the transaction of an order reads.
A book's own breakers have a row of their own, which stops nothing but its orders (see `breaker_flags`).
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Row, insert, select, update

from data.files import writing
from data.journal.audit_log import AuditKind, Entry, write_entry
from data.journal.tables import control
from data.stop_file import FILE, Said, read_file, write_file
from models.types import Level

STOP = "stop"
KEEL = "keel"
# Option of an engine: the folder of its home in which the file stands.
STATE_FOLDER = "keel_state_folder"
ROW = select(control).where(control.c.flag == STOP)


@dataclass(frozen=True, slots=True)
class StopFlag:
    """Trading is stopped: how far, why, by whom and since when (UTC microseconds)."""

    level: Level
    reason: str
    who: str
    at: int


def stop_file(engine: Engine) -> Path | None:
    """Where the file is or would be; None for a journal of no home."""
    folder = engine.get_execution_options().get(STATE_FOLDER)
    return None if folder is None else Path(folder) / FILE


def write_stop_file(path: Path, flag: StopFlag) -> StopFlag:
    """Write the flag into the file; one that is there keeps its reason, and takes the higher level. What stands there.

    Raises:
        Unavailable: it cannot be written.
    """
    with writing(path):
        return _flag_in(write_file(path, Said(flag.level.name, flag.reason, flag.who, flag.at)))


def read_stop_file(path: Path) -> StopFlag | None:
    """The flag in the file, None only where there is none; one that cannot be read is a flag that flattens nothing."""
    said = read_file(path)
    return None if said is None else _flag_in(said)


def read_stop(connection: Connection) -> StopFlag | None:
    """The flag by row and file together; None where neither is there."""
    row = connection.execute(ROW).one_or_none()
    path = stop_file(connection.engine)
    found = None if row is None else flag_of(row)
    beside = None if path is None else read_stop_file(path)
    if found is None or beside is None:
        return found or beside
    return climbed(found, beside)


def write_stop(connection: Connection, flag: StopFlag, name: str = STOP, subject: str = "") -> StopFlag:
    """Write the flag into the row of that name, and into the audit chain whatever is new of it; see `climbed`. Whoever
    opened the transaction ends it.
    """
    row = connection.execute(select(control).where(control.c.flag == name)).one_or_none()
    before = None if row is None else flag_of(row)
    joined = climbed(before, flag)
    values = {"reason": joined.reason, "set_at": joined.at, "level": joined.level.name, "who": joined.who}
    if before is None:
        connection.execute(insert(control), {"flag": name, **values})
    elif joined != before:
        connection.execute(update(control).where(control.c.flag == name), values)
    if joined != before:
        detail = {"level": joined.level.name.lower()}
        write_entry(connection, Entry(AuditKind.STOPPED, subject, flag.who, flag.reason, detail, flag.at))
    return joined


def climbed(before: StopFlag | None, flag: StopFlag) -> StopFlag:
    """A flag on top of the one before: it only climbs; the first reason stays, until the level is higher."""
    return flag if before is None or flag.level > before.level else before


def flag_of(row: Row[tuple[object, ...]]) -> StopFlag:
    """A row that says nothing readable is a stop as well."""
    reason = row.reason if isinstance(row.reason, str) and row.reason.strip() else "the stop flag cannot be read"
    level = Level[row.level] if row.level in Level.__members__ and row.level != Level.NONE.name else Level.PAUSE
    return StopFlag(level, reason, str(row.who), int(row.set_at) if isinstance(row.set_at, int) else 0)


def _flag_in(said: Said) -> StopFlag:
    return StopFlag(Level[said.level], said.reason, said.who, said.at)
