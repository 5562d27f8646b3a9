"""Venues of every kind, rules that use every level, and bars that reach them: what the state machine of conservation
is made of.
"""

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from models.engine.panel import ATR, EDGE, RANGE_HIGH, RANGE_LOW, VOLATILITY, Panel, empty_panel
from models.execution import Bar
from models.risk import RiskProfile
from models.specialists import OFF, plain_rules
from models.types import Instrument, Reason

# What everything costs and what it is counted in: a cash account with its fees in base, a margin account with carry,
# impact and limits that have to be passed by, whole shares without fees, coins of almost nothing, and of a fortune.
VENUES = {
    "spot": Instrument(0.01, 0.001, 1500.0, 0.001, 0.0008, 0.0002, 0.02, 0.5, fee_in_base=1.0),
    "margin": Instrument(
        0.1,
        0.1,
        900.0,
        0.0005,
        0.0002,
        half_spread=0.0003,
        impact=0.05,
        volume_share=0.3,
        through=1.0,
        margin=0.1,
        maintenance=0.05,
        liquidation_fee=0.01,
        shorts=1.0,
        long_carry=0.002,
        short_carry=-0.001,
        class_limit=5.0,
    ),
    "stock": Instrument(0.25, 1.0, 0.0, 0.0, 0.0, 0.001, shorts=1.0, short_carry=0.001),
    "dust": Instrument(1e-8, 100.0, 0.001, 0.002, 0.001, 0.001, shorts=1.0, margin=0.5, maintenance=0.1),
    "fortune": Instrument(1000.0, 1e-8, 0.0, 0.01, 0.0, 0.001, 0.1, 0.1),
}
FIRST_CLOSE = {"spot": 100.0, "margin": 30.0, "stock": 50.0, "dust": 2e-5, "fortune": 4e6}
PROFILE = RiskProfile(1.0, 1.0, 2.0, 5.0, 0.5, 1.0, 2.0, 4.0)
BASE = plain_rules(0.0, 2.0, 1.0, OFF, OFF, 1.0)._replace(max_entries=3.0)
RULES = (
    BASE._replace(stop_loss=0.02, take_profit=0.03, partial_at=0.01, partial_share=0.5, size=0.4),
    BASE._replace(limit_offset=0.005, stop_atr=1.0, trail_atr=2.0, take_ratio=2.0, max_bars=4.0),
    BASE._replace(trail=0.02, partial_at=0.02, partial_share=0.3, exit_edge=-OFF),
    BASE._replace(range_stop=0.01, range_target=0.9, limit_offset=0.002, shorts=0.0),
)
GATES = [0] * 9 + [int(one) for one in (Reason.REFUSED_STOPPED, Reason.REFUSED_STALE, Reason.REFUSED_DATA)]
FIGURES = [EDGE, VOLATILITY, ATR, RANGE_LOW, RANGE_HIGH]
FORBIDS_ALL = {int(one) for one in (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA)}
WRECKS = ("nan", "zero", "negative", "infinite", "crossed", "open above", "close below")

moves = st.one_of(st.floats(-0.03, 0.03), st.floats(-0.4, 0.4))
market_bars = st.fixed_dictionaries(
    {
        "gap": moves,
        "move": moves,
        "up": st.floats(0.0, 0.05),
        "down": st.floats(0.0, 0.05),
        "lots": st.one_of(st.just(math.nan), st.integers(0, 40).map(float), st.just(1e9)),
        "edge": st.sampled_from([300.0, 80.0, -80.0, -300.0, 0.0, math.nan]),
        "regime": st.integers(0, 3),
        "gate": st.sampled_from(GATES),
        "finer": st.booleans(),
    }
)


def wrecked(bar: Bar, how: str) -> Bar:
    """A bar that nobody may trade on."""
    changes = {
        "nan": {"open": math.nan},
        "zero": {"low": 0.0, "close": 0.0},
        "negative": {"low": -bar.low},
        "infinite": {"high": math.inf},
        "crossed": {"high": bar.low, "low": bar.high * 1.5},
        "open above": {"open": bar.high * 2.0},
        "close below": {"close": bar.low / 2.0},
    }
    return bar._replace(**changes[how])


def one_row(ts, bars, given, actions, decided) -> Panel:
    """A panel of one row; the finer bars, where there are some, go up first and then down."""
    finer = [(one.high, one.open) for one in bars] + [(one.open, one.low) for one in bars]
    panel = empty_panel(np.array([ts]), 2, np.array(finer))
    panel.decided[:] = decided
    for i, one in enumerate(bars):
        panel.prices[0, i] = one
        panel.figures[0, i, FIGURES] = [given[i]["edge"], 0.02, 0.03, 0.97, 1.03]
        panel.codes[0, i] = given[i]["regime"], given[i]["gate"]
        panel.actions[0, i] = actions[i]
        panel.finer_rows[0, i] = (2 * i, 2 * i + 2 * given[i]["finer"])
    return panel


def is_good(bar: Bar) -> bool:
    """Whether one may trade on it, said again."""
    prices = sorted(bar[:4])
    return all(0.0 < one < math.inf for one in prices) and (prices[0], prices[3]) == (bar.low, bar.high)


def whole_lots(lots: int, instrument: Instrument) -> float:
    """So many lots as a quantity."""
    return float(Fraction(str(instrument.lot)) * lots)
