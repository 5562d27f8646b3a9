"""The one registry of what a feature can be: its kind, and the function that computes it.

Every value at bar t depends on bars up to t only. Whoever changes what a function gives raises REVISION, so that stored
features are made anew.
"""

import math

import numpy as np

from models.features.kind import Inputs, Kind
from models.features.levels import distance, pivot, reflected, resistance, support
from models.features.scores import momentum_score, sentiment, stretch
from models.indicators import (
    average_true_range,
    directional_index,
    relative_strength,
    relative_volatility,
    simple_average,
    stochastic,
    write_extreme,
    write_log_returns,
)
from models.indicators.ta_lib import ta_lib
from models.kernels import compiled, rolling_correlation, write_first_known, write_ratio, write_rolling_std
from models.types import FloatArray

REVISION = 2


def code_revision() -> str:
    """What stored features depend on beside their declaration: our code and TA-Lib's."""
    return f"{REVISION} ta-lib {ta_lib().__version__}"


def past_return(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Change of x over `window` bars as a fraction of what it was; NaN for the first `window` bars."""
    (values,) = inputs
    return _change(values, values, window, room)


def gap(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Open over the close `window` bars ago, minus one; NaN for the first `window` bars."""
    opens, close = inputs
    return _change(opens, close, window, room)


def quotient(inputs: Inputs, _: int, room: FloatArray) -> FloatArray:
    """Quotient of x and y; NaN where y is NaN, zero or negative."""
    numerator, denominator = inputs
    write_ratio(numerator, denominator, room)
    return room


def momentum(inputs: Inputs, _: int, room: FloatArray) -> FloatArray:
    """40 * (short - long) / long of two averages, dimensionless."""
    short, long = inputs
    _write_momentum(short, long, room)
    return room


def average(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """Mean of the last `window` values."""
    (values,) = inputs
    return simple_average(values, window)


def average_range(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """ATR of high, low and close, quote currency."""
    high, low, close = inputs
    return average_true_range(high, low, close, window)


def direction(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """ADX of high, low and close, 0..100."""
    high, low, close = inputs
    return directional_index(high, low, close, window)


def strength(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """RSI, 0..100."""
    (values,) = inputs
    return relative_strength(values, window)


def place(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """Stochastic %K of high, low and close, 0..100."""
    high, low, close = inputs
    return stochastic(high, low, close, window)


def log_return(inputs: Inputs, _: int, room: FloatArray) -> FloatArray:
    """ln(x / x one bar ago); NaN at the first bar."""
    (values,) = inputs
    write_log_returns(values, room)
    return room


def deviation(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Sample standard deviation of the last `window` values."""
    (values,) = inputs
    write_rolling_std(values, window, room)
    return room


def relative_to_median(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """Quotient of x and its median of the last `window` values (a year), on VIX's scale."""
    (values,) = inputs
    return relative_volatility(values, window)


def first_known(inputs: Inputs, _: int, room: FloatArray) -> FloatArray:
    """Take x, or y where x is NaN."""
    first, second = inputs
    write_first_known(first, second, room)
    return room


def lowest(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Lowest of the last `window` values; NaN until that many in a row are known."""
    (values,) = inputs
    write_extreme(values, window, False, room)
    return room


def highest(inputs: Inputs, window: int, room: FloatArray) -> FloatArray:
    """Highest of the last `window` values; NaN until that many in a row are known."""
    (values,) = inputs
    write_extreme(values, window, True, room)
    return room


def correlation(inputs: Inputs, window: int, _: FloatArray) -> FloatArray:
    """Correlation of x and y over the last `window` bars, -1..1."""
    x, y = inputs
    return rolling_correlation(x, y, window)


def _change(values: FloatArray, before: FloatArray, window: int, room: FloatArray) -> FloatArray:
    room[:window] = np.nan
    _write_change(values[window:], before[:-window], room[window:])
    return room


@compiled
def _write_change(values: FloatArray, before: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        out[t] = values[t] / before[t] - 1.0 if before[t] != 0.0 else math.nan


@compiled
def _write_momentum(short: FloatArray, long: FloatArray, out: FloatArray) -> None:
    for t in range(out.size):
        out[t] = (short[t] - long[t]) * 40.0 / long[t] if long[t] != 0.0 else math.nan


KINDS: dict[str, Kind] = {
    "average": average,
    "average_range": average_range,
    "correlation": correlation,
    "deviation": deviation,
    "direction": direction,
    "distance": distance,
    "first_known": first_known,
    "gap": gap,
    "highest": highest,
    "log_return": log_return,
    "lowest": lowest,
    "momentum": momentum,
    "momentum_score": momentum_score,
    "past_return": past_return,
    "pivot": pivot,
    "place": place,
    "quotient": quotient,
    "reflected": reflected,
    "relative_to_median": relative_to_median,
    "resistance": resistance,
    "sentiment": sentiment,
    "strength": strength,
    "stretch": stretch,
    "support": support,
}
