"""Where a home's journal is: in a SQLite file of the home, or in a database of a PostgreSQL server."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from data.files import reading, write_atomically
from data.journal.database import open_file
from data.journal.postgres import is_made, named, open_database
from data.journal.store import Journal
from data.stop_file import FILE
from models.types import BadInput, Refused

VARIABLE = "KEEL_JOURNAL__URL"
FORM = "postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE"
# Says in a home where its journal is: without the address of the database it must not begin another one in a file.
NOTE = "JOURNAL"
HERE = "journal.sqlite"


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Of one home.

    Attributes:
        folder: of the home's state, in which the stop file stands.
        url: of the database, None for the SQLite file in the folder.
    """

    folder: Path
    url: URL | None = None

    @property
    def file(self) -> Path:
        """The SQLite file, which is there only without `url`."""
        return self.folder / HERE

    @property
    def stop_file(self) -> Path:
        """The emergency stop's, beside the home's state wherever the journal is."""
        return self.folder / FILE

    def exists(self) -> bool:
        """Whether there is a journal.

        Raises:
            Unavailable, Damaged, Refused: the server cannot say, see `open_journal`.
        """
        return self.file.exists() if self.url is None else is_made(self.url, self.folder)

    def open(self) -> Journal:
        """It, created or migrated where needed; see `open_journal`."""
        if self.url is None:
            return open_file(self.file)
        if self.file.exists() and not self.exists():
            raise Refused(
                f"{self} is empty, and this home has a journal in {self.file}: say keel backup without {VARIABLE}, "
                "then keel restore --over with it; a journal that is not wanted any more can be moved away"
            )
        opened = open_database(self.url, self.folder)
        self.note()
        return opened

    def note(self) -> None:
        """Write into the home where its journal is: that is so until somebody deletes the note, see `noted`."""
        said = HERE if self.url is None else str(self)
        if noted(self.folder) != said:
            write_atomically(self.folder / NOTE, f"{said}\n".encode())

    def __str__(self) -> str:
        return str(self.file) if self.url is None else named(self.url)


def noted(folder: Path) -> str | None:
    """Where the home with this folder of state has its journal by its note: HERE, or the name of a database; None
    without a note.

    Raises:
        Unavailable: there is one, and it cannot be read.
    """
    note = folder / NOTE
    with reading(note):
        return note.read_text(encoding="utf-8", errors="backslashreplace").strip() if note.exists() else None


def open_journal(where: Path | JournalPlace) -> Journal:
    """The journal in the SQLite file, or at the place, created or migrated where needed.

    Raises:
        Unavailable: the folder, file or server cannot be used now, or another process holds it.
        Damaged: it is no sound journal.
        Refused: a newer Keel has written it, or the database is another program's.
    """
    return open_file(where) if isinstance(where, Path) else where.open()


def parsed_url(given: str) -> URL:
    """Of a PostgreSQL database.

    Raises:
        BadInput: it is none; what was given is not repeated, as it has a password.
    """
    try:
        url = make_url(given.strip())
    except (ArgumentError, ValueError):
        raise BadInput(f"{VARIABLE} is no address of a database; it has the form {FORM}") from None
    if url.get_backend_name() != "postgresql" or not url.database:
        raise BadInput(
            f"{VARIABLE} names {url.get_backend_name()} and the database {url.database!r}; it has the form {FORM}"
        )
    return url.set(drivername="postgresql+psycopg")
