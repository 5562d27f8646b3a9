"""The two systems side by side, their capital, and how the short-term one changes its specialist."""

from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group


class SwingConfig(Group):
    """Day and swing trading by four specialists, of whom a controller puts one in charge."""

    share: float = Field(ge=0.0, le=1.0, description="of trading.capital; 0 switches the system off")
    controller: Literal["regime", "adaptive"] = Field(
        description="regime: the specialist of the regime; adaptive: another one while that one loses"
    )
    underperformance: float = Field(
        gt=0.0, lt=1.0, description="loss over a specialist's last 20 trades that sets it aside, sum of their returns"
    )
    recovery: float = Field(ge=0.0, lt=1.0, description="loss at which one that was set aside is back, same sum")
    prior_trades: float = Field(ge=0.0, le=1000.0, description="a record of n trades counts n / (n + this) of itself")
    memory_days: float = Field(gt=0.0, le=3650.0, description="age after which a trade no longer counts, days")
    crowded_at: float = Field(gt=0.0, le=10.0, description="exposure above which sizes shrink, fraction of equity")
    crowded_share: float = Field(ge=0.0, le=1.0, description="share of the size that a position gets then")

    @model_validator(mode="after")
    def _dead_band(self) -> Self:
        if self.recovery > self.underperformance:
            raise ValueError(
                f"recovery|found {self.recovery:g}, allowed is underperformance ({self.underperformance:g}) or less"
            )
        return self


class WeightsConfig(Group):
    """Value of all symbols together in each regime, fraction of the system's equity."""

    volatile: float = Field(ge=0.0, le=1.0, description="fraction of the system's equity")
    trending: float = Field(ge=0.0, le=1.0, description="fraction of the system's equity")
    ranging: float = Field(ge=0.0, le=1.0, description="fraction of the system's equity")
    crisis: float = Field(ge=0.0, le=1.0, description="fraction of the system's equity")


class LongConfig(Group):
    """Position and hold: weights by regime, what it gains is invested again."""

    share: float = Field(ge=0.0, le=1.0, description="of trading.capital; 0 switches the system off")
    weights: WeightsConfig
    band: float = Field(gt=0.0, le=1.0, description="distance from the weight at which is rebalanced, share of it")
    haven_share: float = Field(
        ge=0.0, le=0.5, description="held in trading.haven in crisis, fraction of the system's equity"
    )

    @model_validator(mode="after")
    def _within_equity(self) -> Self:
        crisis = self.weights.crisis
        if self.haven_share + crisis > 1.0:
            raise ValueError(
                f"haven_share|found {self.haven_share:g}, allowed is what weights.crisis ({crisis:g}) leaves of the "
                f"equity: {1.0 - crisis:g} or less"
            )
        return self


class SystemsConfig(Group):
    """Both systems trade one account."""

    swing: SwingConfig
    long: LongConfig

    @model_validator(mode="after")
    def _share_the_capital(self) -> Self:
        total = self.swing.share + self.long.share
        if not 0.0 < total <= 1.0:
            raise ValueError(
                f"swing.share|found {self.swing.share:g} beside systems.long.share {self.long.share:g}, allowed is a "
                "sum above 0 and at most 1"
            )
        return self
