"""Scheduled cycles leave on the sessions' pages that they decided, when by the machine's clock, by which release."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from data.journal import Journal, SessionEvent, SessionKind, SessionLog, SessionRun
from models.types import KeelError
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import this_process
from tasks.session.book import book_name, line_of
from tasks.session.desk import Desk
from tasks.session.release import release_id

SCHEDULED = "scheduled"
BEGUN = "begun"


@contextmanager
def put_on_record(desk: Desk, journal: Journal) -> Iterator[Callable[[int, bool], None]]:
    """Around one scheduled cycle: what is told its bar, and whether that was decided, says that it ended. One that
    fails is noted as well, and one of which nothing is heard again has crashed. A desk whose clock stands (`--as-of`)
    leaves nothing: what is decided afterwards is no evidence.
    """
    if not isinstance(desk.clock, SystemClock):
        yield lambda _bar, _is_decided: None
        return
    log, clock = SessionLog(journal.engine), desk.clock
    session = _page(desk, log, clock.now())

    def note(kind: SessionKind, reason: str, bar: int | None = None) -> None:
        log.note(SessionEvent(session, clock.now(), kind, reason, bar))

    def ended(bar: int, is_decided: bool) -> None:
        note(SessionKind.DECIDED if is_decided else SessionKind.SKIPPED, "cycle" if is_decided else "stale", bar)

    note(SessionKind.NOTED, BEGUN)
    try:
        yield ended
    except KeelError as error:
        note(SessionKind.FAILED, str(error))
        raise


def _page(desk: Desk, log: SessionLog, now: int) -> int:
    """The row of the release and book, made where there is none; it is no process that could be gone."""
    settings, release = desk.loaded.settings, release_id()
    book = book_name(settings.stage, line_of(settings))
    for one in log.runs(book):
        if one.campaign == SCHEDULED and one.release == release and one.id is not None:
            return one.id
    capital = repr(settings.trading.capital)
    run = SessionRun(SCHEDULED, book, settings.stage, capital, release, this_process(), now, now)
    made = log.begin(run)
    log.end(made, "scheduled cycles", now)
    return made
