"""The record of every step of a book line, folded into its standing: a step that is not allowed is not believed.

That the evidence of a step is the journal's own is checked where the journal is (tasks.session.staging).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.stages.demoting import Demotion, demoted
from models.stages.evidence import Evidence
from models.stages.promoting import may_promote
from models.stages.rules import Rules
from models.stages.standing import BOTTOM, Standing, criteria_of
from models.stages.verdicts import soundness, verdicts
from models.types import Damaged
from models.types.timeframes import DAY

# Who writes on its own account; everybody else is a person.
MACHINES = frozenset({"keel", "guardian"})
# A stretch of n times 24 hours touches n + 1 dates, and one of a fraction more n + 2.
DATES = 2.0


@dataclass(frozen=True, slots=True)
class Promoted:
    """A step up.

    Attributes:
        line: the book without its stage. at: UTC microseconds. who: a person. why: their words.
        before, after: standings.
        evidence, rules: on which it was made.
    """

    line: str
    at: int
    who: str
    why: str
    before: Standing
    after: Standing
    evidence: Evidence
    rules: Rules


@dataclass(frozen=True, slots=True)
class Demoted:
    """A step down.

    Attributes:
        line, at, who, why, before, after: as of Promoted; who may be `keel`, but with PERSON.
        cause: for which it was made.
    """

    line: str
    at: int
    who: str
    why: str
    before: Standing
    after: Standing
    cause: Demotion


Step = Promoted | Demoted


def is_person(who: str) -> bool:
    """Whether a name is one of a person."""
    return bool(who.strip()) and who.strip().lower() not in MACHINES


def may_return(steps: Sequence[Step], evidence: Evidence, rules: Rules) -> Standing | None:
    """What the last step took for a new release alone, once the release has its hours on paper and ran soundly.

    None where the last step is another one, or something is missing. A person decides all the same.
    """
    taken = steps[-1] if steps else None
    if not isinstance(taken, Demoted) or taken.cause is not Demotion.RELEASE or not taken.before.stage.is_money:
        return None
    held = soundness(evidence, criteria_of(taken.after, rules))
    sound = evidence.stage is taken.after.stage and all(one.passed for one in held)
    return taken.before if sound else None


def replayed(entries: Sequence[Step], line: str) -> Standing:
    """The standing at the end of the chain of `line`, which begins at exploration; exploration where it is empty.

    Raises:
        Damaged: a step does not follow from the one before it, is not allowed by its own evidence and rules, skips a
            stage, claims more days than passed, has no person, or belongs to another line.
    """
    standing = BOTTOM
    for k, step in enumerate(entries):
        _check_place(entries, k, line, standing)
        _check_person(step, k)
        if isinstance(step, Promoted):
            _check_promoted(entries, step, k)
        elif step.after != demoted(step.before, step.cause):
            allowed = demoted(step.before, step.cause)
            raise _damaged(k, f"it falls from {step.before} to {step.after}; {step.cause} costs it to {allowed}")
        standing = step.after
    return standing


def standing_under(entries: Sequence[Step], line: str, rules: Rules) -> Standing:
    """`replayed`, and no higher than the rules of today would still allow on the evidence of each step that counts.

    Raises:
        Damaged: as `replayed`.
    """
    standing = replayed(entries, line)
    refused = [entries[k].before for k in _counting(entries) if not _allowed(entries, k, rules)]
    return min((standing, *refused), key=lambda one: one.height)


def _counting(entries: Sequence[Step]) -> tuple[int, ...]:
    """Places of the steps up that the standing at the end rests on: those that no step down has taken back."""
    found: list[tuple[int, ...]] = [()]
    for k, step in enumerate(entries):
        if not isinstance(step, Promoted):
            found.append(tuple(one for one in found[k] if entries[one].after.height <= step.after.height))
        elif may_promote(step.before, step.evidence, step.rules) == step.after:
            found.append((*found[k], k))
        else:
            found.append((*found[k - 1], k))
    return found[-1]


def _check_place(entries: Sequence[Step], k: int, line: str, standing: Standing) -> None:
    step = entries[k]
    if step.line != line:
        raise _damaged(k, f"it belongs to {step.line}, and not to {line}")
    if step.before != standing:
        raise _damaged(k, f"it begins at {step.before}, and the line was at {standing}")
    if k and step.at < entries[k - 1].at:
        raise _damaged(k, "it is older than the one before it")


def _check_person(step: Step, k: int) -> None:
    wanted = isinstance(step, Promoted) or step.cause is Demotion.PERSON
    if wanted and not is_person(step.who):
        raise _damaged(k, f"it has to be the decision of a person and is one of {step.who.strip() or 'nobody'}")


def _check_promoted(entries: Sequence[Step], step: Promoted, k: int) -> None:
    if k and step.evidence.days > (step.at - entries[k - 1].at) / DAY + DATES:
        raise _damaged(k, f"it claims {step.evidence.days:g} days, more than passed since the step before it")
    if not _allowed(entries, k, step.rules):
        held = verdicts(step.before, step.evidence, step.rules)
        lacking = "; ".join(one.text for one in held if not one.passed) or "it is not the next one"
        raise _damaged(k, f"its own evidence does not allow it from {step.before} to {step.after} ({lacking})")


def _allowed(entries: Sequence[Step], k: int, rules: Rules) -> bool:
    step = entries[k]
    if not isinstance(step, Promoted):
        return False
    return step.after in (may_promote(step.before, step.evidence, rules), may_return(entries[:k], step.evidence, rules))


def _damaged(k: int, found: str) -> Damaged:
    return Damaged(
        f"step {k + 1} of the stage record cannot be: {found}; no real money until a person has found out who wrote it "
        "and gone back to a backup of the journal"
    )
