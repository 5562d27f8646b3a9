"""From one revision of the journal's tables to another, up and down, in a file and in a database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, DefaultClause, column, create_engine, func, inspect, select, table

from data.files import locked
from data.journal.copying import closing_engine
from data.journal.database import HEAD, MIGRATIONS, changing, file_engine, revision_of, run_alembic
from data.journal.place import JournalPlace
from data.journal.postgres import bring_up, database_engine, read_revision
from data.journal.postgres import revision_of as database_revision
from data.journal.tables import metadata
from models.types import BadInput, Refused

VERSION_TABLE = "alembic_version"


@dataclass(frozen=True, slots=True)
class Migrated:
    """The revision before and after, and what was lost by it: `table` or `table.column`, with how many rows of it."""

    before: str
    after: str
    lost: dict[str, int]


def revisions() -> list[str]:
    """All that this Keel knows, the oldest first."""
    return sorted(path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def found_revision(place: JournalPlace) -> str | None:
    """Of the journal as it is; None where there is none. Nothing is migrated by asking.

    Raises:
        Unavailable, Damaged, Refused: see `open_journal`.
    """
    if place.url is not None:
        return database_revision(database_engine(place.url, place.folder))
    if not place.exists():
        return None
    engine = file_engine(place.file)
    with closing_engine(engine):
        return revision_of(engine, place.file)


def migrate(place: JournalPlace, revision: str, lose: bool) -> Migrated:
    """Bring the journal to `revision`, all of it or nothing. Whoever opens it brings it up to HEAD again: down is for
    an older Keel, which is installed before anybody opens it.

    Raises:
        BadInput: there is no such revision, or no journal.
        Refused: rows would be lost, and `lose` was not said; or a newer Keel has written it.
        Unavailable, Damaged: see `open_journal`.
    """
    if revision not in revisions():
        raise BadInput(f"found revision {revision!r}; this Keel knows {revisions()[0]} to {HEAD}")
    with _changing(place) as (connection, before):
        if before > HEAD:
            raise Refused(
                f"{place} was written by a newer Keel (revision {before}, this one knows {HEAD}); update Keel"
            )
        lost = lost_by(connection, revision) if revision < before else {}
        if lost and not lose:
            said = ", ".join(f"{name} ({rows} rows)" for name, rows in lost.items())
            raise Refused(
                f"revision {revision} cannot hold {said}; take a backup, then say --lose to go down without it"
            )
        if revision < before:
            run_alembic(connection, "downgrade", revision, lose)
        elif place.url is None:
            run_alembic(connection, "upgrade", revision)
        else:
            bring_up(connection, revision)
    return Migrated(before, revision, lost)


def lost_by(connection: Connection, revision: str) -> dict[str, int]:
    """What the tables of the revision have no room for: rows of whole tables, and of columns that say something."""
    mine, older = inspect(connection), _columns_of(revision)
    found: dict[str, int] = {}
    for name in sorted(set(mine.get_table_names()) - {VERSION_TABLE}):
        whole = table(name, *(column(one["name"]) for one in mine.get_columns(name)))
        if name not in older:
            found[name] = connection.execute(select(func.count()).select_from(whole)).scalar_one()
            continue
        for gone in sorted({one.name for one in whole.columns} - older[name]):
            counted = select(func.count()).select_from(whole).where(whole.c[gone].is_not(None))
            default = _default(name, gone)
            counted = counted if default is None else counted.where(whole.c[gone] != default)
            found[f"{name}.{gone}"] = connection.execute(counted).scalar_one()
    return {name: rows for name, rows in found.items() if rows}


def _default(name: str, gone: str) -> str | None:
    """What a row has there of which nothing was said."""
    declared = metadata.tables[name].c[gone].server_default if name in metadata.tables else None
    return str(declared.arg) if isinstance(declared, DefaultClause) else None


def _columns_of(revision: str) -> dict[str, set[str]]:
    """Of every table of the revision."""
    engine = create_engine("sqlite://")
    with closing_engine(engine), engine.connect() as connection:
        run_alembic(connection, "upgrade", revision)
        found = inspect(connection)
        return {name: {one["name"] for one in found.get_columns(name)} for name in found.get_table_names()}


@contextmanager
def _changing(place: JournalPlace) -> Iterator[tuple[Connection, str]]:
    """A connection on which nobody else writes, and the revision before; what was done is committed at the end, or
    nothing of it.
    """
    none = BadInput(f"there is no journal in {place}; nothing can be migrated")
    if place.url is not None:
        with database_engine(place.url, place.folder).begin() as connection:
            before = read_revision(connection)
            if before is None:
                raise none
            yield connection, before
        return
    if not place.exists():
        raise none
    with locked(place.file.with_suffix(".lock")):
        engine = file_engine(place.file)
        with closing_engine(engine):
            before = revision_of(engine, place.file)
            with changing(engine, place.file) as connection:
                yield connection, before
