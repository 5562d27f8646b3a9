"""What `keel status` says: is trading stopped, by what, and is each part well."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from data.journal import GUARDIAN, Heartbeats, Journal
from models.types import Damaged, KeelError, Level, Stage, iso
from models.types.timeframes import DAY, HOUR, SECOND
from tasks.adapters.servers import Component
from tasks.session.alerting.standing import alerts_component
from tasks.session.book import configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.drilling.found import last_drill
from tasks.session.guarding.required import needs_guardian, silent_guardian, watched
from tasks.session.stops import Stop, Stopped, stopped_by

# A daily drill may be missed once.
DRILLED_WITHIN = 2 * DAY


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


def health_of(
    desk: Desk, open_journal: Callable[[], Journal], servers: Sequence[Component], lake: Component | None = None
) -> Health:
    """Ask journal, book and lake, and put everything together; `lake`: what is known of it, where it is not to be asked
    again.
    """
    opened: Journal | None = None
    try:
        opened = open_journal()
        flag = opened.stop_reason()
    except KeelError as error:
        journal = Component("journal", False, str(error))
        book, found = Component("book", False, "its journal cannot be read"), Stopped(str(error), (), Level.NONE)
    else:
        journal = Component("journal", True, "opens and passes its check")
        book, found = _book(desk, opened, flag)
    stage = desk.loaded.settings.stage
    components = (
        *servers,
        journal,
        book,
        lake or lake_of(desk),
        _guardian(desk, opened),
        _drill(desk, opened),
        alerts_component(opened, desk.clock.now(), needs_guardian(desk)),
    )
    return Health(found.entries, found.reason, stage, components, found.stops)


def lake_of(desk: Desk) -> Component:
    """Whether every part of every series is as it was written: reads all of them."""
    damaged = [f"{path}: {why}" for path, why in _damaged(desk)]
    return Component("lake", not damaged, "; ".join(damaged) or f"{len(list(desk.lake.series()))} series, all sound")


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


def _guardian(desk: Desk, journal: Journal | None) -> Component:
    """Whether somebody watches; where nobody has to that is no trouble."""
    if journal is None:
        return Component("guardian", False, "its signs of life are in the journal, which cannot be read")
    beat, now = Heartbeats(journal.engine).last(GUARDIAN), desk.clock.now()
    silent = silent_guardian(beat, now, watched(desk))
    if silent is None and beat is not None:
        return Component("guardian", True, f"watches {beat.detail}; heard of at {iso(beat.at // SECOND * SECOND)}")
    needed = needs_guardian(desk)
    return Component("guardian", not needed, (silent or "") if needed else "not running; needed with real money")


def _drill(desk: Desk, journal: Journal | None) -> Component:
    """What the last drill of the guardian came to; exploration can do without one."""
    if journal is None:
        return Component("drill", False, "its result is in the journal, which cannot be read")
    can_do_without = Stage(desk.loaded.settings.stage) is Stage.EXPLORATION
    try:
        found = last_drill(journal)
    except Damaged as error:
        return Component("drill", False, str(error))
    if found is None:
        return Component("drill", can_do_without, "the guardian was never drilled; say keel drill")
    age = desk.clock.now() - found.at
    old = "; that is too long ago, say keel drill" if age > DRILLED_WITHIN else ""
    ok = can_do_without or (found.passed and not old)
    at = iso(found.at // SECOND * SECOND)
    return Component("drill", ok, f"{at}, {age / HOUR:.0f} h ago: {found.sentence}{old}")


def _damaged(desk: Desk) -> list[tuple[object, str]]:
    try:
        return list(desk.bars.damaged())
    except Damaged as error:
        return [("manifest", str(error))]
