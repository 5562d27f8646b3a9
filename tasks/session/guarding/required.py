"""The trader's side: where a guardian has to watch, nothing is opened while none is heard of. Exits go on."""

from data.journal import GUARDIAN, Beat, Heartbeats, Journal
from models.types import Stage, iso
from models.types.timeframes import SECOND
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import is_gone
from tasks.session.book import book_name, line_of
from tasks.session.desk import Desk

START = "nothing is opened until one watches; start it with keel guardian"


def needs_guardian(desk: Desk) -> bool:
    """Whether the desk's book opens nothing without one: with real money, or always where the settings say so; never
    with a clock that stands.
    """
    settings = desk.loaded.settings
    is_asked_for = settings.guardian.required == "always" or Stage(settings.stage).is_money
    return is_asked_for and isinstance(desk.clock, SystemClock)


def unguarded(journal: Journal, desk: Desk, now: int) -> str | None:
    """Why nothing may be opened at `now` (UTC microseconds), None where a guardian watches or none is needed."""
    return (
        silent_guardian(Heartbeats(journal.engine).last(GUARDIAN), now, watched(desk)) if needs_guardian(desk) else None
    )


def watched(desk: Desk) -> str:
    """The name of the desk's book, as its guardian says it."""
    return book_name(desk.loaded.settings.stage, line_of(desk.loaded.settings))


def silent_guardian(beat: Beat | None, now: int, book: str | None = None) -> str | None:
    """Why no guardian watches, or not the book of this name, by its last sign of life; None where one does."""
    if beat is None:
        return f"there never was a guardian: {START}"
    since = iso(beat.at // SECOND * SECOND)
    if beat.due_at is None or now > beat.due_at:
        return f"the guardian has been silent since {since}: {START}"
    if is_gone(beat.holder):
        return f"the guardian (process {beat.holder.pid}) is gone, last heard of at {since}: {START}"
    if book not in (None, beat.detail):
        return f"the guardian watches {beat.detail}, and not {book}: nothing is opened until it does; start it anew"
    return None


def tell_unguarded(journal: Journal, desk: Desk) -> None:
    """An alert where a guardian is needed and none watches, once for each time that one fell silent."""
    now = desk.clock.now()
    why = unguarded(journal, desk, now)
    if why is not None:
        beat = Heartbeats(journal.engine).last(GUARDIAN)
        journal.raise_alert(f"unguarded {_since(beat, desk)}", "critical", why, now)


def _since(beat: Beat | None, desk: Desk) -> str:
    """The same for one silence, and for one guardian that watches something else."""
    if beat is None:
        return "0"
    return str(beat.at) if beat.detail == watched(desk) else f"{beat.holder.pid} {beat.detail} {watched(desk)}"
