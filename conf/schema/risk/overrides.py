"""Tighter limits of a strategy or a stage: what is looser than the others has no effect."""

from pydantic import Field

from conf.schema.group import Group


class OverrideConfig(Group):
    """Each key may be left out."""

    max_portfolio_risk: float | None = Field(
        default=None, gt=0.0, le=0.2, description="most that all positions may lose at their stops, fraction of equity"
    )
    max_position_risk: float | None = Field(
        default=None, gt=0.0, le=0.2, description="most that one position may lose at its stop, fraction of equity"
    )
    max_position: float | None = Field(
        default=None, gt=0.0, le=1.0, description="largest value of one position, fraction of equity"
    )
    max_leverage: float | None = Field(
        default=None, gt=0.0, le=10.0, description="largest sum of position values, times equity"
    )
    max_drawdown: float | None = Field(
        default=None,
        gt=0.0,
        lt=1.0,
        description="fall from the peak: of a strategy, pauses it; of a stage, sells the account, fraction of it",
    )
    max_var: float | None = Field(
        default=None, gt=0.0, le=1.0, description="value at risk of one day that no entry may pass, fraction of equity"
    )


class StrategiesConfig(Group):
    """By trading system; a strategy's max_var binds the account, which is never below what the strategy has."""

    swing: OverrideConfig = Field(description="day and swing trading, group of limits")
    long: OverrideConfig = Field(description="position and hold, group of limits")


class StagesConfig(Group):
    """By stage."""

    exploration: OverrideConfig = Field(description="archives and simulated fills, group of limits")
    paper: OverrideConfig = Field(description="fresh data and simulated fills, group of limits")
    micro: OverrideConfig = Field(description="the first real money, group of limits")
    live: OverrideConfig = Field(description="real orders, group of limits")
