"""Seeded bars, panels and accounts for the tests of the core. Needs nothing but models/."""

import numpy as np

from models.engine import Panel, Parameters, parameters_of
from models.features import index_as_known
from models.risk import RiskProfile
from models.types import Bars, FloatArray, Instrument, IntArray, Reason, Regime, bar_micros, parse_time
from models.types.timeframes import DAY

PROFILE = RiskProfile(
    max_portfolio_risk=0.03,
    max_position_risk=0.011,
    max_position=0.30,
    max_leverage=0.90,
    max_drawdown=0.10,
    stop_loss=0.04,
    take_profit=0.06,
    daily_loss=0.02,
    kelly_fraction=0.25,
    pause_days=3.0,
    entry_cost_multiple=1.0,
    regime_share=(0.5, 1.0, 0.8, 0.0),
)
INSTRUMENTS = (
    Instrument(0.01, 0.001, 5.0, 0.0010, 0.0002, 0.45),
    Instrument(0.0001, 0.1, 5.0, 0.0005, 0.0005, 0.20),
    Instrument(0.25, 1.0, 300.0, 0.0, 0.0003, 0.50),
)
HORIZON = 6


def parameters() -> Parameters:
    """PROFILE and INSTRUMENTS as the step reads them."""
    return parameters_of(PROFILE, INSTRUMENTS, HORIZON)


def random_bars(seed: int, count: int, timeframe: str = "4h", start: str = "2018-01-01") -> Bars:
    """Bars without holes: calm and wild stretches, trends, gaps between bars, now and then no volume."""
    rng = np.random.default_rng(seed)
    wild = np.repeat(rng.choice([0.002, 0.006, 0.02], count // 50 + 1), 50)[:count]
    drift = np.repeat(rng.choice([-0.002, 0.0, 0.002], count // 80 + 1), 80)[:count]
    close = 100.0 * np.exp(np.cumsum(drift + wild * rng.standard_normal(count)))
    opens = np.concatenate([[100.0], close[:-1]]) * (1.0 + 0.3 * wild * rng.standard_normal(count))
    high = np.maximum(opens, close) * (1.0 + wild * rng.random(count))
    low = np.minimum(opens, close) * (1.0 - wild * rng.random(count))
    volume = np.where(rng.random(count) < 0.02, 0.0, rng.lognormal(3.0, 1.0, count))
    ts = parse_time(start) + np.arange(count, dtype=np.int64) * bar_micros(timeframe)
    return Bars(ts, opens, high, low, close, volume)


def random_index(seed: int, bars: Bars) -> tuple[IntArray, FloatArray]:
    """A daily index (times, closes) around the bars, with days and now and then whole fortnights missing."""
    rng = np.random.default_rng(seed)
    days = np.arange(bars.ts[0] // DAY - 5, bars.ts[-1] // DAY + 5, dtype=np.int64)
    keep = (rng.random(days.size) > 0.3) & np.repeat(rng.random(days.size // 15 + 1) > 0.1, 15)[: days.size]
    return days[keep] * DAY, rng.uniform(10.0, 50.0, int(keep.sum()))


def index_of_yesterday(ts: IntArray, step: int, days: IntArray, close: FloatArray) -> FloatArray:
    """The index as known at the closes of bars that open at `ts`, when each day's value comes at the midnight after it
    and counts from the first bar that closes later.
    """
    return index_as_known(ts + step - 1, days + DAY, close)


DATA_GATES = (Reason.REFUSED_DATA, Reason.REFUSED_NOT_LISTED)


def random_panel(seed: int, times: int, timeframe: str = "4h") -> Panel:
    """Three symbols with missing bars, bad prices, missing opens, unknown edges and every gate."""
    rng = np.random.default_rng(seed)
    shape = (times, len(INSTRUMENTS))
    moves = rng.normal(0.0, 0.012, shape) + np.where(rng.random(shape) < 0.01, rng.normal(0.0, 0.12, shape), 0.0)
    close = np.array([400.0, 2.0, 90.0]) * np.exp(np.cumsum(moves, axis=0))
    opens = close * (1.0 + rng.normal(0.0, 0.004, shape))
    edge = np.repeat(rng.normal(15.0, 60.0, (times // 6 + 1, shape[1])), 6, axis=0)[:times]
    edge[rng.random(shape) < 0.03] = np.nan
    volatility = rng.uniform(0.002, 0.03, shape)
    volatility[rng.random(shape) < 0.02] = np.nan
    gate = np.zeros(shape, np.int64)
    for code in (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_STOPPED, *DATA_GATES):
        gate[rng.random(shape) < 0.02] = int(code)
    for bad in (np.nan, 0.0, -1.0, np.inf):
        close[rng.random(shape) < 0.003] = bad
        opens[rng.random(shape) < 0.003] = bad
    return Panel(
        ts=parse_time("2020-03-01") + np.arange(times, dtype=np.int64) * bar_micros(timeframe),
        open=opens,
        close=close,
        edge=edge,
        regime=np.repeat(rng.integers(0, len(Regime), (times // 9 + 1, shape[1])), 9, axis=0)[:times],
        volatility=volatility,
        gate=gate,
    )


def same_bits(one: FloatArray | IntArray, other: FloatArray | IntArray) -> bool:
    """Equal shape, dtype and bits; NaN equals NaN of the same bits only."""
    one, other = np.ascontiguousarray(one), np.ascontiguousarray(other)
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
