"""Limits by symbol."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from conf.schema.group import Group

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class SymbolRiskConfig(Group):
    """Of one symbol, in every strategy; each key may be left out."""

    leverage: float | None = Field(
        default=None, ge=1.0, le=100.0, description="value that its margin carries at most, times the equity it binds"
    )
    size_range: tuple[Share, Share] | None = Field(
        default=None, strict=False, description="smallest and largest value of a position, fraction of equity"
    )
    weight: float | None = Field(
        default=None,
        gt=0.0,
        le=1.0,
        description="largest value of a position, and its part in what the long system holds, fraction of equity",
    )

    @model_validator(mode="after")
    def _range_in_order(self) -> Self:
        if self.size_range is not None and not self.size_range[0] <= self.size_range[1] > 0.0:
            raise ValueError(
                f"size_range|found {list(self.size_range)}, allowed is the smallest first, and a largest above 0"
            )
        return self
