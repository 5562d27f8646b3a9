"""Stages: what a book has to show before it gets money, what it then loses it for, and the record of both."""

from models.stages.chain import Demoted, Promoted, Step, is_person, may_return, replayed, standing_under
from models.stages.demoting import Demotion, demoted, demotions
from models.stages.evidence import Evidence
from models.stages.figures import Figures, by_day, figures_of
from models.stages.promoting import may_promote
from models.stages.rules import Criteria, Rules
from models.stages.standing import BOTTOM, Standing, criteria_of, most_capital, next_of
from models.stages.verdicts import Verdict, verdicts

__all__ = [
    "BOTTOM",
    "Criteria",
    "Demoted",
    "Demotion",
    "Evidence",
    "Figures",
    "Promoted",
    "Rules",
    "Standing",
    "Step",
    "Verdict",
    "by_day",
    "criteria_of",
    "demoted",
    "demotions",
    "figures_of",
    "is_person",
    "may_promote",
    "may_return",
    "most_capital",
    "next_of",
    "replayed",
    "standing_under",
    "verdicts",
]
