"""The way down: what costs a stage, and how far."""

from enum import StrEnum

from models.stages.evidence import Evidence
from models.stages.rules import Rules
from models.stages.standing import BOTTOM, Standing, criteria_of
from models.types.stages import Stage


class Demotion(StrEnum):
    """Why a standing is lost; the gravest first. Stored: never rename."""

    GAP = "gap"
    BREACH = "breach"
    CRASHES = "crashes"
    DRAWDOWN = "drawdown"
    RELEASE = "release"
    PERSON = "person"


# The book is not the one that was judged: less of the same money does not mend that.
NOT_AS_JUDGED = (Demotion.GAP, Demotion.BREACH, Demotion.CRASHES)


def demoted(standing: Standing, cause: Demotion) -> Standing:
    """The standing after a demotion; never below exploration, and never above what it was.

    GAP, BREACH, CRASHES: from any real money to paper, because what ran is not what was judged: it filled otherwise,
    broke a limit or died, and would do so with less money as well. Paper falls to exploration.
    RELEASE: from any real money to paper, because new code has shown nothing yet; `may_return` gives it back after its
    hours on paper, as no result was lost. Paper and exploration stay: that is where a release shows itself.
    DRAWDOWN, PERSON: one step, from rung k to rung k - 1, from rung 1 to micro, from micro to paper: the book does what
    it was judged for and loses at it, so that less is at stake while it goes on.
    """
    if cause is Demotion.RELEASE or (cause in NOT_AS_JUDGED and standing.stage.is_money):
        return Standing(Stage.PAPER) if standing.stage.is_money else standing
    if standing.rung > 1:
        return Standing(Stage.LIVE, standing.rung - 1)
    return Standing(list(Stage)[standing.stage.rank - 1]) if standing != BOTTOM else BOTTOM


def demotions(standing: Standing, evidence: Evidence, rules: Rules) -> tuple[Demotion, ...]:
    """What the evidence costs by itself, the gravest first: write that one, the others are in its record. A fall comes
    before a new release, which would give the standing back that the fall has cost.

    Nothing in exploration, where nothing is at stake. On paper the gap alone: a fall, a breach or a crash there is no
    money, and keeps the next stage out of reach as long as it is in the window. A figure that is not known costs
    nothing; neither does evidence of another stage.
    """
    if evidence.stage is not standing.stage or standing == BOTTOM:
        return ()
    gap = (Demotion.GAP,) if evidence.gap_beyond else ()
    if not standing.stage.is_money:
        return gap
    criteria = criteria_of(standing, rules)
    found = {
        Demotion.BREACH: evidence.breaches > criteria.breaches,
        Demotion.CRASHES: evidence.crashes > criteria.crashes,
        Demotion.DRAWDOWN: evidence.drawdown >= criteria.drawdown,
        Demotion.RELEASE: evidence.release_hours < criteria.release_hours,
    }
    return (*gap, *(cause for cause, holds in found.items() if holds))
