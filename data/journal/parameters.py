"""The journal's page on parameters: which were in force from when on, why, and who said so."""

import json
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Engine, Row, Select, insert, select

from data.journal.dialects import insert_new
from data.journal.reading import reads
from data.journal.tables import config_versions, parameter_versions

Source = Literal["start", "file", "redis", "revert", "confirm"]
SOURCES: tuple[Source, ...] = get_args(Source)
# Adopted because a person said so, whatever the files say.
BY_PERSON: tuple[Source, ...] = ("revert", "confirm")


@dataclass(frozen=True, slots=True)
class Adoption:
    """Parameters about to be in force.

    Attributes:
        version: of the hot parameters alone.
        seen: the same of the files at that time: another one after a step back.
        config_version, tree: everything that decides, with these parameters in it.
        flags: what the command line set, by dotted key: the configuration is that of a run with the same flags.
        adopted_at: UTC microseconds.
        source: what it came by.
        who, why: the person and the reason, empty where nobody was asked.
        loosened: limits that are looser than in what was in force before, one sentence each.
    """

    version: str
    seen: str
    config_version: str
    tree: str
    flags: dict[str, Any]
    adopted_at: int
    source: Source
    who: str = ""
    why: str = ""
    loosened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterVersion:
    """An adoption in the journal; a higher `number` came later."""

    number: int
    adoption: Adoption


@dataclass(frozen=True, slots=True)
class ParameterLog:
    """Parameters in one journal; `engine` is the journal's. Every write is one transaction."""

    engine: Engine

    def newest(self, flags: dict[str, Any] | None = None) -> ParameterVersion | None:
        """The newest version, or the newest by a run with exactly these flags; None without one."""
        query = _newest_first().limit(1)
        if flags is not None:
            query = query.where(parameter_versions.c.flags == _flags_text(flags))
        return self._one(query)

    def newest_by_person(self, after: int) -> ParameterVersion | None:
        """The newest one later than the number `after` that a person adopted, None without one."""
        wanted = parameter_versions.c.source.in_(BY_PERSON), parameter_versions.c.number > after
        return self._one(_newest_first().where(*wanted).limit(1))

    def newest_other(self, version: str) -> ParameterVersion | None:
        """The newest one whose hot parameters are others than `version`: one step back from it."""
        return self._one(_newest_first().where(parameter_versions.c.version != version).limit(1))

    def history(self) -> list[ParameterVersion]:
        """All of them, the newest first."""
        with reads(self.engine) as connection:
            return [_version_of(row) for row in connection.execute(_newest_first())]

    def record(self, adoption: Adoption, after: int | None) -> int | None:
        """Append it and return its number; None, and nothing written, when the newest number is another than `after`
        (None: there is none): somebody adopted something else in the meantime.
        """
        with self.engine.begin() as connection:
            if _newest_number(connection) != after:
                return None
            connection.execute(
                insert_new(connection, config_versions).on_conflict_do_nothing(),
                {"version": adoption.config_version, "tree": adoption.tree, "first_seen": adoption.adopted_at},
            )
            written = connection.execute(
                insert(parameter_versions).returning(parameter_versions.c.number), _row(adoption)
            )
            return int(written.scalar_one())

    def _one(self, query: Select[Any]) -> ParameterVersion | None:
        with reads(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _version_of(row)


def _newest_first() -> Select[Any]:
    joined = parameter_versions.c.config_version == config_versions.c.version
    query = select(parameter_versions, config_versions.c.tree).join(config_versions, joined)
    return query.order_by(parameter_versions.c.number.desc())


def _newest_number(connection: Connection) -> int | None:
    query = select(parameter_versions.c.number).order_by(parameter_versions.c.number.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _flags_text(flags: dict[str, Any]) -> str:
    return json.dumps(flags, sort_keys=True)


def _row(adoption: Adoption) -> dict[str, Any]:
    plain = ("version", "seen", "config_version", "adopted_at", "source", "who", "why")
    return {name: getattr(adoption, name) for name in plain} | {
        "flags": _flags_text(adoption.flags),
        "loosened": json.dumps(adoption.loosened),
    }


def _version_of(row: Row[Any]) -> ParameterVersion:
    adoption = Adoption(
        version=row.version,
        seen=row.seen,
        config_version=row.config_version,
        tree=row.tree,
        flags=json.loads(row.flags),
        adopted_at=row.adopted_at,
        source=row.source,
        who=row.who,
        why=row.why,
        loosened=tuple(json.loads(row.loosened)),
    )
    return ParameterVersion(row.number, adoption)
