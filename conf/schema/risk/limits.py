"""Limits that hold whatever the profile."""

from pydantic import Field

from conf.schema.group import Group
from conf.schema.names import SymbolName


class LimitsConfig(Group):
    """For every profile, strategy, class and stage; the tightest of all wins."""

    max_position_risk: float = Field(
        gt=0.0, le=0.2, description="most that one position may lose at its stop, fraction of equity"
    )
    max_portfolio_risk: float = Field(
        gt=0.0, le=0.2, description="most that all positions may lose at their stops, fraction of equity"
    )
    max_asset: float = Field(gt=0.0, le=1.0, description="largest value held of one symbol, fraction of equity")
    max_var: float = Field(
        gt=0.0, le=1.0, description="value at risk of one day that no entry may pass, fraction of equity"
    )
    max_positions: int = Field(ge=1, le=10_000, description="open positions of the account, count")
    max_trades_per_day: int = Field(ge=1, le=100_000, description="entries of the account on one UTC day, count")
    allowed: tuple[SymbolName, ...] | None = Field(
        min_length=1, strict=False, description="symbols that may be entered, list; null: all that the book trades"
    )
