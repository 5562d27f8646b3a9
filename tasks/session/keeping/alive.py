"""Who works with a home now: what is put back must not be pulled from under it."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from data.journal import Beat, Heartbeats, JournalPlace, Leases
from data.journal.postgres import database_engine, others
from models.types import KeelError
from tasks.adapters.holder import is_gone
from tasks.adapters.servers import record
from tasks.adapters.servers.process import alive
from tasks.session.ordering.writing import NAME

BEATS = ("trader", "guardian")


def alive_in(home: Path, place: JournalPlace, now: int) -> list[str]:
    """Everybody who works there, in words; `now` in UTC microseconds. A journal that cannot be read tells of nobody:
    those who have its file open show all the same. A database tells who is connected with it.
    """
    stack = record.load(home)
    servers = () if stack is None else tuple(one.name for one in stack.processes if alive(one))
    found = [f"the servers ({', '.join(servers)})"] if servers else []
    with suppress(KeelError):  # a damaged journal is a reason to put another one back
        found += _said(place, now)
    return [*found, *connected_with(place)]


def _said(place: JournalPlace, now: int) -> Iterator[str]:
    if not place.exists():
        return
    engine = place.open().engine
    try:
        for beat in filter(None, map(Heartbeats(engine).last, BEATS)):
            if _is_alive(beat, now):
                yield f"the {beat.name} (process {beat.holder.pid} on {beat.holder.host})"
        lease = Leases(engine).current(NAME)
        if lease is not None and lease.expires_at > now and not is_gone(lease.holder):
            yield f"an order desk (process {lease.holder.pid} on {lease.holder.host})"
    finally:
        engine.dispose()


def _is_alive(beat: Beat, now: int) -> bool:
    """A frozen one of this machine is silent and alive; of another machine's only what it promised is known."""
    if beat.due_at is None or is_gone(beat.holder):
        return False
    return beat.holder.host == socket.gethostname() or not beat.is_late(now)


def connected_with(place: JournalPlace) -> list[str]:
    """Everybody else who has the journal open, of whatever revision it is.

    Raises:
        Unavailable: its server cannot be asked.
    """
    there = [] if place.url is None else others(database_engine(place.url, place.folder))
    return [*there, *_holding(place.file)]


def _holding(journal: Path) -> list[str]:
    """Other processes that have the journal's file open."""
    wanted = str(journal.resolve())
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with suppress(psutil.Error, OSError):
            if any(one.path == wanted for one in process.open_files()):
                found.append(f"process {process.pid} ({' '.join(process.cmdline())[:80]}), which has the journal open")
    return found
