"""Made bars with predictions that are worth something, so that a backtest goes on trading to its end."""

from typing import NamedTuple

import numpy as np

from models.engine import Panel, Parameters, Slot, State, System, first_state, parameters_of
from models.engine.panel import EDGE, FIGURES, GATE, REGIME, empty_panel
from models.meta import Controller
from models.risk import House, RiskProfile
from models.risk.blending import blend_bars, decay_table
from models.specialists import OFF, Rules
from models.types import FloatArray, Instrument, Regime
from models.types.timeframes import MINUTE

CAPITAL = 10_000.0
STEP_NOISE = 0.0015  # standard deviation of a bar's log return
HOLD = 40  # bars over which an edge comes true
WIDE, MODEL_ERROR = 500.0, 25.0  # errors of a prior that hardly pulls, and of a model; basis points
PROFILE = RiskProfile(
    max_portfolio_risk=0.5,
    max_position_risk=0.01,
    max_position=0.1,
    max_leverage=2.0,
    max_drawdown=0.5,
    kelly_fraction=0.25,
    pause_days=1.0,
    horizon=HOLD,
)
# Every stop is watched, the near ones never trip: a stopped account would make every bar cheap.
HOUSE = House(
    entries_drawdown=0.4,
    max_drawdown=0.5,
    daily_loss=0.3,
    weekly_loss=0.4,
    max_var=0.02,
    halt_var=0.5,
    pause_days=1.0,
    reduce_days=1.0,
    flatten_days=1.0,
    max_positions=50.0,
    max_trades=1000.0,
    max_capital=1e9,
    delever_floor=0.25,
    delever_band=0.1,
)
# Value at risk of one day of a unit of value, and what the market leaves of a size.
TAIL, SHARE = 0.03, 1.0
INSTRUMENT = Instrument(
    tick=0.01,
    lot=1e-5,
    min_notional=5.0,
    taker_fee=0.0005,
    maker_fee=0.0002,
    half_spread=0.0001,
    impact=0.01,
    volume_share=0.1,
    through=1.0,
)
# Every exit is live; what a search would vary is set to the middle of its range.
RULES = Rules(
    entry_multiple=1.5,
    exit_edge=-10.0,
    size=0.1,
    share=1.0,
    shorts=0.0,
    limit_offset=0.0,
    stop_loss=0.03,
    stop_atr=8.0,
    range_stop=0.01,
    take_profit=0.05,
    take_ratio=3.0,
    range_target=OFF,
    trail=0.03,
    trail_atr=10.0,
    partial_at=0.01,
    partial_share=0.5,
    max_bars=240.0,
    max_entries=50.0,
    sentiment_weight=0.3,
    momentum_weight=0.3,
    oscillator_weight=0.3,
    least_volatility=0.6,
    least_trend=15.0,
    pullback=0.0,
    most_width=2.0,
    near_edge=0.05,
    max_exposure=0.3,
    least_cash=0.5,
    leaves=0.0,
    takes_over=1.0,
    weight=OFF,
    band=0.0,
)
CONTROLLER = Controller(
    adaptive=1.0,
    underperformance=0.05,
    recovery=0.025,
    prior_trades=20.0,
    memory_days=90.0,
    crowded_at=0.7,
    crowded_share=0.5,
)
# Bars of one regime, and what the figures beside the edge swing between, slowly.
SPELL = 5_000
SWINGS = {
    "volatility": (STEP_NOISE, STEP_NOISE),
    "atr": (0.002, 0.002),
    "range_low": (0.98, 1.0),
    "range_high": (1.0, 1.02),
    "range_width": (0.5, 2.2),
    "oscillator": (-1.0, 1.0),
    "momentum": (-1.0, 1.0),
    "sentiment": (-1.0, 1.0),
    "atr_ratio": (0.5, 2.0),
    "adx": (10.0, 50.0),
    "stretch": (-0.02, 0.02),
}


class Market(NamedTuple):
    """`panel` without edges, and for each symbol the edges of two models and their confidences, (n_bars, 2) each."""

    panel: Panel
    predictions: list[tuple[FloatArray, FloatArray]]


def made_market(bars: int, symbols: int, seed: int = 1) -> Market:
    """Minute bars of `symbols` whose edges swing slowly around zero and come true over HOLD bars."""
    rng = np.random.default_rng(seed)
    panel = empty_panel(np.arange(bars, dtype=np.int64) * MINUTE, symbols, np.empty((0, 2)))
    predictions = []
    for i in range(symbols):
        swing = 45.0 * np.sin(np.arange(bars) / 37.0 + i) * np.sin(np.arange(bars) / 211.0)
        drift = np.append(0.0, swing[:-1]) / 1e4 / HOLD
        moves = drift - drift.mean() + rng.normal(0.0, STEP_NOISE, bars)
        close = np.round(1000.0 * np.exp(np.cumsum(moves)), 2)
        opens = np.append(1000.0, close[:-1])
        high = np.round(np.maximum(opens, close) * (1.0 + 0.0005 * rng.random(bars)) + 0.005, 2)
        low = np.round(np.minimum(opens, close) * (1.0 - 0.0005 * rng.random(bars)) - 0.005, 2)
        panel.prices[:, i] = np.column_stack((opens, high, low, close, rng.uniform(100.0, 1000.0, bars)))
        for k, (name, (least, most)) in enumerate(SWINGS.items()):
            wave = np.sin(np.arange(bars) / (53.0 + 17.0 * k) + i + k)
            panel.figures[:, i, FIGURES.index(name)] = (least + most) / 2.0 + (most - least) / 2.0 * wave
        said = swing + rng.normal(0.0, 5.0, (2, bars))
        predictions.append((np.ascontiguousarray(said.T), np.column_stack((rng.random(bars), rng.random(bars)))))
    panel.tails[:] = (TAIL, TAIL, SHARE, 0.0)
    panel.links[:] = 0.5 + 0.5 * np.eye(symbols)
    panel.codes[:, :, GATE] = 0
    panel.codes[:, :, REGIME] = (np.arange(bars)[:, None] // SPELL) % len(Regime)
    return Market(panel, predictions)


def with_edges(market: Market) -> Panel:
    """The panel with the blend of each symbol's predictions as its edges."""
    fresh = decay_table(1.0, 0)
    for i, (edge, confidence) in enumerate(market.predictions):
        every = np.ones(edge.shape, np.bool_)
        blended = blend_bars(edge, confidence, np.ones_like(edge), every, fresh, 0.0, WIDE, MODEL_ERROR)
        market.panel.figures[:, i, EDGE] = blended[:, 0]
    return market.panel


def account_of(symbols: int) -> tuple[Parameters, State]:
    """One system that trades so many symbols by RULES in every regime, and what it begins with."""
    slots = tuple(Slot(f"S{i}", i, i, False, INSTRUMENT, (RULES,) * len(Regime)) for i in range(symbols))
    systems = (System("swing", CAPITAL, PROFILE, CONTROLLER, slots),)
    return parameters_of(systems, HOUSE), first_state(systems)
