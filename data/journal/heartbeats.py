"""Signs of life: who was heard of when, and by when it promised to be heard of again."""

from dataclasses import asdict, dataclass

from sqlalchemy import Engine, select

from data.journal.control_tables import heartbeats
from data.journal.dialects import write_over
from data.journal.lease import Holder
from data.journal.reading import reads

# Who gives signs of life. Stored: never rename.
TRADER, GUARDIAN = "trader", "guardian"


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of life under a name.

    Attributes:
        at, due_at: UTC microseconds; `due_at` is None where nothing is promised: it has ended as it should.
        detail: of a guardian the name of the book that it watches; of others what it was about, for people.
    """

    name: str
    holder: Holder
    at: int
    due_at: int | None
    detail: str

    def is_late(self, now: int) -> bool:
        """Whether it promised to be heard of by now, and was not."""
        return self.due_at is not None and now > self.due_at


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """Of one journal; `engine` is the journal's."""

    engine: Engine

    def beat(self, beat: Beat) -> None:
        """Write it over what was known under its name."""
        same = {"at": beat.at, "due_at": beat.due_at, "detail": beat.detail, **asdict(beat.holder)}
        with self.engine.begin() as connection:
            write_over(connection, heartbeats, {"name": beat.name}, same)

    def last(self, name: str) -> Beat | None:
        """The last one under the name, None where there never was one."""
        with reads(self.engine) as connection:
            row = connection.execute(select(heartbeats).where(heartbeats.c.name == name)).one_or_none()
        if row is None:
            return None
        return Beat(row.name, Holder(row.host, row.boot, row.pid, row.started), row.at, row.due_at, row.detail)
