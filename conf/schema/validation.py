"""What `keel validate` turns to see how much of a result is left."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from conf.schema.group import Group

CostMultiple = Annotated[float, Field(ge=0.0, le=100.0)]
Delay = Annotated[int, Field(ge=1, le=1000)]
MissingShare = Annotated[float, Field(gt=0.0, lt=1.0)]


class ValidationConfig(Group):
    """Each list is a row of a table in the report, beside the run as it is."""

    paths: int = Field(ge=10, le=1_000_000, description="bootstrapped histories of trades and of candles")
    costs: tuple[CostMultiple, ...] = Field(
        min_length=1, strict=False, description="multiples of fees, spread and impact"
    )
    delays: tuple[Delay, ...] = Field(
        min_length=1, strict=False, description="bars that predictions and regimes arrive late"
    )
    missing: tuple[MissingShare, ...] = Field(min_length=1, strict=False, description="share of the bars taken away")
    draws: int = Field(ge=1, le=1000, description="times that other bars are taken away, for each share")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("costs", "delays", "missing"):
            found: tuple[float, ...] = getattr(self, name)
            if any(after <= before for before, after in pairwise(found)):
                raise ValueError(f"{name}|found {list(found)}, allowed is every figure once, the smallest first")
        return self
