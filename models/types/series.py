"""A series: one symbol at one venue in one bar size. The key of everything in the lake."""

import re
from dataclasses import dataclass

from models.types.errors import BadInput
from models.types.timeframes import bar_micros

VENUE = re.compile(r"[a-z][a-z0-9_]{0,31}")
SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9^./:_-]{0,31}")


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """`venue` in small letters, `symbol` as the venue writes it (`BTC/USDT`), `timeframe` of TIMEFRAMES."""

    venue: str
    symbol: str
    timeframe: str

    def __post_init__(self) -> None:
        if not VENUE.fullmatch(self.venue):
            raise BadInput(f"venue {self.venue!r} is not a name of small letters, digits and underscores")
        if not SYMBOL.fullmatch(self.symbol) or ".." in self.symbol:
            raise BadInput(f"symbol {self.symbol!r} is not a symbol such as BTC/USDT or SP500 (capital letters)")
        bar_micros(self.timeframe)

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol} {self.timeframe}"
