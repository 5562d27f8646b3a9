"""What `keel status` says: is trading stopped, by what, and is each part well."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from data.journal import Journal
from models.types import Damaged, KeelError, Level, iso
from tasks.adapters.servers import Component
from tasks.session.book import configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.stops import Stop, Stopped, stopped_by


@dataclass(frozen=True, slots=True)
class Health:
    """`stopped` with its `reason` by the journal's flag and the stops of the book, which `breakers` has one by one; a
    journal that cannot be read counts as stopped.
    """

    stopped: bool
    reason: str | None
    stage: str
    components: tuple[Component, ...]
    breakers: tuple[Stop, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "stopped": self.stopped,
            "reason": self.reason,
            "stage": self.stage,
            "components": [asdict(one) for one in self.components],
            "breakers": [one.as_json() for one in self.breakers],
        }


def health_of(desk: Desk, open_journal: Callable[[], Journal], servers: list[Component]) -> Health:
    """Ask journal, book and lake, and put everything together."""
    try:
        opened = open_journal()
        flag = opened.stop_reason()
    except KeelError as error:
        journal = Component("journal", False, str(error))
        book, found = Component("book", False, "its journal cannot be read"), Stopped(str(error), (), Level.NONE)
    else:
        journal = Component("journal", True, "opens and passes its check")
        book, found = _book(desk, opened, flag)
    damaged = [f"{path}: {why}" for path, why in _damaged(desk)]
    lake = Component("lake", not damaged, "; ".join(damaged) or f"{len(list(desk.lake.series()))} series, all sound")
    stage = desk.loaded.settings.stage
    return Health(found.entries, found.reason, stage, (*servers, journal, book, lake), found.stops)


def _book(desk: Desk, journal: Journal, flag: str | None) -> tuple[Component, Stopped]:
    """The configured book, and what stops it: the flag alone where the book cannot be asked."""
    try:
        book = configured_book(desk)
        last = journal.last_decision(book.name)
        state_of(book, last)
        found = stopped_by(book, journal)
    except KeelError as error:
        return Component("book", False, str(error)), Stopped(flag, (), Level.NONE)
    why = "has not decided anything yet" if last is None else f"has decided for {iso(last.bar)}"
    return Component("book", True, why), found


def _damaged(desk: Desk) -> list[tuple[object, str]]:
    try:
        return list(desk.bars.damaged())
    except Damaged as error:
        return [("manifest", str(error))]
