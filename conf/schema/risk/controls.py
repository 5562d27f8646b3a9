"""Checks before an order and figures it is reviewed by."""

from pydantic import Field

from conf.schema.group import Group


class ControlsConfig(Group):
    """Before and after a trade."""

    price_collar: float = Field(
        gt=0.0, lt=1.0, description="farthest that a price may be from its reference, fraction of the reference"
    )
    most_volatility_ratio: float = Field(
        ge=1.0, le=1000.0, description="volatility above which nothing is entered, times its usual level"
    )
    slippage_target_bps: float = Field(gt=0.0, le=1000.0, description="slippage that a fill is held against, bps")
