"""What is traded, where and with how much."""

from typing import Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from conf.schema.names import SymbolName


class TradingConfig(Group):
    """The book that `keel trade` and `keel backtest` work for."""

    venue: str = Field(description="one of venues")
    symbols: tuple[SymbolName, ...] = Field(min_length=1, strict=False, description="as the venue writes them")
    haven: SymbolName | None = Field(
        description="what is held in crisis instead (gold, bonds), at the same venue; null: nothing"
    )
    timeframe: str = Field(description="bar size: 1m, 5m, 15m, 30m, 1h, 4h or 1d")
    profile: str = Field(description="one of risk.profiles")
    capital: float = Field(gt=0.0, description="cash that the book starts with, account currency")
    finer: str = Field(
        description="smaller bars that say which came first where one bar reaches stop and target: a timeframe, auto "
        "(the smallest that the lake has) or none (it was the stop)"
    )
    max_missing_bars: int = Field(ge=0, description="closed bars that may be missing after the newest one")

    @model_validator(mode="after")
    def _haven_apart(self) -> Self:
        if self.haven in self.symbols:
            raise ValueError(f"haven|found {self.haven!r}, allowed is null or a symbol that is not among symbols")
        return self
