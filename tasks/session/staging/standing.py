"""What stage and rung a line has earned: its chain replayed, each promotion held against the journal's own pages."""

import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from sqlalchemy import select

from data.journal import Journal
from data.journal.reading import reads
from data.journal.stop_flag import stop_file
from data.journal.tables import alerts_outbox
from models.stages import Evidence, Promoted, Rules, Standing, standing_under
from models.types import Damaged
from tasks.session.staging.crashes import crashes_of
from tasks.session.staging.dossier import demotion_files, sha256_of_file
from tasks.session.staging.evidence import gather
from tasks.session.staging.record import Recorded, recorded_steps
from tasks.session.staging.window import BEGINNING

# Two machines may differ in the last digits of a figure.
EASE = 1e-9
ALERT = "demoted"


def standing_of(journal: Journal, line: str, rules: Rules) -> Standing:
    """The stage and rung in force of the line (`binance|1h|BTC/USDT`): no higher than the rules of today allow.

    Raises:
        Damaged: the audit chain, a step, the pages behind a promotion or what a demotion left are not as they were
            written.
    """
    return standing_by(journal, line, recorded_steps(journal, line), rules)


def standing_by(journal: Journal, line: str, recorded: Sequence[Recorded], rules: Rules) -> Standing:
    """As `standing_of`, of steps that were read already."""
    entered = BEGINNING
    for one in recorded:
        if isinstance(one.step, Promoted):
            _check_pages(journal, one, one.step, entered)
        _check_file(journal, one)
        entered = one.entry.at
    _check_left(journal, line, recorded)
    return standing_under([one.step for one in recorded], line, rules)


def demotion_key(line: str, at: int) -> str:
    """Of the alert that a demotion raises."""
    return f"{ALERT} {line} {at}"


def _check_pages(journal: Journal, one: Recorded, step: Promoted, entered: int) -> None:
    """The evidence again, from the pages that it says it is from."""
    window = one.window
    if (window.line, window.stage) != (step.line, step.before.stage):
        raise _damaged(one, f"its evidence is of {window.book}")
    if window.since < entered or window.until > step.at:
        raise _damaged(one, "its evidence is from before the stage was entered, or from after the step")
    again = gather(journal, window)
    if again.sha256 != one.sha256:
        raise _damaged(one, "decisions or fills behind it are missing, or other than they were")
    other = [
        name
        for name in (field.name for field in fields(Evidence))
        if name != "crashes" and not _same(getattr(again.evidence, name), getattr(step.evidence, name))
    ]
    if other:
        raise _damaged(one, f"the journal's pages say otherwise about {', '.join(other)}")
    crashes = crashes_of(journal, window, is_followed=True)
    if step.evidence.crashes < crashes:
        raise _damaged(one, f"it says {step.evidence.crashes} crashes, and the journal's pages have {crashes}")


def _check_file(journal: Journal, one: Recorded) -> None:
    """A dossier that is there is the one that was written."""
    found = sha256_of_file(_state(journal), one.entry)
    if found is not None and found != one.entry.detail.get("dossier"):
        raise _damaged(one, "its dossier is not as it was written")


def _check_left(journal: Journal, line: str, recorded: Sequence[Recorded]) -> None:
    """Whatever a demotion left elsewhere has its step in the chain."""
    known = {one.entry.at for one in recorded if not isinstance(one.step, Promoted)}
    start = demotion_key(line, 0)[:-1]
    keys = select(alerts_outbox.c.key).where(alerts_outbox.c.key.startswith(start, autoescape=True))
    with reads(journal.engine) as connection:
        told = [key.removeprefix(start) for key in connection.execute(keys).scalars()]
    left = {int(at) for at in told if at.isdigit()} | demotion_files(_state(journal), line)
    if left - known:
        raise Damaged(
            f"{line} was demoted, and the step is missing in the journal's audit chain; find out who took it away: "
            "nothing is earned until then"
        )


def _state(journal: Journal) -> Path | None:
    beside = stop_file(journal.engine)
    return None if beside is None else beside.parent


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=EASE, abs_tol=EASE)
    return one == other


def _damaged(one: Recorded, found: str) -> Damaged:
    return Damaged(
        f"the step of {one.entry.subject} in row {one.entry.id} of the journal's audit chain cannot be: {found}; find "
        "out who wrote to the journal: nothing is earned until then"
    )
