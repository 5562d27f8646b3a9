"""Seeded bars, panels and accounts for the tests of the core. Needs nothing but models/."""

from itertools import pairwise

import numpy as np
from single import parameters_for

from models.engine import Panel, Parameters
from models.engine.panel import empty_panel
from models.features import index_as_known
from models.risk import RiskProfile
from models.specialists import OFF, plain_rules
from models.types import Bars, FloatArray, Instrument, IntArray, Reason, Regime, bar_micros, parse_time
from models.types.timeframes import DAY

HORIZON = 6
PROFILE = RiskProfile(
    max_portfolio_risk=0.03,
    max_position_risk=0.011,
    max_position=0.30,
    max_leverage=0.90,
    max_drawdown=0.10,
    kelly_fraction=0.25,
    pause_days=3.0,
    horizon=float(HORIZON),
)
# One row for each regime: a long position under every protection, a trend that trails, both sides of a range, nothing.
RULES = (
    plain_rules(1.0, 0.2, 0.5, 0.04, 0.06)._replace(trail=0.03, partial_at=0.02, partial_share=0.5, max_entries=2.0),
    plain_rules(1.0, 0.3, 1.0, OFF, OFF)._replace(
        stop_atr=2.0, trail_atr=3.0, take_ratio=2.5, exit_edge=-20.0, shorts=1.0
    ),
    plain_rules(1.2, 0.3, 0.8, OFF, OFF)._replace(
        range_stop=0.01, range_target=0.8, limit_offset=0.002, max_bars=12.0, shorts=1.0, exit_edge=-60.0
    ),
    plain_rules(1.0, 0.2, 0.0, 0.04, 0.06),
)
# A cash account whose fees are taken in base units, a margin account with carry and impact, a stock without fees.
INSTRUMENTS = (
    Instrument(0.01, 0.001, 5.0, 0.0010, 0.0008, 0.0002, 0.01, 0.2, 1.0, fee_in_base=1.0, class_limit=0.45),
    Instrument(
        tick=0.0001,
        lot=0.1,
        min_notional=5.0,
        taker_fee=0.0005,
        maker_fee=0.0002,
        half_spread=0.0001,
        impact=0.02,
        volume_share=0.1,
        margin=0.2,
        maintenance=0.05,
        liquidation_fee=0.005,
        shorts=1.0,
        long_carry=0.0003,
        short_carry=-0.0001,
        class_limit=0.5,
    ),
    Instrument(0.25, 1.0, 300.0, 0.0, 0.0, 0.0003, class_limit=0.50),
)
FIRST_CLOSES = (400.0, 2.0, 90.0)
DATA_GATES = (Reason.REFUSED_DATA, Reason.REFUSED_NOT_LISTED)
GATES = (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_STOPPED, *DATA_GATES)


def parameters() -> Parameters:
    """PROFILE, RULES and INSTRUMENTS as the step reads them."""
    return parameters_for(PROFILE, RULES, INSTRUMENTS)


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


def random_panel(
    seed: int, times: int, timeframe: str = "4h", closes: tuple[float, ...] = FIRST_CLOSES, wild: float = 0.012
) -> Panel:
    """One symbol for each first close, with everything that can happen: moves through every level, bars and prices
    that are missing or bad, volumes that are small, zero or unknown, unknown figures, every gate, splits, dividends,
    finer bars, and closes at which nobody decides. `wild` is the deviation of a bar's return.
    """
    rng = np.random.default_rng(seed)
    shape = (times, len(closes))
    rare = lambda share: rng.random(shape) < share  # noqa: E731
    split = np.where(rare(0.004), rng.choice([0.5, 0.1, 2.0, 1.5, 3.0, 7.0], shape), 1.0)
    jumps = np.where(rare(0.01), rng.normal(0.0, 10.0 * wild, shape), 0.0)
    moves = np.clip(rng.normal(0.0, wild, shape) + jumps, -0.7, 0.7)
    close = np.array(closes) * np.exp(np.cumsum(moves, axis=0)) / np.cumprod(split, axis=0)
    before = np.vstack([np.array(closes), close[:-1]]) / split
    opens = before * np.exp(np.where(rare(0.05), moves, rng.normal(0.0, 0.2 * wild, shape)))
    high = np.maximum(opens, close) * (1.0 + wild * rng.random(shape))
    low = np.minimum(opens, close) * (1.0 - np.minimum(wild, 0.9) * rng.random(shape))
    volume = rng.lognormal(0.0, 1.5, shape) * 20_000.0 / close
    volume[rare(0.03)] = 0.0
    volume[rare(0.03)] = np.nan
    finer, rows = _finer(rng, opens, high, low)
    panel = empty_panel(_times(rng, times, timeframe), len(closes), finer)
    for k, column in enumerate((opens, high, low, close, volume)):
        panel.prices[:, :, k] = column
    for bad in (np.nan, 0.0, -1.0, np.inf):
        panel.prices[:, :, :4][rng.random((*shape, 4)) < 0.001] = bad
    panel.prices[:, :, 1][rare(0.002)] *= 0.5
    columns = [*_figures(rng, shape, wild), *_readings(np.random.default_rng([seed, 1]), shape)]
    for k, column in enumerate(columns):
        panel.figures[:, :, k] = column
    panel.codes[:, :, 0] = np.repeat(rng.integers(0, len(Regime), (times // 9 + 1, shape[1])), 9, axis=0)[:times]
    panel.codes[:, :, 1] = 0
    for code in GATES:
        panel.codes[:, :, 1][rare(0.008)] = int(code)
    panel.actions[:, :, 0] = split
    panel.actions[:, :, 1] = np.where(rare(0.01), close * rng.uniform(0.0, 0.03, shape), 0.0)
    _remove_bars(panel, rare(0.01))
    panel.decided[:] = rng.random(times) > 0.03
    panel.finer_rows[:] = rows
    return panel


def with_tails(panel: Panel, rng: np.random.Generator, wild: float, events: bool) -> Panel:
    """The panel with what may be lost in a day, now and then unknown for a while, with correlations that change twice,
    and with `events` what comes from outside, see _from_outside.
    """
    times, symbols = panel.close.shape
    tails = np.repeat(rng.uniform(1.0, 8.0, (times // 12 + 1, symbols, 3)), 12, axis=0)[:times] * wild
    tails[rng.random(tails.shape) < 0.02] = np.nan
    tails[np.repeat(rng.random((times // 15 + 1, symbols)) < 0.04, 15, axis=0)[:times]] = np.nan
    shrunk = np.repeat(rng.choice([0.3, 0.7, 1.0, 1.0, 1.0], (times // 20 + 1, symbols)), 20, axis=0)[:times]
    tails[:, :, 2] = shrunk
    tails = np.concatenate([tails, np.zeros((times, symbols, 1))], axis=2)
    returns = rng.standard_normal((2, 30, symbols)) + rng.standard_normal((2, 30, 1))
    links = np.concatenate([panel.links, [np.corrcoef(one.T).reshape(symbols, symbols) for one in returns]])
    rows = np.sort(rng.integers(0, 3, times))
    found = panel._replace(tails=tails, links=links, link_rows=rows)
    return _from_outside(found, rng) if events else found


def _from_outside(panel: Panel, rng: np.random.Generator) -> Panel:
    """With releases, stops that often come again soon, deposits and withdrawals, now and then of everything and more,
    and cuts of some symbols beside some of the stops and without any.

    Nothing is traded in the bars of such stops, so that orders wait at their closes, and some symbols have no bar.
    """
    times, symbols = panel.close.shape
    came = np.zeros_like(panel.events)
    came[:, 0] = rng.random(times) < 0.01
    stopped = rng.random(times) < 0.02
    stopped[1:] |= stopped[:-1] & (rng.random(times - 1) < 0.4)
    came[:, 1:3] = np.where(stopped[:, None], rng.integers((1, 7), (4, 11), (times, 2)), 0)
    amounts = np.where(rng.random(times) < 0.8, rng.uniform(-500.0, 2_000.0, times), rng.uniform(-2e4, 4e4, times))
    came[:, 3] = np.where(rng.random(times) < 0.015, amounts, 0.0)
    came[~panel.decided] = 0.0
    panel.prices[came[:, 1] > 0.0, :, 4] = 0.0
    blind = (came[:, 1] > 0.0)[:, None] & (rng.random((times, symbols)) < 0.2)
    panel.codes[:, :, 1][blind] = rng.choice([int(one) for one in GATES], int(blind.sum()))
    _remove_bars(panel, blind & (rng.random((times, symbols)) < 0.5))
    cuts = rng.random((times, symbols)) < np.where(came[:, 1:2] > 0.0, 0.5, 0.02)
    panel.tails[:, :, 3] = np.where(
        cuts & panel.decided[:, None], rng.choice([0.1003, 0.5, 0.73, 1.0], cuts.shape), 0.0
    )
    return panel._replace(events=came)


def _times(rng: np.random.Generator, times: int, timeframe: str) -> IntArray:
    """Bars one after the other, now and then with days between them."""
    steps = np.where(rng.random(times) < 0.01, rng.integers(1, 40, times), 1)
    return parse_time("2020-03-01") + np.cumsum(steps, dtype=np.int64) * bar_micros(timeframe)


def _figures(rng: np.random.Generator, shape: tuple[int, int], wild: float) -> list[FloatArray]:
    edge = np.repeat(rng.normal(10.0, 60.0, (shape[0] // 6 + 1, shape[1])), 6, axis=0)[: shape[0]]
    columns = [
        edge,
        rng.uniform(0.2, 2.0, shape) * wild,
        rng.uniform(0.5, 2.0, shape) * wild,
        1.0 - rng.uniform(0.0, 4.0, shape) * min(wild, 0.1),
        1.0 + rng.uniform(0.0, 4.0, shape) * wild,
    ]
    for column in columns:
        column[rng.random(shape) < 0.02] = np.nan
    return columns


def _readings(rng: np.random.Generator, shape: tuple[int, int]) -> list[FloatArray]:
    """Width, oscillator, momentum, sentiment, ATR ratio, ADX and stretch; they come from a generator of their own."""
    columns = [
        rng.uniform(0.2, 2.0, shape),
        *(rng.uniform(-1.1, 1.1, shape) for _ in range(3)),
        rng.uniform(0.3, 2.5, shape),
        rng.uniform(5.0, 60.0, shape),
        rng.normal(0.0, 0.03, shape),
    ]
    for column in columns:
        column[rng.random(shape) < 0.02] = np.nan
    return columns


def _remove_bars(panel: Panel, gone: np.ndarray) -> None:
    panel.prices[gone] = np.nan
    panel.figures[gone] = np.nan
    panel.codes[:, :, 1][gone] = int(Reason.REFUSED_NO_BAR)


def _finer(
    rng: np.random.Generator, opens: FloatArray, high: FloatArray, low: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Up to five finer bars for some of the bars, which reach its high and its low in some order."""
    pairs: list[tuple[float, float]] = []
    rows = np.zeros((*opens.shape, 2), np.int64)
    for place in np.ndindex(opens.shape):
        rows[place] = len(pairs)
        if rng.random() < 0.5:
            way = [low[place], *rng.uniform(low[place], high[place], 2), high[place]]
            rng.shuffle(way)
            pairs += [(max(one, other), min(one, other)) for one, other in pairwise([opens[place], *way])]
            rows[place][1] = len(pairs)
    return np.array(pairs, dtype=np.float64).reshape(-1, 2), rows


def same_bits(one: FloatArray | IntArray, other: FloatArray | IntArray) -> bool:
    """Equal shape, dtype and bits; NaN equals NaN of the same bits only."""
    one, other = np.ascontiguousarray(one), np.ascontiguousarray(other)
    return one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes()
