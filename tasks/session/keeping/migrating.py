"""Where a home's journal is, of which revision, and from one revision to another while nobody works with it."""

from dataclasses import dataclass
from pathlib import Path

from data.journal import JournalPlace
from data.journal.database import HEAD
from data.journal.migrating import Migrated, found_revision, migrate
from models.types import Refused
from tasks.session.keeping.alive import alive_in, connected_with


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """`revision`: None where there is no journal; `newest`: this Keel's; `working`: everybody who works with it."""

    place: str
    kind: str
    revision: str | None
    newest: str
    working: tuple[str, ...]


def journal_status(home: Path, place: JournalPlace, now: int) -> JournalStatus:
    """As it is: nothing is migrated by asking. `now` in UTC microseconds.

    Raises:
        Unavailable, Damaged, Refused: it cannot be read, see `open_journal`.
    """
    revision = found_revision(place)
    working = () if revision is None else tuple(_working(home, place, revision, now))
    return JournalStatus(str(place), "sqlite" if place.url is None else "postgresql", revision, HEAD, working)


def migrate_journal(home: Path, place: JournalPlace, to: str, lose: bool, now: int) -> Migrated:
    """See `data.journal.migrating.migrate`; `now` in UTC microseconds.

    Raises:
        Refused: somebody works with the home; or as `migrate`.
    """
    found = _working(home, place, found_revision(place), now)
    if found:
        raise Refused(f"{'; '.join(found)} work with {home} now; stop them first (keel down stops the servers)")
    return migrate(place, to, lose)


def _working(home: Path, place: JournalPlace, revision: str | None, now: int) -> list[str]:
    """One of another revision is not opened for that: it would be brought up."""
    return alive_in(home, place, now) if revision == HEAD else connected_with(place)
