"""What a person may do by the API: each as its command does it."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conf import load
from conf.limits import loosened
from conf.secrets import scrub
from data.journal import Journal, ParameterLog, Shown
from data.journal.alert_log import AlertLog
from models.types import Refused, iso
from tasks.bootstrap import build_writing, emergency_desk
from tasks.emergency import Outcome, go_on
from tasks.ports import Clock
from tasks.session.alerting.handing_in import hand_in
from tasks.session.desk import Desk
from tasks.session.emergency import at_work, cids
from tasks.session.overview import AlertNow
from tasks.session.overview.alerting import alert_now
from tasks.session.parameters import revert_by_hand
from tasks.session.resuming import Recovery, Step, look_before_resuming, next_steps, resume_trading
from tasks.session.riskdesk import nothing_released
from tasks.stopping import FLATTEN, PAUSE, FirstAct, stop_first
from tasks.web.answers import Acted, Done, Recovering, RecoveryStep, Resumed, Reverted

# So long an answer waits for journal and venues; the file stands long before.
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class PersonsActs:
    """`desk` and `journal` open them as they are now; `warn` is told what a terminal would be."""

    desk: Callable[[], Desk]
    journal: Callable[[], Journal]
    clock: Clock
    warn: Callable[[str], None]

    def stop(self, reason: str, who: str) -> Acted:
        """See `tasks.web.parts.Acts`."""
        return self._stopped(stop_first(PAUSE, reason, who))

    def flatten(self, reason: str, who: str) -> Acted:
        """See `tasks.web.parts.Acts`."""
        return self._stopped(stop_first(FLATTEN, reason, who))

    def look_before_resuming(self, why: str) -> Recovering:
        """See `tasks.web.parts.Acts`."""
        found = self._recovery(why)
        if found is None:
            return Recovering(False, (), None, None)
        return Recovering(True, _told_steps(found.steps), found.phrase, name_of(found.shown))

    def resume(self, why: str, shown: str, phrase: str, reviewed: bool, who: str) -> Resumed:
        """See `tasks.web.parts.Acts`."""
        desk, found = self.desk(), self._recovery(why)
        if found is None:
            return Resumed(False, False, None, nothing_released(desk).stage, ())
        if name_of(found.shown) != shown:
            raise Refused("another stop stands than the one that was shown; look again, POST /resume/look says how")
        found = found.reviewed() if reviewed else found
        released = resume_trading(desk, self.journal(), found, phrase, who, why)
        steps = _told_steps((*found.steps, next_steps(desk, self.journal())))
        return Resumed(False, released.anything, released.flag, released.stage, steps)

    def revert(self, why: str, who: str) -> Reverted:
        """See `tasks.web.parts.Acts`."""
        log = ParameterLog(self.journal().engine)
        number = revert_by_hand(log, load, loosened, self.clock.now(), who, why)
        (one,) = [one.adoption for one in log.history() if one.number == number]
        return Reverted(number, one.version, iso(one.adopted_at), one.who, one.why, tuple(one.loosened))

    def acknowledge(self, name: str, who: str, note: str) -> AlertNow:
        """See `tasks.web.parts.Acts`."""
        return alert_now(AlertLog(self.journal().engine).acknowledge(name, who, note, self.clock.now()))

    def hand_in(self, payload: Mapping[str, Any]) -> int:
        """See `tasks.web.parts.Acts`."""
        return hand_in(self.journal(), payload, self.clock.now())

    def _recovery(self, why: str) -> Recovery | None:
        desk, journal = self.desk(), self.journal()
        writing = build_writing(desk.loaded.settings.execution, journal)
        return look_before_resuming(desk, journal, lambda: at_work(emergency_desk(desk, journal), writing), why)

    def _stopped(self, act: FirstAct) -> Acted:
        """The rest of it; told within PATIENCE_S, and carried on after that where it takes longer."""
        found: list[Acted] = []
        rest = threading.Thread(target=lambda: found.append(_gone_on(act, self.warn)), name="the rest of a stop")
        rest.start()
        rest.join(PATIENCE_S)
        if found:
            return found[0]
        return _acted(act, (_file(act), Done("rest", False, f"still at work after {PATIENCE_S:g} s; look at /health")))


def name_of(shown: Shown) -> str:
    """A name of the stops that a person was shown: others have another one."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _gone_on(act: FirstAct, warn: Callable[[str], None]) -> Acted:
    try:
        found = go_on(act, warn)
    except Exception as error:  # noqa: BLE001 - whatever else is broken, the file stands and that is told
        why = scrub(f"{type(error).__name__}: {error}; the file stops trading by itself")
        return _acted(act, (_file(act), Done("journal", False, why)))
    return _acted(act, tuple(Done(one.name, one.ok, scrub(one.why)) for one in found.parts), found)


def _acted(act: FirstAct, parts: tuple[Done, ...], found: Outcome | None = None) -> Acted:
    stands = act.stands or act.asked
    withdrawn, flattened = (None, None) if found is None else (found.withdrawn, found.flattened)
    return Acted(
        stopped=act.stands is not None or any(one.name == "journal" and one.ok for one in parts),
        done=all(one.ok for one in parts),
        level=stands.level.lower(),
        reason=scrub(stands.reason),
        who=stands.who,
        stage=None if found is None else found.stage,
        parts=parts,
        cancelled=() if withdrawn is None else tuple(cids(withdrawn.cancelled)),
        standing=() if withdrawn is None else tuple(cids((*withdrawn.standing, *withdrawn.doubtful))),
        sold=() if flattened is None else tuple(cids(one for one in flattened.sold if one.filled)),
    )


def _file(act: FirstAct) -> Done:
    return Done("file", act.stands is not None, act.trouble or f"{act.file} is written")


def _told_steps(steps: tuple[Step, ...]) -> tuple[RecoveryStep, ...]:
    return tuple(RecoveryStep(one.number, one.title, one.ok, tuple(map(scrub, one.found)), one.todo) for one in steps)
