"""What the settings ask of every stage."""

from conf import Settings
from conf.schema.control import CriteriaConfig
from models.stages import Criteria, Rules
from models.types import CALENDARS


def rules_of(settings: Settings) -> Rules:
    """As the core knows them: stages and the rungs of risk.ladder."""
    stages, money = settings.stages, settings.stages.money
    return Rules(
        exploration=_criteria(stages.exploration),
        paper=_criteria(stages.paper),
        micro=_criteria(stages.micro),
        rungs=tuple(settings.risk.ladder.rungs),
        rung_days=tuple(money.rung_days),
        micro_least=money.micro_least,
        micro_most=money.micro_most,
    )


def days_per_year_of(settings: Settings) -> float:
    """Of the calendar that the book's venue keeps."""
    return CALENDARS[settings.venues[settings.trading.venue].calendar].days_per_year


def _criteria(config: CriteriaConfig) -> Criteria:
    return Criteria(**config.model_dump())
