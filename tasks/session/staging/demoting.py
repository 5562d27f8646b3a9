"""A line loses a stage: by itself, where its evidence says so, or by a person."""

from conf import Settings
from data.journal import AuditKind, Entry, Journal, StageLog
from data.journal.stop_flag import KEEL, stop_file
from models.stages import BOTTOM, Demoted, Demotion, demoted, is_person
from models.types import BadInput, Level, Refused
from tasks.session.staging.changing import Changed, changed_by, require_replayed
from tasks.session.staging.dossier import KINDS, Dossier, write_dossier
from tasks.session.staging.looking import Look, look
from tasks.session.staging.record import detail_of
from tasks.session.staging.standing import demotion_key

TEXTS = {
    Demotion.GAP: "what it did is too far from its backtest",
    Demotion.BREACH: "a limit of its account was broken",
    Demotion.CRASHES: "it crashed",
    Demotion.RELEASE: "another release is installed that has not had its hours on paper",
    Demotion.DRAWDOWN: "it lost too much from its highest value",
    Demotion.PERSON: "a person said so",
}


def demote_where_due(journal: Journal, settings: Settings, at: int, release: str | None = None) -> Changed | None:
    """Demote the configured line where its evidence at `at` (UTC microseconds, now) costs it its standing, for the
    gravest cause; None where it keeps it. Leaving a stage of real money sets the emergency stop first. What is due at
    the standing after that as well is a step of its own; the last one is told.

    Raises:
        Damaged: the record of the line, see `standing_of`.
    """
    seen = look(journal, settings, at, release)
    _tell_again(journal, seen)
    due = [cause for cause in seen.causes if demoted(seen.standing, cause) != seen.standing]
    if not due:
        return None
    texts = "; ".join(TEXTS[cause] for cause in due)
    changed = _write(journal, seen, due[0], KEEL, texts)
    return demote_where_due(journal, settings, at + 1, release) or changed


def demote(journal: Journal, settings: Settings, who: str, why: str, at: int) -> Changed:
    """A person takes the configured line's stage, or its rung, away.

    Raises:
        BadInput: nobody says who, or why.
        Refused: it is no person, or nothing can be taken.
        Damaged: the record of the line, see `standing_of`.
    """
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the audit chain keeps who did this, and why")
    if not is_person(who):
        raise Refused(f"found --who {who!r}; a machine demotes by what it finds, and this is for a person")
    seen = look(journal, settings, at)
    if seen.standing == BOTTOM:
        raise Refused(f"{seen.line} is at {seen.standing}; nothing is below that")
    return _write(journal, seen, Demotion.PERSON, who, why)


def _write(journal: Journal, seen: Look, cause: Demotion, who: str, why: str) -> Changed:
    step = Demoted(seen.line, seen.at, who, why, seen.standing, demoted(seen.standing, cause), cause)
    require_replayed(seen.line, [*(one.step for one in seen.steps), step])
    if seen.standing.stage.is_money:
        # First: whatever fails after this, nothing is opened.
        journal.set_stop(_stop_reason(step), seen.at, Level.REDUCE, who)
    told = (step.before, step.after, seen.verdicts, seen.causes, seen.found, seen.rules, who, why)
    dossier = Dossier(KINDS[AuditKind.DEMOTED], seen.line, seen.at, *told)
    detail = detail_of(step, seen.found, seen.rules, dossier.sha256())
    entry = Entry(AuditKind.DEMOTED, seen.line, who, why, detail, seen.at)
    written = StageLog(journal.engine).append_step(entry, seen.newest)
    _tell(journal, step)
    beside = stop_file(journal.engine)
    return changed_by(written, step, None if beside is None else write_dossier(beside.parent, dossier))


def _stop_reason(step: Demoted) -> str:
    return f"{step.line} was demoted from {step.before} to {step.after} ({step.cause.value}): {step.why}"


def _tell_again(journal: Journal, seen: Look) -> None:
    """Whoever died between a demotion and its alert told nobody."""
    newest = seen.steps[-1].step if seen.steps else None
    if isinstance(newest, Demoted):
        _tell(journal, newest)


def _tell(journal: Journal, step: Demoted) -> None:
    severity = "critical" if step.before.stage.is_money else "error"
    journal.raise_alert(demotion_key(step.line, step.at), severity, _stop_reason(step), step.at)
