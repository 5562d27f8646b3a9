"""A series as the models see it: its bars from their origin, and the features on them."""

from dataclasses import dataclass

import numpy as np

from models.features import Features, compute_features, index_as_known
from models.types import Bars, FloatArray, Series, bar_micros
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True, eq=False)
class MarketView:
    """Bars and features of one series up to some bar, and where its volatility index comes from."""

    series: Series
    bars: Bars
    features: Features
    index_source: str


def market_view(desk: Desk, series: Series, until: int | None = None) -> MarketView:
    """Load the series up to the bar that opened at or before `until` (UTC microseconds), and compute its features.

    Raises:
        BadInput: the lake has no such series.
        Damaged: stored data does not match its checksum.
    """
    bars = desk.bars.read(series, until)
    known, source = _known_index(desk, series, bars)
    model = desk.loaded.settings.model
    features = compute_features(
        bars, desk.calendar(series), series.timeframe, model.momentum_short, model.momentum_long, known
    )
    return MarketView(series, bars, features, source)


def _known_index(desk: Desk, series: Series, bars: Bars) -> tuple[FloatArray, str]:
    nothing = np.full(len(bars), np.nan)
    symbol = desk.venue(series.venue).index
    if symbol is None or not len(bars):
        return nothing, "realised volatility"
    index = Series(series.venue, symbol, "1d")
    if index not in desk.lake.series():
        return nothing, f"realised volatility ({index} is not in the lake)"
    values = desk.bars.read(index, int(bars.ts[-1]))
    known = index_as_known(bars.ts, bar_micros(series.timeframe), values.ts, values.close)
    share = float(np.isfinite(known).mean())
    return known, f"{symbol} for {share:.0%} of the bars, realised volatility before it"
