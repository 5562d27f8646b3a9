"""Closed bars of one series as columns."""

from dataclasses import dataclass

import numpy as np

from models.types.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Columns of shape (n_bars,): `ts` is the bar's open in UTC microseconds, ascending and unique; prices in quote
    currency, finite and positive; `volume` in base units, finite and not negative.
    """

    ts: IntArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    def __len__(self) -> int:
        return len(self.ts)

    def until(self, last_open: int) -> "Bars":
        """The bars that opened at or before `last_open` (UTC microseconds)."""
        return self.rows(slice(0, int(np.searchsorted(self.ts, last_open, side="right"))))

    def rows(self, chosen: slice | IntArray | BoolArray) -> "Bars":
        """The chosen rows; views when `chosen` is a slice."""
        return Bars(
            ts=self.ts[chosen],
            open=self.open[chosen],
            high=self.high[chosen],
            low=self.low[chosen],
            close=self.close[chosen],
            volume=self.volume[chosen],
        )
