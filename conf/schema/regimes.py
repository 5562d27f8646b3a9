"""How the regime of a market is found."""

from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from models.types.timeframes import TIMEFRAMES


class RegimesConfig(Group):
    """The detector and the bars it looks at. The index above which it is a crisis is a gene of the crisis genome."""

    detector: Literal["rules", "hmm"] = Field(description="rules: a table of thresholds; hmm: a filtered Markov model")
    context: str = Field(description="bars that the regime is found on; bars of the book where those are larger")
    trigger: str = Field(description="bars that a crisis shows on first; bars of the book where those are larger")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name, found in (("context", self.context), ("trigger", self.trigger)):
            if found not in TIMEFRAMES:
                raise ValueError(f"{name}|found {found!r}, allowed is one of {', '.join(TIMEFRAMES)}")
        if TIMEFRAMES[self.trigger] > TIMEFRAMES[self.context]:
            raise ValueError(f"trigger|found {self.trigger!r}, allowed is context ({self.context}) or smaller")
        return self
