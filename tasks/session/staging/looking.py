"""Where a line stands, what it has shown since, and what that allows and costs."""

from dataclasses import dataclass

from conf import Settings
from data.journal import Journal
from models.stages import (
    Demotion,
    Rules,
    Standing,
    Verdict,
    demotions,
    may_promote,
    may_return,
    next_of,
    replayed,
    verdicts,
)
from models.types import Damaged, iso
from tasks.session.book import line_of
from tasks.session.release import release_id
from tasks.session.staging.evidence import Found, gather
from tasks.session.staging.record import Recorded, recorded_steps
from tasks.session.staging.rules import days_per_year_of, rules_of
from tasks.session.staging.standing import standing_by
from tasks.session.staging.window import BEGINNING, Asking, window_of


@dataclass(frozen=True, slots=True)
class Look:
    """A line as it stands.

    Attributes:
        at: UTC microseconds.
        standing: by the steps that were written; `in_force` is no higher than the rules of today allow.
        steps: everything that brought it there, the oldest first.
        found: the evidence since then.
        verdicts: on the step up.
        following: what a person may promote it to now, None where something fails or nothing follows.
        causes: what the evidence costs by itself, the gravest first.
    """

    line: str
    at: int
    rules: Rules
    standing: Standing
    in_force: Standing
    steps: tuple[Recorded, ...]
    found: Found
    verdicts: tuple[Verdict, ...]
    following: Standing | None
    causes: tuple[Demotion, ...]

    @property
    def wanted(self) -> Standing | None:
        """The step up, whether or not it is earned."""
        return next_of(self.standing, self.rules)

    @property
    def newest(self) -> int | None:
        """Number of the newest step in the audit chain, None before the first."""
        return self.steps[-1].entry.id if self.steps else None


def look(journal: Journal, settings: Settings, at: int, release: str | None = None) -> Look:
    """At the configured line, whatever stage its settings say, at `at` (UTC microseconds); `release`: the installed one
    where none is given.

    Raises:
        Damaged: see `standing_of`; or the clock says that the newest step is still to come.
    """
    line, rules = line_of(settings), rules_of(settings)
    recorded = recorded_steps(journal, line)
    in_force = standing_by(journal, line, recorded, rules)
    steps = [one.step for one in recorded]
    standing = replayed(steps, line)
    entered = recorded[-1].entry.at if recorded else BEGINNING
    if at < entered:
        raise Damaged(
            f"the newest step of {line} is of {iso(entered)}, and by the clock that is still to come: nothing since "
            "then can be seen, and nothing is earned until the clock is set right"
        )
    asking = Asking(line, rules, at, release_id() if release is None else release, days_per_year_of(settings))
    found = gather(journal, window_of(journal, asking, standing, entered))
    evidence = found.evidence
    return Look(
        line=line,
        at=at,
        rules=rules,
        standing=standing,
        in_force=in_force,
        steps=tuple(recorded),
        found=found,
        verdicts=verdicts(standing, evidence, rules),
        following=may_return(steps, evidence, rules) or may_promote(standing, evidence, rules),
        causes=demotions(standing, evidence, rules),
    )
