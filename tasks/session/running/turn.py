"""One bar's turn: a cycle where its bar is there, upkeep of orders and positions where it is not."""

from dataclasses import dataclass

from data.journal import Decision, Journal, SessionKind
from data.journal.session_log import NO_ANSWER, STALE
from models.types import iso
from tasks.ports import Checkpoint
from tasks.session.book import Book, configured_book
from tasks.session.cycle import Cycle, is_stale, tell_stale
from tasks.session.desk import Desk
from tasks.session.ordering.broker import Broker
from tasks.session.predicting.awaiting import await_words
from tasks.session.review import run_reviewed
from tasks.session.running.schedule import Due
from tasks.session.settlement import hand_over


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a turn.

    Attributes:
        bar: open of the bar that it is about, UTC microseconds.
    """

    kind: SessionKind
    reason: str
    bar: int
    cycle: Cycle | None = None


def take_turn(desk: Desk, journal: Journal, broker: Broker, due: Due, trouble: str, checkpoint: Checkpoint) -> Outcome:
    """Decide on the bar that is due; `trouble` is what its feeds said. A bar that did not come is not replaced by an
    older one: nothing is decided, and what is held and ordered is looked after all the same.

    Raises:
        BadInput, Damaged, Refused, Unavailable: see `run_cycle`.
    """
    book = configured_book(desk)
    newest, last = _newest(desk, book), journal.last_decision(book.name)
    if 0 <= newest < due.bar:
        stale = is_stale(desk, book, newest)
        if stale:
            tell_stale(desk, journal, book, newest)
        look_after(journal, broker, last, book.name, checkpoint)
        return Outcome(SessionKind.SKIPPED, _absent(STALE if stale else NO_ANSWER, newest, trouble), due.bar)
    await_words(desk)
    checkpoint("heard")
    cycle = run_reviewed(desk, journal, broker, checkpoint)
    if cycle.decision is None:
        reason = f"late: bars had closed since {iso(cycle.bar)} when its cycle began, and none of them is there"
        return Outcome(SessionKind.SKIPPED, reason, due.bar, cycle)
    return Outcome(SessionKind.DECIDED, "decided before" if cycle.repeated else "decided", cycle.bar, cycle)


def look_after(journal: Journal, broker: Broker, last: Decision | None, book: str, checkpoint: Checkpoint) -> None:
    """What a cycle does beside deciding: recovery, orders of the last decision that were not handed over, protection.

    Raises:
        Refused, Unavailable: see `Broker.recover`.
    """
    with broker.at_work() as working:
        working.recover(book, last)
        checkpoint("recovered")
        if last is not None:
            hand_over(journal, working, last, checkpoint)
            working.finish(last)


def _newest(desk: Desk, book: Book) -> int:
    """Open of the newest bar that had closed by now; before all times where there is none, which the cycle tells."""
    now = desk.clock.now()
    opens = [desk.bars.read(one, known_by=now).ts[-1:] for one in book.series]
    return max((int(ts[0]) for ts in opens if ts.size), default=-1)


def _absent(word: str, newest: int, trouble: str) -> str:
    told = f" ({trouble})" if trouble else ""
    return f"{word}: the bar did not come, the newest is {iso(newest)}{told}"
