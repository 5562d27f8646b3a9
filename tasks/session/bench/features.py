"""All features of a million minute bars, against TA-Lib alone computing the same indicators."""

import numpy as np
import talib

from models.features import KEPT, Features, compute_features
from models.resampling import resample
from models.types import CALENDARS, Bars, FloatArray, bars_per_week
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.minutes import minute_bars

BARS = 1_000_000
SHORT, LONG, WILDER, RANGE, SWING, SEASON = 20, 50, 14, 20, 5, 125
ALWAYS = CALENDARS["24/7"]
TARGET = 1.2

Columns = dict[str, FloatArray]


def bench_features(_place: Workplace) -> Figure:
    """Bars per second through every declared feature; both sides keep every column they made.

    TA-Lib gets the hourly and daily bars as a gift and leaves its results on them; what it lacks is left out of its
    part: the year's median, telling levels from swings, and the softsigns of the scores.
    """
    bars = minute_bars(BARS)
    unknown = np.full(BARS, np.nan)
    coarser = {larger: resample(bars, "1m", larger).bars for larger in ("1h", "1d")}

    def ours() -> Features:
        return compute_features(bars, ALWAYS, "1m", SHORT, LONG, unknown)

    def reference() -> dict[str, Columns]:
        own = {"1m": _plain(bars) | _shared(bars, "1m"), "steps": _steps(bars)}
        return own | {one: _shared(coarser[one], one) for one in coarser}

    _agree(ours(), reference())
    seconds, _, ratio = paired_seconds(ours, reference, rounds=7)
    return Figure(
        "features", BARS / seconds, "bars/s", "TA-Lib, same indicators", ratio, "ratio <= 1.2", ratio <= TARGET
    )


def _plain(bars: Bars) -> Columns:
    returns = {f"return_{periods}": talib.ROCP(bars.close, timeperiod=periods) for periods in (1, 5, 20)}
    atr = talib.ATR(bars.high, bars.low, bars.close, timeperiod=WILDER)
    return returns | {
        "atr_relative": talib.DIV(atr, bars.close),
        "atr_ratio": talib.DIV(atr, talib.SMA(atr, timeperiod=4 * bars_per_week(ALWAYS, "1m"))),
        "gap": talib.DIV(bars.open[1:], bars.close[:-1]),
        "volume_surprise": talib.DIV(bars.volume, talib.SMA(bars.volume, timeperiod=20)),
        "stochastic": talib.STOCHF(bars.high, bars.low, bars.close, WILDER, 1)[0],
        "from_range_low": talib.DIV(talib.SUB(bars.close, talib.MIN(bars.low, timeperiod=RANGE)), atr),
        "from_range_high": talib.DIV(talib.SUB(bars.close, talib.MAX(bars.high, timeperiod=RANGE)), atr),
        "stretch": talib.DIV(bars.close, talib.SMA(bars.close, timeperiod=RANGE)),
    }


def _steps(bars: Bars) -> Columns:
    """What levels and scores are made from, and no feature itself."""
    window = 2 * SWING + 1
    return {
        "swing_low": talib.MIN(bars.low, timeperiod=window),
        "swing_high": talib.MAX(bars.high, timeperiod=window),
        "season": talib.DIV(bars.close, talib.SMA(bars.close, timeperiod=SEASON)),
        "move": talib.LN(talib.ROCR(bars.close, timeperiod=RANGE)),
    }


def _shared(bars: Bars, timeframe: str) -> Columns:
    """What is looked at in every timeframe; `return_1_scaled` only where it is a feature."""
    short, long = (talib.SMA(bars.close, timeperiod=window) for window in (SHORT, LONG))
    logs = talib.LN(bars.close)
    returns = talib.SUB(logs[1:], logs[:-1])
    volatility = talib.STDDEV(returns, timeperiod=bars_per_week(ALWAYS, timeframe))
    columns = {
        "momentum": talib.DIV(talib.SUB(short, long), long),
        "rsi_14": talib.RSI(bars.close, timeperiod=WILDER),
        "adx_14": talib.ADX(bars.high, bars.low, bars.close, timeperiod=WILDER),
        "volatility": volatility,
    }
    return columns | ({"return_1_scaled": talib.DIV(returns, volatility)} if timeframe == "1m" else {})


def _agree(ours: Features, reference: dict[str, Columns]) -> None:
    """Both gave the same figures; TA-Lib's lack the factor 40, divide by n, and count gaps and stretches from 1."""
    week = bars_per_week(ALWAYS, "1m")
    sample = np.sqrt(week / (week - 1.0))
    own = reference["1m"]
    wanted = own | {
        "momentum": 40.0 * own["momentum"],
        "gap": np.append(np.nan, own["gap"] - 1.0),
        "stretch": own["stretch"] - 1.0,
        "volatility": np.append(np.nan, own["volatility"] * sample),
        "return_1_scaled": np.append(np.nan, own["return_1_scaled"] / sample),
    }
    for name, column in wanted.items():
        found = getattr(ours, name) if name in KEPT else ours.matrix[:, ours.names.index(name)]
        np.testing.assert_allclose(found, column, rtol=1e-5, atol=1e-9, err_msg=name)
    for larger in ("1h", "1d"):
        for name in ("momentum", "rsi_14", "adx_14"):
            last = ours.matrix[-1, ours.names.index(f"{name}_{larger}")]
            scale = 40.0 if name == "momentum" else 1.0
            known = reference[larger][name][-1]
            np.testing.assert_allclose(last, scale * known, rtol=1e-9, err_msg=name)
