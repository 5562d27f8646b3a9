"""Markets in which every specialist has something to find, and markets in which nobody has.

How one is made. Four regimes take turns in spells of SPELL bars, in rounds of the four in random order; the labels are
known and right. A signal is drawn: an autoregression of order one with mean 0, standard deviation 1 and a memory that
depends on the regime. It moves the prices of the bars that follow: with s the signal at a close, and as long as the
regime lasts, the next `horizon` bars are expected to bring `edge_bps` of the regime times s basis points. So `edge_bps`
is what one standard deviation of the signal is worth, 0.0 where nothing is planted. MEMORY says how fast it comes: in a
crisis nearly all of it within a third of the horizon, in a trend nearly half as fast again in the horizon after it.
Beside that prices are a martingale.

What is said. The predictor sees the signal under noise, NOISE standard deviations and new at each bar, and says what is
to be expected given that: what comes, regressed on what was said, has a slope of 1.

What specialists look for is there too. Volatile and crisis spells move more than the weeks around them, and the index
of volatility is high. Trends are the signal itself, which lasts and is strong. In ranging spells the signal is the way
back: its shocks push the price as far the other way at the same moment as the signal will then bring back, so that
prices keep to a range; there, and only there, the past of the price tells something of the signal.

The bars. Each is made of PARTS normal moves of which high and low are read, so that wicks, ATR and ranges belong
together. VOLATILITY is the standard deviation of an hour's log return without the signal's part, by regime; it scales
with the square root of a bar's length. Every figure that specialists read is computed from the bars by the product's
own code; the edges are `said`, unblended.

`random_walk` is the same, with the same regimes and sayings, of a signal that moves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.engine import Happenings, Panel, Parameters, Slot, System, align, parameters_of, symbol_inputs
from models.engine.panel import EDGE, REGIME
from models.evolution.ground import PERIODS, THRESHOLDS, Ground
from models.features import FeatureInputs, compute_declared, declared, range_figures, without_predictors
from models.meta import plain_controller
from models.risk import RiskProfile, no_house
from models.specialists import plain_rules
from models.types import CALENDARS, Bars, FloatArray, Instrument, IntArray, Regime, bar_micros
from models.types.timeframes import DAY, HOUR

ALWAYS = CALENDARS["24/7"]
START = 17_532 * DAY  # 2018-01-01
PRICE = 50_000.0
TICK = 0.01
TRADED = 20e6  # median value traded in a bar, quote currency
SPELL = (100, 400)
PARTS = 12
NOISE = 0.3
VOLATILITY = {Regime.VOLATILE: 0.0085, Regime.TRENDING: 0.0060, Regime.RANGING: 0.0055, Regime.CRISIS: 0.0100}
INDEX = {Regime.VOLATILE: 27.0, Regime.TRENDING: 18.0, Regime.RANGING: 16.0, Regime.CRISIS: 38.0}
# Of the signal, in horizons: about as long as each specialist holds.
MEMORY = {Regime.VOLATILE: 0.5, Regime.TRENDING: 2.0, Regime.RANGING: 0.5, Regime.CRISIS: 0.15}
# Most of a ranging bar's move that is the signal's own shock: some of it is news all the same.
MOST_PUSHED = 0.98
# Planted unless said otherwise, basis points. At the costs of BITCOIN the default genomes come to t-statistics of about
# 4.5, 4.5, 3.5 and 10 with these in 20,000 hourly bars (8, 8, 6 and 17 in 64,000), the best of 200 random genomes to
# 7, 7, 8 and 12. With half of them it is 2.5, 2, 0 and 3.5; with a quarter nothing is left after costs.
EDGES = {Regime.VOLATILE: 250.0, Regime.TRENDING: 350.0, Regime.RANGING: 120.0, Regime.CRISIS: 250.0}
CAPITAL = 10_000.0
# What BTC/USDT costs at Binance in conf/base.yaml; a round trip at market is 24 basis points.
BITCOIN = Instrument(TICK, 1e-5, 5.0, 0.001, 0.001, 0.0002, 0.01, 0.1, 1.0)
# Limits that hardly ever bind, so that what is found is the genomes' doing.
PROFILE = RiskProfile(
    max_portfolio_risk=0.5,
    max_position_risk=0.05,
    max_position=0.5,
    max_leverage=1.0,
    max_drawdown=0.9,
    kelly_fraction=0.5,
    pause_days=1.0,
    horizon=24.0,
)


@dataclass(frozen=True, slots=True, eq=False)
class PlantedMarket:
    """Columns of shape (n_bars,).

    Attributes:
        horizon: bars over which an edge is meant.
        regimes: Regime codes, right.
        index: of volatility, as known at each close.
        said: what the predictor says at each close of the next `horizon` bars, basis points.
        expected: the same by who sees the signal itself.
        edge_bps: what is planted in each regime: the worth of one standard deviation of the signal.
    """

    bars: Bars
    timeframe: str
    horizon: int
    regimes: IntArray
    index: FloatArray
    said: FloatArray
    expected: FloatArray
    edge_bps: Mapping[Regime, float]


@dataclass(frozen=True, slots=True)
class Followed:
    """What an ideal follower earned: bought at the close whenever more than the cost of a round trip was expected, held
    for the horizon, one position at a time.

    Attributes:
        trades: round trips.
        expected_bps, mean_bps, error_bps: of a trade after costs: expected, earned, and the standard error of that.
    """

    trades: int
    expected_bps: float
    mean_bps: float
    error_bps: float


def planted(
    bars: int, seed: int, edge_bps: Mapping[Regime, float] = EDGES, horizon: int = 24, timeframe: str = "1h"
) -> PlantedMarket:
    """A market in which `edge_bps` is planted; in regimes that it does not name nothing is, and as much is said as
    would be if it were that of EDGES.
    """
    prices, beside = (np.random.default_rng([seed, k]) for k in range(2))
    regimes, step = _spells(bars, beside), bar_micros(timeframe)
    shocks = beside.standard_normal(bars)
    kept = np.exp(-1.0 / (_of(regimes, MEMORY) * horizon))
    signal = _wandering(shocks, kept)
    guess = (signal + NOISE * beside.standard_normal(bars)) / (1.0 + NOISE**2)
    worth = {one: edge_bps.get(one, 0.0) for one in Regime}
    claimed = _of(regimes, {one: edge_bps.get(one, EDGES[one]) for one in Regime})
    expected = _of(regimes, worth) * signal
    deviation = _of(regimes, VOLATILITY) * np.sqrt(step / HOUR)
    # What all of the signal's future is worth; its next bar brings 1 - kept of that.
    whole = _of(regimes, worth) / 1e4 / (1.0 - kept**horizon)
    pushed = np.minimum(whole * np.sqrt(1.0 - kept**2) / deviation, MOST_PUSHED) * (regimes == Regime.RANGING)
    drift = np.append(0.0, (whole * (1.0 - kept) * signal)[:-1])
    return PlantedMarket(
        bars=_bars(drift, deviation, _moves(pushed, shocks, prices), step, prices),
        timeframe=timeframe,
        horizon=horizon,
        regimes=regimes,
        index=_of(regimes, INDEX) + 4.0 * np.sin(np.arange(bars) / 23.0),
        said=claimed * guess,
        expected=expected,
        edge_bps=worth,
    )


def random_walk(bars: int, seed: int, horizon: int = 24, timeframe: str = "1h") -> PlantedMarket:
    """Of the same kind, with nothing planted."""
    return planted(bars, seed, {}, horizon, timeframe)


def followed(market: PlantedMarket, regime: Regime, cost_bps: float = 24.0) -> Followed:
    """What was to be had in a regime by who only buys, without stop and target, and never a missed bar."""
    close, last = market.bars.close, len(market.bars) - market.horizon
    entries: list[int] = []
    for t in np.flatnonzero((market.regimes == regime) & (market.expected > cost_bps)):
        if t < last and (not entries or t >= entries[-1] + market.horizon):
            entries.append(int(t))
    bought = np.array(entries, np.int64)
    earned = (close[bought + market.horizon] / close[bought] - 1.0) * 1e4 - cost_bps
    expected = float(market.expected[bought].mean() - cost_bps)
    return Followed(bought.size, expected, float(earned.mean()), float(earned.std(ddof=1) / np.sqrt(bought.size)))


def ground_of(market: PlantedMarket, instrument: Instrument = BITCOIN, profile: RiskProfile = PROFILE) -> Ground:
    """What a search runs on, without a desk: one swing system in one symbol, no limits of the whole account, and the
    true labels, whatever the index is above which it is a crisis. The panel has the range of the longest period.
    """
    bars = market.bars
    inputs = FeatureInputs(bars, ALWAYS, market.timeframe, market.index, None)
    features = compute_declared(without_predictors(declared(ALWAYS, market.timeframe, 20, 50)), inputs)
    every = [range_figures(bars, features.atr, period) for period in PERIODS]
    nothing = Happenings.none(len(bars))
    step = bar_micros(market.timeframe)
    panel = align((symbol_inputs(bars, step, features, every[-1], market.regimes, market.said, nothing),))
    parameters = _parameters(instrument, profile._replace(horizon=float(market.horizon)))
    ranges = np.stack([np.column_stack(one) for one in every])
    labels = np.tile(market.regimes, (len(THRESHOLDS), 1))
    return Ground("BTC/USDT", panel, parameters, CAPITAL, ranges, labels)


def only_in(panel: Panel, regime: Regime) -> Panel:
    """The panel without the edges of other regimes: what a search of its specialist trades on."""
    figures = panel.figures.copy()
    figures[panel.codes[:, 0, REGIME] != regime, 0, EDGE] = np.nan
    return panel._replace(figures=figures)


def _parameters(instrument: Instrument, profile: RiskProfile) -> Parameters:
    rules = plain_rules(1.0, 0.1, 1.0, 0.02, 0.04)
    slots = (Slot("BTC/USDT", 0, 0, False, instrument, (rules,) * len(Regime)),)
    return parameters_of((System("swing", CAPITAL, profile, plain_controller(), slots),), no_house())


def _of(regimes: IntArray, figures: Mapping[Regime, float]) -> FloatArray:
    """Each bar's figure by its regime."""
    return np.array([figures[one] for one in Regime])[regimes]


def _spells(bars: int, rng: np.random.Generator) -> IntArray:
    """Regime codes: rounds of the four in random order, each for a random number of bars."""
    rounds = bars // (len(Regime) * SPELL[0]) + 1
    order = rng.permuted(np.tile(np.arange(len(Regime)), (rounds, 1)), axis=1).ravel()
    return np.repeat(order, rng.integers(*SPELL, order.size))[:bars]


def _wandering(shocks: FloatArray, kept: FloatArray) -> FloatArray:
    """An autoregression of order one and variance 1 that keeps a share of itself at each bar."""
    signal, fresh = shocks.copy(), np.sqrt(1.0 - kept**2)
    for t in range(1, shocks.size):
        signal[t] = kept[t] * signal[t - 1] + fresh[t] * shocks[t]
    return signal


def _moves(pushed: FloatArray, shocks: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The moves within each bar, shape (n_bars, PARTS), whose sum has variance 1; with the shocks that sum has a
    correlation of -`pushed`.
    """
    parts = rng.standard_normal((shocks.size, PARTS)) / np.sqrt(PARTS)
    whole = parts.sum(axis=1)
    wanted = np.sqrt(1.0 - pushed**2) * whole - pushed * shocks
    return parts + ((wanted - whole) / PARTS)[:, None]


def _bars(drift: FloatArray, deviation: FloatArray, moves: FloatArray, step: int, rng: np.random.Generator) -> Bars:
    """Bars that open at the close before and are expected to bring `drift`, a simple return."""
    mean = (np.log1p(drift) - deviation**2 / 2.0) / PARTS
    path = np.log(PRICE) + np.cumsum(mean[:, None] + deviation[:, None] * moves).reshape(moves.shape)
    close, most, least = (
        np.maximum(TICK, np.round(np.exp(one), 2)) for one in (path[:, -1], path.max(axis=1), path.min(axis=1))
    )
    opens = np.append(PRICE, close[:-1])
    volume = TRADED / close * rng.lognormal(0.0, 0.5, drift.size)
    ts = START + step * np.arange(drift.size, dtype=np.int64)
    return Bars(ts, opens, np.maximum(opens, most), np.minimum(opens, least), close, volume)
