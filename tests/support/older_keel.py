"""What an older Keel left: its rows in a journal of an earlier revision, and its own name in the session's line."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, select, update

from data.journal.database import MIGRATIONS

RELEASE = "0.0.1+0123456789abcdef"
BESIDE = ("-wal", "-shm")


def made_older(path: Path, revision: str) -> dict[str, int]:
    """Replace the SQLite journal at `path`, which nobody has open, by one of the revision with every row and column
    that it knew; how many rows each table has there.
    """
    draft = path.with_name("older.sqlite")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    newer, older = create_engine(f"sqlite:///{path}"), create_engine(f"sqlite:///{draft}")
    have, had, copied = MetaData(), MetaData(), dict[str, int]()
    with newer.connect() as source, older.connect() as target:
        config.attributes["connection"] = target
        command.upgrade(config, revision)
        target.commit()
        have.reflect(source)
        had.reflect(target)
        for table in had.sorted_tables:
            if table.name == "alembic_version":
                continue
            known = have.tables[table.name]
            rows: list[dict[str, Any]] = [
                {column.name: row[column.name] for column in table.columns}
                for row in source.execute(select(*(known.c[one.name] for one in table.columns))).mappings()
            ]
            copied[table.name] = len(rows)
            if rows:
                target.execute(table.insert(), rows)
            if "release" in table.columns:
                target.execute(update(table).values(release=RELEASE))
        target.commit()
    for engine in (newer, older):
        engine.dispose()
    for end in BESIDE:
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
    draft.replace(path)
    return copied
