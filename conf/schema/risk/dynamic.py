"""Sizes that follow the market and the account."""

from typing import Self

from pydantic import Field, model_validator

from conf.schema.group import Group


class DynamicConfig(Group):
    """Factors on every size, never above 1."""

    target_volatility: float = Field(
        gt=0.0, le=10.0, description="annualised volatility of one symbol above which sizes shrink, fraction of price"
    )
    correlation_on: float = Field(
        gt=0.0, le=1.0, description="mean correlation of the book at which a spike begins, correlation"
    )
    correlation_off: float = Field(
        ge=0.0, lt=1.0, description="mean correlation of the book at which a spike is over, correlation"
    )
    correlation_share: float = Field(gt=0.0, le=1.0, description="left during a correlation spike, share of the size")
    floor: float = Field(gt=0.0, le=1.0, description="least that a drawdown or the market leaves, share of the size")
    band: float = Field(
        ge=0.0,
        lt=1.0,
        description="after a drawdown sizes grow again only by more than this at once, share of the size",
    )

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.correlation_off >= self.correlation_on:
            raise ValueError(
                f"correlation_off|found {self.correlation_off:g}, allowed is below correlation_on "
                f"({self.correlation_on:g})"
            )
        return self
