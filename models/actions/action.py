"""One corporate action: a split or a cash dividend."""

import math
from dataclasses import dataclass
from enum import StrEnum

from models.types import BadInput, iso
from models.types.series import SYMBOL
from models.types.timeframes import DAY


class ActionKind(StrEnum):
    """What happened to the share; the values are stored."""

    SPLIT = "split"
    DIVIDEND = "dividend"


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """A split or a cash dividend of one symbol, and when the world knew of it.

    Attributes:
        ex_ts: midnight UTC of the ex-date's session, UTC microseconds: the first session that trades without the claim.
        known_at: when it was announced or published, UTC microseconds; before or after `ex_ts`.
        ratio: new shares per old one, 7.0 for a 7:1 split, 0.05 for 1:20; 1.0 for a dividend.
        cash: dividend per share as traded before `ex_ts`, quote currency; 0.0 for a split.

    Raises:
        BadInput: a field is not what it says above.
    """

    symbol: str
    kind: ActionKind
    ex_ts: int
    known_at: int
    ratio: float = 1.0
    cash: float = 0.0

    def __post_init__(self) -> None:
        if not SYMBOL.fullmatch(self.symbol) or ".." in self.symbol:
            raise BadInput(f"symbol {self.symbol!r} is not a symbol such as SPY (capital letters)")
        if self.ex_ts % DAY:
            raise BadInput(f"{self} has an ex-date with a time of day; give midnight UTC of the session's date")
        if not (math.isfinite(self.ratio) and self.ratio > 0.0 and math.isfinite(self.cash) and self.cash >= 0.0):
            raise BadInput(f"{self} needs a positive ratio and a cash amount that is not negative, both finite")
        if (self.kind is ActionKind.SPLIT) != (self.cash == 0.0):
            raise BadInput(f"{self} is no {self.kind}: a split pays no cash, a dividend pays some; correct the row")
        if (self.kind is ActionKind.SPLIT) == (self.ratio == 1.0):
            raise BadInput(f"{self} is no {self.kind}: only a split has a ratio, and it is not 1; correct the row")

    def __str__(self) -> str:
        figure = f"{self.ratio!r}:1" if self.kind is ActionKind.SPLIT else repr(self.cash)
        return f"{self.symbol} {self.kind} {figure} of {iso(self.ex_ts)}"
