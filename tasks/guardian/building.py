"""A guardian put together: a desk to look by, a journal, and connections of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from conf import load
from data.journal import GUARDIAN, Heartbeats, Journal
from models.types import BadInput, Level, Refused
from models.types.timeframes import SECOND
from tasks.adapters.clocks import SystemClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.bootstrap import build_journal, build_standing_desk, build_writing, emergency_desk
from tasks.session.desk import Desk
from tasks.session.guarding.beside import Beside
from tasks.session.guarding.facts import Demand, Round
from tasks.session.guarding.ground import Ground
from tasks.session.guarding.hands import VenueHands
from tasks.session.guarding.judging import judge, rules_of
from tasks.session.guarding.required import silent_guardian
from tasks.session.guarding.rounds import Guardian
from tasks.session.guarding.silence import Watch
from tasks.session.ordering.writing import Writing


@dataclass(frozen=True, slots=True)
class Built:
    """A guardian with its hands; `beat` seconds from one round to the next, `version` of the configuration it is by."""

    guardian: Guardian
    hands: Beside
    beat: float
    version: str


def build_guardian(say: Callable[[str], None]) -> Built:
    """The guardian of the home and the configured book.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before.
        Refused: another guardian watches already.
        Damaged, Unavailable: the journal cannot be opened.
    """
    desk = build_standing_desk(say)
    journal = build_journal(desk)
    _require_alone(journal, SystemClock().now())
    settings = desk.loaded.settings.guardian
    hands = Beside(_hands(desk, journal), monotonic)
    beat, silence = round(settings.beat_seconds * SECOND), round(settings.silence_seconds * SECOND)
    watch = Watch(monotonic, is_gone, beat, silence)
    ground = _ground(desk, journal)
    guardian = Guardian(ground, hands, watch, rules_of(settings, ground.is_money), silence, say)
    return Built(guardian, hands, settings.beat_seconds, desk.loaded.version)


def version_now() -> str | None:
    """Of the configuration as it is written, None while it is not valid: the one before goes on."""
    try:
        return load().version
    except BadInput:
        return None


def look_once(say: Callable[[str], None]) -> Round:
    """What a guardian would see and find now; nothing is done, and no sign of life is given.

    Raises:
        BadInput, Damaged, Unavailable: see `build_guardian`.
    """
    desk = build_standing_desk(say)
    journal = build_journal(desk)
    settings, ground, hands = desk.loaded.settings.guardian, _ground(desk, journal), _hands(desk, journal)
    rules = rules_of(settings, ground.is_money)
    # Once is enough: nobody waits to see whether a silence lasts.
    watch = Watch(monotonic, is_gone, 0, 0)
    guardian = Guardian(ground, hands, watch, rules, round(settings.silence_seconds * SECOND), say)
    hands.ask(Demand(symbols=guardian.symbols()))
    # One look has to do.
    facts = replace(guardian.look(), proven=Level.FLATTEN)
    return Round(facts, judge(facts, rules), facts.stop)


def _ground(desk: Desk, journal: Journal) -> Ground:
    return Ground(desk, journal, this_process(), SystemClock())


def _hands(desk: Desk, journal: Journal) -> VenueHands:
    ground = _ground(desk, journal)
    return VenueHands(ground, lambda: emergency_desk(desk, journal), _writing(desk, journal), monotonic)


def _writing(desk: Desk, journal: Journal) -> Writing:
    """Whoever works with the orders is not waited for: the next round asks again."""
    return replace(build_writing(desk.loaded.settings.execution, journal), patience=0)


def _require_alone(journal: Journal, now: int) -> None:
    beat = Heartbeats(journal.engine).last(GUARDIAN)
    if beat is not None and beat.holder != this_process() and silent_guardian(beat, now) is None:
        raise Refused(
            f"another guardian (process {beat.holder.pid} on {beat.holder.host}) watches this journal; stop it first, "
            "or leave it at that"
        )
