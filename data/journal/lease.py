"""The lease of the only writer: its token grows with every take, so that whoever lost it is told apart for ever."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, insert, select, update

from data.journal.order_tables import leases
from data.journal.reading import reads
from models.types import Refused, iso

# Made once: it is asked for before every write of an order.
NAMED = select(leases).where(leases.c.name == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Holder:
    """A process; `boot` is that of its machine, `started` when it started: a later process has another one.

    Attributes:
        started: in whatever unit the machine counts it.
    """

    host: str
    boot: str
    pid: int
    started: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write orders; `expires_at` in UTC microseconds: from then on another may take it."""

    name: str
    token: int
    holder: Holder
    expires_at: int


@dataclass(frozen=True, slots=True)
class Leases:
    """Leases in one journal; `engine` is the journal's. Times are UTC microseconds. Every write is one transaction."""

    engine: Engine

    def seize(self, name: str, holder: Holder, now: int, ttl: int) -> Lease:
        """The lease for `ttl` microseconds under a new token, whoever has it and however alive: what that one writes
        from here on is refused. For the dead-man switch alone.
        """
        with self.engine.begin() as connection:
            return _write(connection, _row(connection, name), name, holder, now, ttl)

    def take(self, name: str, holder: Holder, now: int, ttl: int, is_dead: Callable[[Holder], bool]) -> Lease | None:
        """The lease for `ttl` microseconds under a new token; None: another holder has it, it has not expired, and
        `is_dead` does not say that the holder is gone. A holder that has it already takes it again.
        """
        with self.engine.begin() as connection:
            row = _row(connection, name)
            if row is not None and not _is_free(row, holder, now, is_dead):
                return None
            return _write(connection, row, name, holder, now, ttl)

    def current(self, name: str) -> Lease | None:
        """Who has it, even if it has expired since; None: nobody ever had it, or it was given back."""
        with reads(self.engine) as connection:
            row = _row(connection, name)
        return None if row is None or row.released_at is not None else _lease(row)

    def renew(self, lease: Lease, now: int, ttl: int) -> Lease:
        """The same lease for `ttl` microseconds from now on.

        Raises:
            Refused: another token is in force, or it was given back.
        """
        with self.engine.begin() as connection:
            require_in_force(connection, lease)
            mine = update(leases).where(leases.c.name == lease.name)
            connection.execute(mine, {"expires_at": now + ttl})
        return Lease(lease.name, lease.token, lease.holder, now + ttl)

    def release(self, lease: Lease, now: int) -> None:
        """Give it back; no error where another token is in force."""
        mine = update(leases).where(leases.c.name == lease.name, leases.c.token == lease.token)
        with self.engine.begin() as connection:
            connection.execute(mine, {"released_at": now})


def require_in_force(connection: Connection, lease: Lease) -> None:
    """Within a transaction that writes: from here to its end nobody else takes the lease.

    A lease that has expired is in force as long as nobody has taken it: until then nobody else has written.

    Raises:
        Refused: another token is in force, or it was given back.
    """
    row = _row(connection, lease.name)
    has_nobody = row is None or row.released_at is not None
    if row is None or has_nobody or row.token != lease.token:
        found = "nobody has it" if row is None or has_nobody else f"it is {_named(row)}"
        raise Refused(
            f"the lease {lease.name} is no longer this process's under token {lease.token}: {found}; nothing was "
            "written, start again to find out how things stand"
        )


def _write(connection: Connection, row: Row[Any] | None, name: str, holder: Holder, now: int, ttl: int) -> Lease:
    """A new holder under the next token, over the `row` that was there."""
    lease = Lease(name, 1 if row is None else row.token + 1, holder, now + ttl)
    values = {"token": lease.token, **asdict(holder), "taken_at": now, "expires_at": lease.expires_at}
    values |= {"released_at": None}
    if row is None:
        connection.execute(insert(leases), {"name": name, **values})
    else:
        connection.execute(update(leases).where(leases.c.name == name), values)
    return lease


def _is_free(row: Row[Any], holder: Holder, now: int, is_dead: Callable[[Holder], bool]) -> bool:
    had = _lease(row).holder
    return row.released_at is not None or row.expires_at <= now or had == holder or is_dead(had)


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(NAMED, {"wanted": name}).one_or_none()


def _lease(row: Row[Any]) -> Lease:
    return Lease(row.name, row.token, Holder(row.host, row.boot, row.pid, row.started), row.expires_at)


def _named(row: Row[Any]) -> str:
    return f"that of process {row.pid} on {row.host} since {iso(row.taken_at)} under token {row.token}"
