"""Markets on which every gene has something to decide, and what a set of genomes decides there.

Everything between a genome and its orders is the product's own: features, ranges, regimes, rules, the fold.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from changed_genomes import changed

from conf.genomes import default_genome
from models.engine import Happenings, Panel, Run, Slot, System, align, first_state, parameters_of, run_backtest
from models.engine import symbol_inputs as inputs_for
from models.features import FeatureInputs, compute_declared, declared, range_figures
from models.meta import plain_controller
from models.regime import RegimeSettings, regime_history
from models.risk import RiskProfile, no_house
from models.specialists.genomes import Genome
from models.specialists.translation import haven_rules_of, rules_of
from models.types import CALENDARS, Bars, FloatArray, Instrument, IntArray, Regime, bar_micros
from models.types.timeframes import DAY, MINUTE

ALWAYS = CALENDARS["24/7"]
CAPITAL = 100_000.0
PROFILE = RiskProfile(
    max_portfolio_risk=0.2,
    max_position_risk=0.05,
    max_position=0.6,
    max_leverage=1.0,
    max_drawdown=0.9,
    kelly_fraction=0.5,
    pause_days=1.0,
    horizon=24.0,
)
INSTRUMENT = Instrument(0.0001, 1e-6, 5.0, 0.0005, 0.0005, 0.0001)
SHARES = {Regime.VOLATILE: 0.5, Regime.TRENDING: 1.0, Regime.RANGING: 1.0, Regime.CRISIS: 0.2}
BAND = 0.1


@dataclass(frozen=True, eq=False)
class GeneMarket:
    """Bars of one timeframe and what is predicted of them; the last symbol is a haven where `has_haven`."""

    inputs: tuple[FeatureInputs, ...]
    edges: tuple[FloatArray, ...]
    context: str
    has_haven: bool
    trigger: str = "30m"
    made: dict[tuple[float, int], Panel] = field(default_factory=dict)

    @cached_property
    def features(self):
        return [compute_declared(declared(ALWAYS, one.timeframe, 20, 50), one) for one in self.inputs]

    @property
    def traded(self) -> int:
        return len(self.inputs) - self.has_haven

    def panel(self, crisis_index: float, period: int) -> Panel:
        key = crisis_index, period
        if key not in self.made:
            self.made[key] = self._panel(*key)
        return self.made[key]

    def _panel(self, crisis_index: float, period: int) -> Panel:
        settings = RegimeSettings("rules", self.context, self.trigger, crisis_index)
        columns = []
        for one, features, edge in zip(self.inputs, self.features, self.edges, strict=True):
            bars = one.bars
            ranges = range_figures(bars, features.atr, period)
            label = regime_history(one, settings).label
            step = bar_micros(one.timeframe)
            columns.append(inputs_for(bars, step, features, ranges, label, edge, Happenings.none(len(bars))))
        return align(tuple(columns))

    def run(self, *genomes: Genome) -> Run:
        """The default genomes, but those that are given in their places."""
        four = [default_genome(one) for one in Regime]
        for one in genomes:
            four[one.specialist] = one
        per_day = DAY / bar_micros(self.inputs[0].timeframe)
        own = tuple(rules_of(one, 24.0 / per_day, per_day, SHARES[one.specialist], 0.0, 1.0) for one in four)
        haven = haven_rules_of(four[Regime.CRISIS], BAND)
        slots = tuple(
            Slot(
                f"S{k}", k, k if k < self.traded else 0, k >= self.traded, INSTRUMENT, own if k < self.traded else haven
            )
            for k in range(len(self.inputs))
        )
        systems = (System("swing", CAPITAL, PROFILE, plain_controller(), slots),)
        period = int(four[Regime.RANGING]["mean_reversion_period"])
        panel = self.panel(four[Regime.CRISIS]["crisis_threshold"], period)
        return run_backtest(panel, parameters_of(systems, no_house()), first_state(systems))

    def decisions(self, *genomes: Genome) -> str:
        """Hash of what is bought and sold when, and by what it is left; where levels lie does not count by itself."""
        run = self.run(*genomes)
        ordered = [f"{one.bar} {one.symbol} {one.quantity!r} {one.reason.name}" for one in run.intents()]
        filled = [f"{one.ts} {one.symbol} {one.leg.name}" for one in run.executions()]
        return hashlib.sha256("\n".join(ordered + filled).encode()).hexdigest()


def moved(specialist: Regime, gene: str, value: float, beside: dict[str, float]) -> Genome:
    return changed(specialist, **(beside | {gene: value}))


LENGTH = 14_000
STEP = 30 * MINUTE
START = 18_262 * DAY
# Of each regime: standard deviation of a bar's log return, drift in it, pull to the middle, index of volatility.
PLAN = {
    Regime.VOLATILE: (0.006, 0.0, 0.0, 29.0),
    Regime.TRENDING: (0.003, 0.35, 0.0, 18.0),
    Regime.RANGING: (0.0025, 0.0, 0.04, 16.0),
    Regime.CRISIS: (0.008, -0.1, 0.0, 38.0),
}


def made_market(symbols: int = 6, seed: int = 7) -> GeneMarket:
    """Half-hourly bars of regimes that all symbols go through together, under edges that come and go; and a haven."""
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(4), LENGTH // 60))
    lengths = np.where(order == Regime.RANGING, 4, 1) * rng.integers(60, 200, order.size)
    plan = np.array([PLAN[one] for one in Regime])[np.repeat(order, lengths)[:LENGTH]]
    index = plan[:, 3] + 4.0 * np.sin(np.arange(LENGTH) / 23.0)
    inputs = [FeatureInputs(_bars(rng, plan), ALWAYS, "30m", index, None) for _ in range(symbols)]
    haven = FeatureInputs(haven_bars(inputs[0].bars.ts), ALWAYS, "30m", index, None)
    edges = [_edge(rng) for _ in range(symbols)]
    return GeneMarket((*inputs, haven), (*edges, np.full(LENGTH, np.nan)), "30m", True)


def haven_bars(ts: IntArray) -> Bars:
    """Bars at these times of something that hardly moves."""
    rng = np.random.default_rng(1)
    close = np.round(50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0005, ts.size))), 4)
    opens = np.append(50.0, close[:-1])
    return Bars(ts, opens, np.maximum(opens, close), np.minimum(opens, close), close, np.full(ts.size, 1e7))


def _edge(rng: np.random.Generator) -> FloatArray:
    """Most of them near what a round trip costs, some far beyond it."""
    calls = rng.normal(0.0, 15.0, LENGTH // 6 + 1) + rng.choice([0.0, 10.0, 100.0], LENGTH // 6 + 1)
    return np.repeat(calls, 6)[:LENGTH] + rng.normal(0.0, 3.0, LENGTH)


def _bars(rng: np.random.Generator, plan: FloatArray) -> Bars:
    side = np.where(np.arange(LENGTH) % 700 < 450, 1.0, -1.0)
    walk, middle = np.empty(LENGTH), 0.0
    price = 0.0
    for t, (level, drift, pull, _) in enumerate(plan):
        middle = price if pull == 0.0 else middle
        price += level * (rng.standard_normal() + drift * side[t]) - pull * (price - middle)
        walk[t] = price
    close = np.round(100.0 * np.exp(walk), 4)
    opens = np.append(100.0, close[:-1])
    reach = np.exp(plan[:, :1] * np.abs(rng.normal(0.0, 0.5, (LENGTH, 2))))
    high, low = np.round(np.maximum(opens, close) * reach[:, 0], 4), np.round(np.minimum(opens, close) / reach[:, 1], 4)
    return Bars(START + STEP * np.arange(LENGTH, dtype=np.int64), opens, high, low, close, np.full(LENGTH, 1e7))
