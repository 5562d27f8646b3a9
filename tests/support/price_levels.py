"""Levels and scores as one would write them bar by bar, without a kernel: the bits to be kept."""

import math

import numpy as np

from models.indicators import simple_average
from models.resampling import resample
from models.sessions import bar_closes, session_spans
from models.types import Bars, Calendar, FloatArray

# A swing is the extreme of so many bars before and after, and counts when it is half an ATR from the level so far.
AROUND = 5
HALF = 0.5


def plain_level(bars: Bars, atr: FloatArray, side: int) -> FloatArray:
    """Support (`side` -1) or resistance (1) at each bar, by looking at all the bars that its swing needs."""
    edge, pick = (bars.low, min) if side < 0 else (bars.high, max)
    out, level = [], math.nan
    for t in range(len(bars)):
        if t >= 2 * AROUND and not math.isnan(atr[t]):
            seen = edge[t - 2 * AROUND : t + 1].tolist()
            reach = HALF * atr[t]
            is_broken = bars.close[t] < level - reach if side < 0 else bars.close[t] > level + reach
            is_swing = seen[AROUND] == pick(seen) and abs(seen[AROUND] - level) > reach
            if math.isnan(level) or is_broken or is_swing:
                level = pick(seen)
        out.append(level)
    return np.array(out, np.float64)


def plain_pivots(bars: Bars, calendar: Calendar, timeframe: str) -> dict[str, FloatArray]:
    """P, S1 and R1 of the newest day that has ended by each bar's close; of a daily bar those of the one before."""
    days, rows = bars, [None, *range(len(bars) - 1)][: len(bars)]
    if timeframe != "1d":
        spans = None if calendar.name == "24/7" else session_spans(calendar, int(bars.ts[0]), int(bars.ts[-1]))
        made = resample(bars, timeframe, "1d", spans)
        newest = np.searchsorted(made.known_at, bar_closes(calendar, timeframe, bars.ts), side="right") - 1
        days, rows = made.bars, [None if row < 0 else int(row) for row in newest]
    out: dict[str, list[float]] = {"pivot": [], "pivot_support": [], "pivot_resistance": []}
    for row in rows:
        high, low, close = (math.nan if row is None else float(one[row]) for one in (days.high, days.low, days.close))
        middle = (high + low + close) / 3.0
        out["pivot"].append(middle)
        out["pivot_support"].append(2.0 * middle - high)
        out["pivot_resistance"].append(2.0 * middle - low)
    return {name: np.array(levels) for name, levels in out.items()}


def away(close: FloatArray, level: FloatArray, atr: FloatArray) -> FloatArray:
    """Distance of each close from the level, in ATRs."""
    return np.array([(x - y) / z if z > 0.0 else math.nan for x, y, z in zip(close, level, atr, strict=True)])


def plain_scores(
    close: FloatArray, volatility: FloatArray, index: FloatArray, place: FloatArray
) -> dict[str, FloatArray]:
    """What Features keeps beside the matrix for the specialists, from what it is made of."""
    mean, season = simple_average(close, 20), simple_average(close, 125)
    rows = range(close.size)
    return {
        "stretch": np.array([close[t] / mean[t] - 1.0 for t in rows]),
        "momentum_score": np.array([_momentum(close, volatility, t) for t in rows]),
        "sentiment": np.array([_sentiment(close[t], season[t], volatility[t], index[t], place[t]) for t in rows]),
    }


def _momentum(close: FloatArray, volatility: FloatArray, t: int) -> float:
    usual = volatility[t] * math.sqrt(20.0)
    if t < 20 or not usual > 0.0:
        return math.nan
    move = math.log(close[t] / close[t - 20])
    return float(move / (usual + abs(move)))


def _sentiment(close: float, season: float, volatility: float, index: float, place: float) -> float:
    usual = volatility * math.sqrt(125.0 / 3.0) * season
    if not usual > 0.0:
        return math.nan
    gap = close - season
    calm = (17.6 * 17.6 - index * index) / (17.6 * 17.6 + index * index)
    return float((gap / (usual + abs(gap)) + calm + (place - 50.0) / 50.0) / 3.0)
