"""A lake with days of known regime, and what was stored of their regimes."""

import numpy as np

from data.regimes import Detection, RegimeRows, RegimeStore
from models.regime import simulate
from models.types import Bars, Series
from tasks.session.desk import Desk

DAYS = Series("binance", "AAA/USDT", "1d")
COUNT = 900
MADE, TRUTH = simulate(np.random.default_rng(37), COUNT)
# Prices as a venue writes them.
ARCHIVE = Bars(MADE.ts, *(np.round(getattr(MADE, name), 6) for name in Bars.__slots__[1:]))
NAMES = ("volatile", "trending", "ranging", "crisis")


def stored(
    desk: Desk, detector: str = "rules", version: int | None = None, series: Series = DAYS, crisis_index: float = 35.0
) -> RegimeRows:
    """What the lake has of the newest version, or of a given one."""
    return RegimeStore(desk.lake).read(series, Detection(detector, "1d", "1h", crisis_index), version)


def versions(desk: Desk, detector: str = "rules") -> list[int]:
    """The numbers of the versions of DAYS."""
    return RegimeStore(desk.lake).versions(DAYS, Detection(detector, "1d", "1h", 35.0))


def begins_with(rows: RegimeRows, first: RegimeRows) -> bool:
    """Whether the rows begin with the first ones, to the bit."""
    columns = _columns(rows)
    return all(columns[name][: column.size].tobytes() == column.tobytes() for name, column in _columns(first).items())


def _columns(rows: RegimeRows) -> dict[str, np.ndarray]:
    return {"ts": rows.ts, "known_at": rows.known_at} | rows.codes | rows.figures
