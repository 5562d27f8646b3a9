"""A cross strategy with stop and target, once in `backtesting` and once in our fold; see tests/reference."""

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover
from single import packed

from models.engine import Run, run_backtest
from models.engine.panel import ATR, EDGE, GATE, RANGE_HIGH, RANGE_LOW, VOLATILITY, empty_panel
from models.indicators import simple_average
from models.risk import RiskProfile
from models.specialists import Rules, plain_rules
from models.types import Bars, Instrument, Leg

FAST, SLOW = 20, 50
STOP_LOSS, TAKE_PROFIT = 0.02, 0.04
# So much that whole units are a fine grid for every price.
CAPITAL = 10_000_000.0
# Nothing but the size of the specialist binds, and nothing pauses.
FREE = RiskProfile(
    max_portfolio_risk=10.0,
    max_position_risk=10.0,
    max_position=10.0,
    max_leverage=10.0,
    max_drawdown=10.0,
    kelly_fraction=1.0,
    pause_days=1.0,
    horizon=1.0,
)


@dataclass(frozen=True)
class Case:
    """One setting of both engines."""

    tick: str
    commission: float
    share: float
    shorts: bool


@dataclass(frozen=True)
class Trade:
    """Bars and prices of entry and exit, None while it is open; `profit` after both commissions, 0.0 while it is."""

    entered: int
    exited: int | None
    size: float
    entry: float
    exit: float | None = None
    profit: float = 0.0


def on_grid(price: float, percent: str, tick: str, rounding: str) -> float:
    """The price moved by a percentage, in exact decimals, on the tick."""
    steps = Decimal(repr(price)) * (1 + Decimal(percent) / 100) / Decimal(tick)
    return float(steps.to_integral_value(rounding) * Decimal(tick))


def in_ticks(close: np.ndarray, tick: str) -> np.ndarray:
    """Closes as whole numbers, whose sums are exact: where the averages are equal, both libraries see it."""
    return np.rint(close / float(tick))


class Cross(Strategy):
    """Theirs."""

    tick = "0.01"
    share = 0.5
    shorts = False

    def init(self):
        ticks = in_ticks(np.asarray(self.data.Close), self.tick)
        self.fast = self.I(lambda: pd.Series(ticks).rolling(FAST).mean(), name="fast")
        self.slow = self.I(lambda: pd.Series(ticks).rolling(SLOW).mean(), name="slow")

    def next(self):
        up, down = crossover(self.fast, self.slow), crossover(self.slow, self.fast)
        if self.position:
            if down if self.position.is_long else up:
                self.position.close()
            return
        close = float(self.data.Close[-1])
        units = math.floor(self.share * self.equity / close)
        if up:
            stop, target = (on_grid(close, "-2", self.tick, ROUND_FLOOR), on_grid(close, "4", self.tick, ROUND_CEILING))
            self.buy(size=units, sl=stop, tp=target)
        elif down and self.shorts:
            stop, target = (on_grid(close, "2", self.tick, ROUND_CEILING), on_grid(close, "-4", self.tick, ROUND_FLOOR))
            self.sell(size=units, sl=stop, tp=target)


def theirs(bars: Bars, case: Case) -> tuple[list[Trade], np.ndarray]:
    """Its trades, the open ones last, and its equity at every bar."""
    index = pd.to_datetime(bars.ts, unit="us", utc=True)
    frame = pd.DataFrame(
        {name.capitalize(): getattr(bars, name) for name in ("open", "high", "low", "close")}, index=index
    )
    engine = Backtest(frame, Cross, cash=CAPITAL, commission=case.commission)
    stats = engine.run(tick=case.tick, share=case.share, shorts=case.shorts)
    closed = [
        Trade(row.EntryBar, row.ExitBar, row.Size, row.EntryPrice, row.ExitPrice, row.PnL)
        for row in stats._trades.itertuples()
    ]
    waiting = [Trade(one.entry_bar, None, one.size, one.entry_price) for one in stats._strategy.trades]
    return closed + waiting, stats._equity_curve.Equity.to_numpy()


def crosses(bars: Bars, tick: str) -> np.ndarray:
    """1.0 where the fast average crosses up, -1.0 where it crosses down, shape (n,)."""
    ticks = in_ticks(bars.close, tick)
    gap = simple_average(ticks, FAST) - simple_average(ticks, SLOW)
    out = np.zeros(gap.size)
    out[1:] = (gap[:-1] < 0.0) & (gap[1:] > 0.0)
    out[1:] -= (gap[:-1] > 0.0) & (gap[1:] < 0.0)
    return out


def rules(case: Case) -> Rules:
    """A share of the equity, both levels, and out when the edge turns."""
    return plain_rules(1.0, case.share, 1.0, STOP_LOSS, TAKE_PROFIT)._replace(shorts=float(case.shorts))


def ours(bars: Bars, case: Case) -> Run:
    """Our fold: a cross is an edge of a hundred basis points, far above the costs, for its bar."""
    panel = empty_panel(bars.ts, 1, np.empty((0, 2)))
    for k, name in enumerate(("open", "high", "low", "close")):
        panel.prices[:, 0, k] = getattr(bars, name)
    panel.figures[:, 0, EDGE] = 100.0 * crosses(bars, case.tick)
    panel.figures[:, 0, VOLATILITY] = 1e-3
    panel.figures[:, 0, [ATR, RANGE_LOW, RANGE_HIGH]] = np.nan
    panel.codes[:, 0, GATE] = 0
    venue = Instrument(float(case.tick), 1.0, 0.0, case.commission, case.commission, shorts=float(case.shorts))
    return run_backtest(panel, *packed(FREE, (rules(case),) * 4, (venue,), CAPITAL))


def trades_of(run: Run) -> list[Trade]:
    """Each entry with the fill that closed it; here every position is left at once."""
    bar = {int(ts): t for t, ts in enumerate(run.panel.ts)}
    found: list[Trade] = []
    for fill in run.executions():
        if fill.leg is Leg.ENTRY:
            found.append(Trade(bar[fill.ts], None, fill.quantity, fill.price))
        else:
            last = found.pop()
            assert last.exited is None
            assert last.size == -fill.quantity
            found.append(Trade(last.entered, bar[fill.ts], last.size, last.entry, fill.price, fill.realised))
    return found
