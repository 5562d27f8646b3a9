"""Markets for property tests: a panel, the rules and the account that meet it. Drawn whole from a seed, or bar by bar
on a coarse grid, where levels are touched exactly and a failure shrinks to a few bars.
"""

from dataclasses import dataclass

import numpy as np
from houses import NONE, random_house
from hypothesis import strategies as st
from markets import random_panel, with_tails
from random_accounts import (
    random_controller,
    random_instrument,
    random_profile,
    random_rules,
    random_specialist,
)
from single import single

from models.engine import Panel, Parameters, Slot, State, System, first_state, parameters_of
from models.engine.panel import empty_panel
from models.risk import House, RiskProfile
from models.specialists import OFF, Rules, plain_rules
from models.types import Instrument, Reason, Regime
from models.types.timeframes import HOUR

CAPITAL = 10_000.0


@dataclass(frozen=True)
class Market:
    """All that a fold is given."""

    panel: Panel
    profile: RiskProfile
    rules: tuple[Rules, ...]
    instruments: tuple[Instrument, ...]
    house: House = NONE

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(f"S{i}" for i in range(len(self.instruments)))

    @property
    def systems(self) -> tuple[System, ...]:
        return single(self.profile, self.rules, self.instruments, CAPITAL, self.symbols)

    def parameters(self) -> Parameters:
        return parameters_of(self.systems, self.house)

    def start(self) -> State:
        return first_state(self.systems)


def random_market(seed: int, times: int, symbols: int) -> Market:
    """Everything at random, and now and then the account that takes what it can get."""
    rng = np.random.default_rng(seed)
    closes = tuple(float(one) for one in rng.choice([2.5, 40.0, 100.0, 900.0], symbols))
    wild = float(rng.choice([0.003, 0.012, 0.05]))
    panel, house = _housed(random_panel(seed, times, closes=closes, wild=wild), seed, wild)
    return Market(
        panel=panel,
        profile=random_profile(rng),
        rules=tuple(random_rules(rng) for _ in Regime),
        instruments=tuple(random_instrument(rng) for _ in range(symbols)),
        house=house,
    )


def _housed(panel: Panel, seed: int, wild: float) -> tuple[Panel, House]:
    """Two of three under limits of the account, with tails and links; half of those with what comes from outside."""
    rng = np.random.default_rng([seed, 3])
    if rng.random() < 0.33:
        return panel, NONE
    return with_tails(panel, rng, wild, events=bool(rng.random() < 0.5)), random_house(rng)


def seeded_markets(times: int) -> st.SearchStrategy[Market]:
    """Up to three symbols over up to `times` bars."""
    return st.builds(random_market, st.integers(0, 10**6), st.integers(1, times), st.integers(1, 3))


@dataclass(frozen=True)
class Books:
    """All that a fold over several systems is given."""

    panel: Panel
    systems: tuple[System, ...]
    house: House = NONE

    def parameters(self) -> Parameters:
        return parameters_of(self.systems, self.house)

    def start(self) -> State:
        return first_state(self.systems)


def random_books(seed: int, times: int) -> Books:
    """One or two systems over the same symbols, the last of which is a haven from the first or traded for itself;
    specialists of every kind, and controllers that bench them soon.
    """
    rng = np.random.default_rng([seed, 2])
    closes = tuple(float(one) for one in rng.choice([2.5, 40.0, 100.0, 900.0], 3))
    wild = float(rng.choice([0.003, 0.012, 0.03]))
    panel, house = _housed(random_panel(seed, times, closes=closes, wild=wild), seed, wild)
    instruments = [random_instrument(rng) for _ in closes]
    systems = []
    for name in ("swing", "long")[: int(rng.integers(1, 3))]:
        columns = sorted(rng.choice(3, int(rng.integers(1, 4)), replace=False).tolist())
        slots = tuple(_slot(rng, column, instruments[column]) for column in columns)
        profile = random_profile(rng)._replace(max_drawdown=float(rng.choice([0.0407, 0.2, 0.9])))
        capital = float(rng.choice([3_000.0, CAPITAL]) if not systems or rng.random() < 0.9 else 0.0)
        systems.append(System(name, capital, profile, random_controller(rng), slots))
    return Books(panel, tuple(systems), house)


def seeded_books(times: int) -> st.SearchStrategy[Books]:
    """Up to `times` bars."""
    return st.builds(random_books, st.integers(0, 10**6), st.integers(1, times))


PATIENT = dict.fromkeys(("max_bars", "stop_loss", "stop_atr", "trail", "trail_atr", "take_profit"), OFF) | {
    "exit_edge": -OFF,
    "leaves": 0.0,
}


def _slot(rng: np.random.Generator, column: int, instrument: Instrument) -> Slot:
    """The last column's may be a haven, which is held by weights and follows another's regime."""
    haven = column == 2 and rng.random() < 0.6
    rules = [random_specialist(rng) for _ in Regime]
    if haven or rng.random() < 0.15:
        rules = [one._replace(weight=float(rng.choice([0.0, 0.3, 0.8]))) for one in rules]
    elif rng.random() < 0.7:
        rules = [one._replace(weight=OFF, share=1.0, entry_multiple=0.0) for one in rules]
    if rng.random() < 0.4:
        # Patient ones, whose positions live to see another regime.
        rules = [one._replace(**PATIENT, takes_over=float(rng.random() < 0.8)) for one in rules]
    return Slot(f"S{column}", column, 0 if haven else column, haven, instrument, tuple(rules))


GENEROUS = RiskProfile(
    max_portfolio_risk=1.0,
    max_position_risk=1.0,
    max_position=0.5,
    max_leverage=3.0,
    max_drawdown=0.9,
    kelly_fraction=100.0,
    pause_days=1.0,
    horizon=1.0,
)
NOTHING = plain_rules(0.0, 1.0, 1.0, OFF, OFF, shorts=1.0)._replace(exit_edge=-OFF)
near = lambda *values: st.sampled_from(values)  # noqa: E731
# Levels one to four ticks of one from a price of a hundred.
small_rules = st.builds(
    NOTHING._replace,
    exit_edge=near(-OFF, 0.0),
    limit_offset=near(0.0, 0.01),
    stop_loss=near(OFF, 0.02, 0.04),
    stop_atr=near(OFF, 1.0),
    range_stop=near(OFF, 0.0),
    take_profit=near(OFF, 0.03, 0.02),
    take_ratio=near(OFF, 1.0),
    trail=near(OFF, 0.02),
    trail_atr=near(OFF, 1.0),
    partial_at=near(OFF, 0.01),
    partial_share=near(0.5, 0.25, 1.0),
    max_bars=near(OFF, 1.0, 3.0),
    max_entries=near(OFF, 1.0),
)
small_instruments = st.builds(
    Instrument,
    tick=st.just(1.0),
    lot=near(1.0, 0.1),
    min_notional=near(0.0, 150.0),
    taker_fee=near(0.0, 0.001),
    maker_fee=near(0.0, 0.0005),
    half_spread=near(0.0, 0.01),
    impact=near(0.0, 0.01),
    volume_share=near(1.0, 0.5),
    through=near(0.0, 1.0),
    fee_in_base=st.just(0.0),
    margin=near(1.0, 0.05),
    maintenance=st.just(0.0),
    liquidation_fee=near(0.0, 0.01),
    shorts=near(0.0, 1.0),
    long_carry=near(0.0, 0.001),
    short_carry=near(0.0, 0.001),
    class_limit=near(1.0, 0.3),
)
# Ticks from the last close to the open, from there up and down, the close's place between, the volume, the edge.
small_bars = st.tuples(
    st.integers(-4, 4),
    st.integers(0, 4),
    st.integers(0, 4),
    near(0.0, 1.0, 0.5),
    near(1000.0, 0.0, 3.0, 10.0, 30.0, 0.2, float("nan")),
    near(60.0, -60.0, float("nan")),
)


@st.composite
def small_markets(draw: st.DrawFn, bars: int = 12) -> Market:
    """One symbol, a few bars on a grid of one around a hundred, two hours apart, with finer bars for some."""
    drawn = draw(st.lists(small_bars, min_size=1, max_size=bars))
    times = np.arange(len(drawn), dtype=np.int64) * 2 * HOUR + 20 * HOUR
    finer: list[tuple[float, float]] = []
    rows, prices, close = [], [], 100.0
    for gap, up, down, place, volume, _ in drawn:
        opened = max(close + gap, 5.0)
        high, low = opened + up, max(opened - down, 1.0)
        close = np.floor(low + place * (high - low))
        prices.append((opened, high, low, close, volume))
        rows.append(len(finer))
        if place == 0.5:
            finer += [(high, opened), (opened, low)] if up < down else [(opened, low), (high, opened)]
    panel = empty_panel(times, 1, np.array(finer, dtype=np.float64).reshape(-1, 2))
    panel.prices[:, 0, :] = prices
    panel.figures[:, 0, 0] = [one[5] for one in drawn]
    panel.figures[:, 0, 1:5] = 0.01, 0.02, 0.97, 1.03
    panel.codes[:, 0, 0], panel.codes[:, 0, 1] = int(Regime.TRENDING), 0
    panel.finer_rows[:, 0, 0], panel.finer_rows[:, 0, 1] = rows, [*rows[1:], len(finer)]
    for t in draw(st.lists(st.integers(0, len(drawn) - 1), max_size=1)):
        panel.codes[t, 0, 1] = int(draw(near(Reason.REFUSED_STALE, Reason.REFUSED_STOPPED)))
    for t in draw(st.lists(st.integers(0, len(drawn) - 1), max_size=1)):
        panel.actions[t, 0] = draw(near((2.0, 0.0), (0.5, 0.0), (1.0, 1.5), (1.5, 1.0)))
    for t in draw(st.lists(st.integers(0, len(drawn) - 1), max_size=2)):
        panel.decided[t] = False
    return Market(panel, GENEROUS, (draw(small_rules),) * len(Regime), (draw(small_instruments),))


markets = st.one_of(small_markets(), seeded_markets(60))
