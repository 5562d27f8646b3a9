"""A person gives a line its next stage, where every criterion is met now."""

from conf import Settings
from data.journal import AuditKind, Entry, Journal, OrderLog, StageLog
from data.journal.stop_flag import stop_file
from models.portfolio import Position
from models.stages import Promoted, Standing, is_person
from models.types import BadInput, Refused
from tasks.session.staging.changing import Changed, changed_by, require_replayed
from tasks.session.staging.dossier import KINDS, Dossier, failed, write_dossier
from tasks.session.staging.looking import Look, look
from tasks.session.staging.record import detail_of

QUANTITY = Position._fields.index("quantity")


def phrase_of(line: str, to: Standing) -> str:
    """What has to be typed, to the letter: `PROMOTE binance|1h|BTC/USDT TO micro`."""
    return f"PROMOTE {line} TO {to}"


def promote(
    journal: Journal, settings: Settings, who: str, why: str, phrase: str, at: int, stage: str | None = None
) -> Changed:
    """Promote the configured line by one step, on evidence computed at `at` (UTC microseconds, now); `stage`: to no
    other than this one.

    Raises:
        BadInput: nobody says who, or why.
        Refused: it is no person, a criterion is not met (all that are not are named), the phrase is another one, or the
            book of the stage that is left still holds something, or has an order that is not over.
        Damaged: the record of the line, see `standing_of`.
    """
    for name, text in (("who", who), ("why", why)):
        if not text.strip():
            raise BadInput(f"found nothing for --{name}; the audit chain keeps who did this, and why")
    if not is_person(who):
        raise Refused(f"found --who {who!r}; only a person promotes")
    seen = look(journal, settings, at)
    to = _earned(seen)
    if stage not in (None, to.stage.value):
        raise Refused(f"found stage {stage!r}; {seen.line} is at {seen.standing}, and one step up is {to}")
    _require_flat(journal, seen, to)
    if phrase != phrase_of(seen.line, to):
        wanted = phrase_of(seen.line, to)
        raise Refused(f"found {phrase!r}, wanted exactly {wanted!r}; nothing was promoted, say it again")
    return _write(journal, seen, to, who, why, phrase)


def _earned(seen: Look) -> Standing:
    if seen.in_force != seen.standing:
        raise Refused(
            f"{seen.line} was promoted to {seen.standing}, and the rules of today allow {seen.in_force}; say keel "
            "stage demote, or give it the rules that it was promoted by"
        )
    if seen.following is not None:
        return seen.following
    if seen.wanted is None:
        raise Refused(f"{seen.line} is at {seen.standing}, and nothing is above that")
    lacking = "; ".join(f"({k}) {one.text}" for k, one in enumerate(failed(seen.verdicts), start=1))
    raise Refused(f"{seen.line} stays at {seen.standing}; what {seen.wanted} wants and was not found: {lacking}")


def _require_flat(journal: Journal, seen: Look, to: Standing) -> None:
    """Another stage is another book, which knows nothing of what this one holds at a venue."""
    if not seen.standing.stage.is_money or to.stage is seen.standing.stage:
        return
    book = seen.found.window.book
    standing = [one.cid for one in OrderLog(journal.engine).live_orders() if one.book == book]
    if standing:
        raise Refused(f"{book} has orders that are not over: {', '.join(standing)}; end them first: keel flatten")
    last = journal.last_decision(book)
    held = (
        []
        if last is None
        else [
            symbol
            for positions in last.state_after.positions.values()
            for symbol, figures in positions.items()
            if figures[QUANTITY] != 0.0
        ]
    )
    if held:
        raise Refused(f"{book} still holds {', '.join(held)}; let it sell them first: keel flatten")


def _write(journal: Journal, seen: Look, to: Standing, who: str, why: str, phrase: str) -> Changed:
    step = Promoted(seen.line, seen.at, who, why, seen.standing, to, seen.found.evidence, seen.rules)
    require_replayed(seen.line, [*(one.step for one in seen.steps), step])
    kind = KINDS[AuditKind.PROMOTED]
    told = (seen.standing, to, seen.verdicts, seen.causes, seen.found, seen.rules, who, why)
    dossier = Dossier(kind, seen.line, seen.at, *told)
    detail = detail_of(step, seen.found, seen.rules, dossier.sha256(), phrase)
    entry = Entry(AuditKind.PROMOTED, seen.line, who, why, detail, seen.at)
    written = StageLog(journal.engine).append_step(entry, seen.newest)
    beside = stop_file(journal.engine)
    return changed_by(written, step, None if beside is None else write_dossier(beside.parent, dossier))
