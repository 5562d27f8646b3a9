"""A series by its days: closes, and returns from one to the next."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from models.kernels import compiled
from models.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class DailyCloses:
    """Columns of shape (n_days,), ascending: `ts` names the day (its open), `known_at` is when it was over, both UTC
    microseconds; `close` is finite and positive, splits and dividends taken out.
    """

    ts: IntArray
    known_at: IntArray
    close: FloatArray

    def __len__(self) -> int:
        return len(self.ts)

    def rows(self, chosen: slice | IntArray) -> "DailyCloses":
        """The chosen days."""
        return DailyCloses(self.ts[chosen], self.known_at[chosen], self.close[chosen])

    def begins_with(self, other: "DailyCloses") -> bool:
        """Whether the first days are those of `other`, to the bit."""
        first = self.rows(slice(0, len(other)))
        return all(getattr(first, name).tobytes() == getattr(other, name).tobytes() for name in DailyCloses.__slots__)


@compiled
def log_returns(close: FloatArray) -> FloatArray:
    """Logarithm of each close over the one before, shape (n - 1,); a missing day makes one return of two days."""
    out = np.empty(max(0, close.size - 1))
    for t in range(out.size):
        out[t] = math.log(close[t + 1] / close[t])
    return out


def common_days(series: Sequence[DailyCloses]) -> list[DailyCloses]:
    """The days that all have, by their `ts`."""
    shared = reduce(np.intersect1d, [one.ts for one in series])
    return [one.rows(np.searchsorted(one.ts, shared)) for one in series]
