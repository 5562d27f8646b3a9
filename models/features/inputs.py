"""Everything that the features of a series depend on."""

import hashlib
from dataclasses import dataclass

from models.sessions import session_spans
from models.types import Bars, Calendar, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Leader:
    """The bars of the symbol that others are seen beside, of their venue and timeframe."""

    symbol: str
    bars: Bars


@dataclass(frozen=True, slots=True, eq=False)
class FeatureInputs:
    """`bars` of `timeframe` from their recorded origin on; `known_index` of shape (n_bars,) is the volatility index as
    known at each bar's close, NaN where it was not. `leader` is None for the leader itself and where there is none.
    """

    bars: Bars
    calendar: Calendar
    timeframe: str
    known_index: FloatArray
    leader: Leader | None

    def sha256(self, rows: int) -> str:
        """Of everything that the features of the first `rows` bars depend on: equal as long as inputs only grow."""
        digest = hashlib.sha256(f"{self.calendar.name} {self.timeframe} {rows}".encode())
        if not rows:
            return digest.hexdigest()
        last = int(self.bars.ts[rows - 1])
        if self.calendar.name != "24/7":
            for spans in session_spans(self.calendar, int(self.bars.ts[0]), last):
                digest.update(spans.tobytes())
        for bars in (self.bars, *(() if self.leader is None else (self.leader.bars,))):
            for column in Bars.__slots__:
                digest.update(getattr(bars.until(last), column).data)
        digest.update(self.known_index[:rows].data)
        return digest.hexdigest()
