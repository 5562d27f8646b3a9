"""How much real money may be at work."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from conf.schema.group import Group

Rung = Annotated[float, Field(gt=0.0, le=1e12)]


class CapitalLadderConfig(Group):
    """The live capital ladder: it binds in the stage live only."""

    rungs: tuple[Rung, ...] = Field(
        min_length=1, strict=False, description="largest sum of position values on each rung, quote currency"
    )
    rung: int = Field(ge=1, description="the rung in force, counted from 1")

    @model_validator(mode="after")
    def _rung_is_there(self) -> Self:
        if any(higher <= lower for lower, higher in pairwise(self.rungs)):
            raise ValueError(f"rungs|found {list(self.rungs)}, allowed is each above the one before")
        if self.rung > len(self.rungs):
            raise ValueError(f"rung|found {self.rung}, allowed is 1 to {len(self.rungs)} (the rungs there are)")
        return self
