"""News: who is heard, what each word counts, and what is made of it."""

import math
from typing import Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from conf.schema.news_endpoint import NewsEndpointConfig
from conf.schema.news_sources import SourceConfig
from models.types.news import SOURCES

WHOLE = 1e-9


class GroupFactorsConfig(Group):
    """What the word of each group of sources is multiplied by in one condition of the market."""

    wire: float = Field(ge=0.5, le=1.5, description="news agencies")
    press: float = Field(ge=0.5, le=1.5, description="papers and magazines")
    aggregator: float = Field(ge=0.5, le=1.5, description="collections of what others write")
    social: float = Field(ge=0.5, le=1.5, description="what anybody may write")


class ConditionsConfig(Group):
    """By the regime of the configured book's leading series."""

    volatile: GroupFactorsConfig
    trending: GroupFactorsConfig
    ranging: GroupFactorsConfig
    crisis: GroupFactorsConfig


class ReliabilityConfig(Group):
    """How a source's past signals are scored."""

    least_tone: float = Field(gt=0.0, le=1.0, description="of a headline to either side, from which on it is a signal")
    horizon_hours: float = Field(ge=1.0, le=720.0, description="after which a signal was right or not")
    prior: float = Field(ge=1.0, le=10_000.0, description="outcomes that the belief of one half weighs")
    half_life_days: float = Field(ge=1.0, le=3650.0, description="after which an outcome counts half")
    look_back_days: float = Field(ge=1.0, le=3650.0, description="outcomes of earlier signals are not looked at")


class OpportunitiesConfig(Group):
    """How the news of the last hours becomes an opportunity; the formula: models/news/opportunities.py."""

    window_hours: float = Field(gt=0.0, le=720.0, description="how far back headlines are heard")
    decay_hours: float = Field(gt=0.0, le=720.0, description="after which a headline counts 1/e")
    horizon_hours: float = Field(ge=1.0, le=720.0, description="for which the expectation holds")
    full_support: float = Field(gt=0.0, le=1.0, description="support that counts 1 - 1/e, in the unit of the weights")
    least_agreement: float = Field(ge=0.0, le=1.0, description="of the voices, from which on a side is named")
    least_confidence: float = Field(gt=0.0, lt=1.0, description="from which on anything is said")
    alert_confidence: float = Field(gt=0.0, le=1.0, description="from which on a person hears of it; 1: never")
    evidence: int = Field(ge=1, le=100, description="headlines that are named")
    volatility_days: float = Field(ge=1.0, le=3650.0, description="of bars that say how far an asset usually moves")


class NewsConfig(Group):
    """News."""

    sources: dict[str, SourceConfig]
    scorer: str = Field(
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="that says how good or bad a headline is: keel, vader, or a version that keel news train has made",
    )
    endpoint: NewsEndpointConfig
    deadline_seconds: float = Field(gt=0.0, le=300.0, description="that a source may take for one answer")
    first_pause_seconds: float = Field(gt=0.0, le=86_400.0, description="a source that failed is left alone so long")
    longest_pause_seconds: float = Field(gt=0.0, le=86_400.0, description="the pause doubles up to this")
    memory_days: float = Field(ge=1.0, le=60.0, description="in which what was said before is recognised")
    known_days: float = Field(ge=1.0, le=365.0, description="in which an item is known again by its key")
    keep_days: float = Field(ge=60.0, le=36_500.0, description="that headlines and opportunities stay in the lake")
    conditions: ConditionsConfig
    reliability: ReliabilityConfig
    opportunities: OpportunitiesConfig

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if set(self.sources) != set(SOURCES):
            raise ValueError(f"sources|found {', '.join(self.sources)}, allowed is each of {', '.join(SOURCES)} once")
        whole = math.fsum(one.weight for one in self.sources.values())
        if abs(whole - 1.0) > WHOLE:
            raise ValueError(f"sources|found weights that add up to {whole:g}, allowed is 1: of all sources together")
        if self.longest_pause_seconds < self.first_pause_seconds:
            raise ValueError(
                f"longest_pause_seconds|found {self.longest_pause_seconds:g}, allowed is first_pause_seconds "
                f"({self.first_pause_seconds:g}) or more"
            )
        if self.known_days < self.memory_days:
            raise ValueError(
                f"known_days|found {self.known_days:g}, allowed is memory_days ({self.memory_days:g}) or more"
            )
        longest = max(self.known_days, self.opportunities.window_hours / 24.0, self.reliability.look_back_days)
        if self.keep_days < longest:
            raise ValueError(
                f"keep_days|found {self.keep_days:g}, allowed is {longest:g} or more: what the opportunities and the "
                "reliability look back on"
            )
        return self
