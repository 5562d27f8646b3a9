"""One symbol's bars written out by hand, and an account without costs that takes what it is told."""

from collections.abc import Sequence

import numpy as np
from drawn_markets import CAPITAL, GENEROUS, NOTHING
from single import packed

from models.engine import Panel, Run, run_backtest
from models.engine.panel import empty_panel
from models.risk import House, RiskProfile
from models.specialists import Rules
from models.types import Instrument, Regime
from models.types.timeframes import DAY, HOUR

FREE = Instrument(tick=0.01, lot=0.1, min_notional=0.0, taker_fee=0.0, maker_fee=0.0)
# A fifth of equity whatever the edge, and nothing that leaves it.
FIFTH = NOTHING._replace(size=0.2)
NOON = 18_000 * DAY + 12 * HOUR

# Open, high, low, close; without a fifth figure a volume that is not known.
BarOfFive = Sequence[float]


def panel_of(
    bars: Sequence[BarOfFive], edges: Sequence[float] = (), start: int = NOON, step: int = HOUR, split: float = 1.0
) -> Panel:
    """Bars an hour apart from noon on; edges of 50 basis points unless said otherwise; a split at the last bar."""
    n = len(bars)
    panel = empty_panel(start + np.arange(n, dtype=np.int64) * step, 1, np.empty((0, 2)))
    panel.prices[:, 0, :] = [[*bar, np.nan][:5] for bar in bars]
    panel.figures[:, 0, 0] = [*edges, *[50.0] * n][:n]
    panel.figures[:, 0, 1:5] = 0.005, 0.01, 0.97, 1.03
    panel.codes[:, 0, 0], panel.codes[:, 0, 1] = int(Regime.TRENDING), 0
    panel.actions[-1, 0, 0] = split
    return panel


def run_of(
    panel: Panel,
    rules: Rules = FIFTH,
    venue: Instrument = FREE,
    profile: RiskProfile = GENEROUS,
    house: House | None = None,
) -> Run:
    """The fold with the same rules in every regime."""
    return run_backtest(panel, *packed(profile, (rules,) * len(Regime), (venue,), CAPITAL, house))
