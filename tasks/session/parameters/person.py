"""What a person may say about parameters: one step back, and yes to a change that loosens limits while live.

Both are written into the journal at once. A running process sees them there at its next bar boundary, another one when
it begins: it makes no difference which process writes them.
"""

from dataclasses import replace

from data.journal import ParameterLog, ParameterVersion
from models.types import Refused
from tasks.session.parameters.changes import Change, Rule, adoption_of
from tasks.session.parameters.hot import restored, with_journaled

SHORTEST = 8  # characters of a version that a person has to give


def revert(log: ParameterLog, seen: str | None, rule: Rule, now: int, who: str, why: str) -> int:
    """Put the parameters before the present ones into force again, and return their new number. Again brings back the
    present ones.

    They stay in force while the hot part of the files says what it says now: `seen`, its version (None: the files are
    not valid; what was known of them last).

    Raises:
        Refused: there is nothing before them; or it would loosen limits while live, which wants `confirm`.
    """
    newest = _newest(log)
    back = _step_back(log, newest, rule)
    if rule.live and back.loosened:
        raise Refused(
            f"the step back loosens limits while live: {'; '.join(back.loosened)}. If that is meant: keel config "
            f"confirm {back.version[:12]}"
        )
    return _record(log, back, seen or newest.adoption.seen, newest, now, who, why)


def confirm(log: ParameterLog, offered: Change | None, version: str, rule: Rule, now: int, who: str) -> int:
    """Let in what waits because it loosens limits, by (the beginning of) its version: the files' parameters `offered`,
    or a step back. Returns its number.

    Raises:
        Refused: nothing of this version waits.
    """
    newest = _newest(log)
    if offered is not None and _names(version, offered):
        return _record(log, replace(offered, source="confirm"), offered.version, newest, now, who, "")
    if rule.live and log.newest_other(newest.adoption.version) is not None:
        back = _step_back(log, newest, rule)
        if back.loosened and _names(version, back):
            return _record(log, back, newest.adoption.seen, newest, now, who, "")
    waiting = "nothing waits" if offered is None else f"what waits is {offered.version[:12]}"
    raise Refused(f"no change of version {version!r} waits for a confirmation; {waiting}")


def _names(version: str, change: Change) -> bool:
    return len(version) >= SHORTEST and change.version.startswith(version)


def _newest(log: ParameterLog) -> ParameterVersion:
    newest = log.newest()
    if newest is None:
        raise Refused("no parameters were adopted yet; run keel trade once first")
    return newest


def _step_back(log: ParameterLog, newest: ParameterVersion, rule: Rule) -> Change:
    before = log.newest_other(newest.adoption.version)
    if before is None:
        raise Refused(f"parameters {newest.number} are the first; there is no step back from them")
    present = restored(newest)
    back = with_journaled(present, before)
    return Change(back, before.adoption.version, "revert", rule.loosened(present, back))


def _record(
    log: ParameterLog, change: Change, seen: str, newest: ParameterVersion, now: int, who: str, why: str
) -> int:
    number = log.record(adoption_of(change, seen, now, who, why), newest.number)
    if number is None:
        raise Refused("other parameters were adopted at the same moment; look at keel config history and do it again")
    return number
