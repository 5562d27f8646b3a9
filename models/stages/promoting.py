"""The step up."""

from models.stages.evidence import Evidence
from models.stages.rules import Rules
from models.stages.standing import Standing, next_of
from models.stages.verdicts import verdicts


def may_promote(standing: Standing, evidence: Evidence, rules: Rules) -> Standing | None:
    """The next standing; None where a criterion is not met, or there is no next one. A person decides all the same."""
    held = verdicts(standing, evidence, rules)
    return next_of(standing, rules) if held and all(one.passed for one in held) else None
