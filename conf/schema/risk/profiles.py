"""The global risk profiles."""

from pydantic import Field

from conf.schema.group import Group


class ProfileConfig(Group):
    """One risk profile; `trading.profile` chooses it."""

    max_portfolio_risk: float = Field(
        gt=0.0, le=0.2, description="most that all positions may lose at their stops, fraction of equity"
    )
    max_position: float = Field(gt=0.0, le=1.0, description="largest value of one position, fraction of equity")
    max_leverage: float = Field(gt=0.0, le=10.0, description="largest sum of position values, times equity")
    max_drawdown: float = Field(
        gt=0.0, lt=1.0, description="fall of the account from its peak at which everything is sold, fraction of it"
    )
    stop_loss: float = Field(
        gt=0.0, lt=1.0, description="stop of a strategy without its own (every specialist has one), fraction of price"
    )
    take_profit: float = Field(gt=0.0, le=10.0, description="target of a strategy without its own, fraction of price")
    var_confidence: float = Field(
        ge=0.8, lt=1.0, description="confidence at which the one-day value at risk is taken, probability"
    )
