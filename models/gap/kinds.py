"""Where money can go between a backtest and what was really made."""

from enum import StrEnum


class Kind(StrEnum):
    """A cause. Stored in the audit chain: never rename."""

    DATA = "data"
    SIGNAL = "signal"
    TIMING = "timing"
    FILL = "fill"
    FEE = "fee"


# From the backtest to what happened: each world has the causes before it, and one more.
CHAIN = (Kind.DATA, Kind.SIGNAL, Kind.TIMING, Kind.FILL, Kind.FEE)
Causes = frozenset[Kind]
