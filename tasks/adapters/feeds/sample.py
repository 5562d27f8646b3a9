"""Real daily series that the package arch ships: S&P 500 and Nasdaq Composite 1999-2018, VIX closes from 2014.

They need no network. VIX has closes only: its other prices equal the close and its volume is zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.types import BadInput, Bars
from tasks.ports import Page

SYMBOLS = ("SP500", "NASDAQ", "VIX")
FIGURES = ("Open", "High", "Low", "Close", "Volume")


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """The embedded series as a feed."""

    name = "sample"

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """One page with everything from `since` on."""
        if symbol not in SYMBOLS or timeframe != "1d":
            raise BadInput(
                f"the sample has {', '.join(SYMBOLS)} in daily bars (1d), not {symbol} in {timeframe}; "
                "import an archive or ingest from another venue"
            )
        frame = _frame(symbol)
        bars = Bars(
            frame.index.to_numpy(dtype="datetime64[us]").astype(np.int64),
            *(frame[name].to_numpy(dtype=np.float64) for name in FIGURES),
        )
        start = 0 if since is None else int(np.searchsorted(bars.ts, since))
        yield Page(bars.rows(slice(start, len(bars))), self.name)


def _frame(symbol: str) -> pd.DataFrame:
    # Imported here: arch takes two seconds to import, and only the sample needs its data.
    if symbol == "VIX":
        from arch.data import vix

        close = vix.load()["vix"].dropna()
        return pd.DataFrame(dict.fromkeys(FIGURES, close)).assign(Volume=0.0)
    if symbol == "SP500":
        from arch.data import sp500

        return sp500.load()
    from arch.data import nasdaq

    return nasdaq.load()
