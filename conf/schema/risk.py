"""Risk profiles and what holds for all of them. Fractions of equity unless said otherwise."""

from pydantic import Field

from conf.schema.group import Group


class ProfileConfig(Group):
    """One risk profile."""

    max_portfolio_risk: float = Field(gt=0.0, le=0.2, description="most that all positions may lose at their stops")
    max_position: float = Field(gt=0.0, le=1.0, description="largest value of one position")
    max_leverage: float = Field(gt=0.0, le=10.0, description="largest sum of position values")
    max_drawdown: float = Field(gt=0.0, lt=1.0, description="fall from the peak that pauses entries")
    stop_loss: float = Field(gt=0.0, lt=1.0, description="stop of a strategy without its own; every specialist has one")
    take_profit: float = Field(gt=0.0, le=10.0, description="target of a strategy without its own, fraction of price")


class RegimeShareConfig(Group):
    """Share of the size that a position gets in each regime."""

    volatile: float = Field(ge=0.0, le=1.0)
    trending: float = Field(ge=0.0, le=1.0)
    ranging: float = Field(ge=0.0, le=1.0)
    crisis: float = Field(ge=0.0, le=1.0)


class RiskConfig(Group):
    """All profiles, and the limits beside them. The tightest wins."""

    profiles: dict[str, ProfileConfig] = Field(min_length=1)
    asset_classes: dict[str, float] = Field(description="largest position by asset class, fraction of equity")
    max_position_risk: float = Field(gt=0.0, le=0.2, description="most that one position may lose at its stop")
    daily_loss: float = Field(gt=0.0, lt=1.0, description="loss in a UTC day that stops entries for the day")
    kelly_fraction: float = Field(gt=0.0, le=0.25, description="share of the full Kelly size")
    pause_days: float = Field(gt=0.0, le=3650.0, description="length of the pause after the drawdown limit, days")
    entry_cost_multiple: float = Field(ge=1.0, description="edge needed for an entry, in round-trip costs")
    regime_share: RegimeShareConfig
