"""The declared features of one series, computed from its recorded origin.

Every value at bar t depends on bars up to t only, and does not change when later bars are removed; a property test
truncates the series at random to hold that.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.indicators import (
    average_true_range,
    directional_index,
    log_returns,
    realised_volatility,
    relative_strength,
    simple_average,
    volatility_index,
)
from models.kernels import ratio
from models.types import Bars, Calendar, FloatArray, bars_per_week, bars_per_year

WILDER = 14


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Columns of shape (n_bars,); NaN while a window is not full.

    Attributes:
        momentum: 40 * (short - long) / long of the closes' simple averages, dimensionless.
        adx: ADX(14), 0..100.
        atr: ATR(14), quote currency.
        atr_ratio: ATR(14) over its four-week mean.
        index: volatility index on VIX's scale, VIX itself where it was known.
        gap: open over the previous close, minus one.
        volatility: standard deviation of log returns per bar over a week.
        matrix: shape (n_bars, len(FEATURES)), what the predictors see.
    """

    momentum: FloatArray
    adx: FloatArray
    atr: FloatArray
    atr_ratio: FloatArray
    index: FloatArray
    gap: FloatArray
    volatility: FloatArray
    matrix: FloatArray


def compute_features(
    bars: Bars, calendar: Calendar, timeframe: str, short: int, long: int, known_index: FloatArray
) -> Features:
    """All features of `bars`.

    `short` and `long` are the momentum windows in bars; `known_index` of shape (n_bars,) is VIX as known at each
    bar's close, NaN where it was not: there the realised index stands in.
    """
    week, year = bars_per_week(calendar, timeframe), bars_per_year(calendar, timeframe)
    slow = simple_average(bars.close, long)
    atr = average_true_range(bars, WILDER)
    realised = volatility_index(bars.close, week, year)
    index = np.where(np.isnan(known_index), realised, known_index)
    columns = Features(
        momentum=40.0 * (simple_average(bars.close, short) - slow) / slow,
        adx=directional_index(bars, WILDER),
        atr=atr,
        atr_ratio=ratio(atr, simple_average(atr, 4 * week)),
        index=index,
        gap=_gap(bars),
        volatility=realised_volatility(bars.close, week),
        matrix=np.empty((0, len(FEATURES))),
    )
    matrix = np.column_stack([make(bars, columns) for make in FEATURES.values()])
    return replace(columns, matrix=matrix)


def _gap(bars: Bars) -> FloatArray:
    gap = np.full(len(bars), np.nan)
    gap[1:] = bars.open[1:] / bars.close[:-1] - 1.0
    return gap


def _past_return(periods: int) -> Callable[[Bars, Features], FloatArray]:
    def over(bars: Bars, _: Features) -> FloatArray:
        out = np.full(len(bars), np.nan)
        out[periods:] = bars.close[periods:] / bars.close[:-periods] - 1.0
        return out

    return over


def _volume_surprise(bars: Bars, _: Features) -> FloatArray:
    return ratio(bars.volume, simple_average(bars.volume, 20))


FEATURES: dict[str, Callable[[Bars, Features], FloatArray]] = {
    "return_1": _past_return(1),
    "return_5": _past_return(5),
    "return_20": _past_return(20),
    "momentum": lambda _, columns: columns.momentum,
    "rsi_14": lambda bars, _: relative_strength(bars.close, WILDER),
    "adx_14": lambda _, columns: columns.adx,
    "atr_relative": lambda bars, columns: columns.atr / bars.close,
    "atr_ratio": lambda _, columns: columns.atr_ratio,
    "index": lambda _, columns: columns.index,
    "gap": lambda _, columns: columns.gap,
    "return_1_scaled": lambda bars, columns: ratio(log_returns(bars.close), columns.volatility),
    "volume_surprise": _volume_surprise,
}
