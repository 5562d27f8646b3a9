"""Monte Carlo by block bootstrap: the same trades in another order and choice, and years that were not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.bootstrap import TradesMonteCarlo, bootstrap_trades
from models.engine import Panel, Run, first_state
from models.ensemble import bootstrap_candles
from models.portfolio import Trade
from models.portfolio.returns import funded
from models.types import FloatArray
from tasks.session.validating.figures import Spread
from tasks.session.validating.ground import Contender, Ground
from tasks.session.validating.measuring import FEWEST_TRADES

TRADES_SEED = 20_260_206
CANDLES_SEED = 20_260_207
PERCENTS = (5.0, 50.0, 95.0)
# A window of fewer blocks would be drawn over and over.
FEWEST_BLOCKS = 5


@dataclass(frozen=True, slots=True)
class TooFew:
    """There is nothing to draw from: `found` of `what`, where `needed` are the least."""

    what: str
    found: int
    needed: int

    @property
    def text(self) -> str:
        """One clause for people."""
        return f"{self.found:,} {self.what} are too few for a bootstrap: {self.needed:,} are the least"


@dataclass(frozen=True, slots=True)
class CandlesMonteCarlo:
    """Paths of bars that were not, in blocks of those that were, through the full step.

    Attributes:
        bars: of each path: a year of them, or the window where that is shorter.
        block: mean length of the blocks, bars.
        total_return, max_drawdown: 5th, 50th and 95th percentile over the paths, fractions.
        losing: share of the paths that end below where they began.
        limit: largest drawdown of the profile; within: share of the paths whose drawdown is smaller.
        trades: median of the closing fills; stopped: mean share of the bars on which a stop of the account held.
    """

    paths: int
    bars: int
    block: float
    total_return: Spread
    max_drawdown: Spread
    losing: float
    limit: float
    within: float
    trades: float
    stopped: float


@dataclass(frozen=True, slots=True)
class Redrawn:
    """Both bootstraps of the out-of-sample run."""

    trades: TradesMonteCarlo | TooFew
    candles: CandlesMonteCarlo | TooFew


def of_trades(run: Run, trades: Sequence[Trade], limit: float, paths: int) -> TradesMonteCarlo | TooFew:
    """The trades of a run drawn anew, each at what it gained of the equity before its bar."""
    if len(trades) < FEWEST_TRADES:
        return TooFew("trades", len(trades), FEWEST_TRADES)
    gains = gains_of(run, trades)
    return bootstrap_trades(gains, _block(gains), paths, limit, np.random.default_rng(TRADES_SEED))


def of_candles(
    contender: Contender, ground: Ground, panel: Panel, paths: int, block_days: float
) -> CandlesMonteCarlo | TooFew:
    """So many years in blocks of `block_days` of the window's rows, predictions and regimes going along."""
    block = block_days * ground.per_day
    if panel.ts.size < FEWEST_BLOCKS * block:
        return TooFew("bars", panel.ts.size, int(FEWEST_BLOCKS * block))
    bars = min(round(ground.per_year), panel.ts.size)
    parameters = contender.book.parameters
    start = first_state(parameters.systems)
    found = bootstrap_candles(panel, parameters, start, paths, bars, block, CANDLES_SEED)
    return CandlesMonteCarlo(
        paths=paths,
        bars=bars,
        block=block,
        total_return=_percentiles(found.total_return),
        max_drawdown=_percentiles(found.max_drawdown),
        losing=float((found.total_return < 0.0).mean()),
        limit=contender.limit,
        within=float((found.max_drawdown < contender.limit).mean()),
        trades=float(np.median(found.trades)),
        stopped=float(found.stopped.mean()),
    )


def gains_of(run: Run, trades: Sequence[Trade]) -> FloatArray:
    """Fractions of the account's equity at the close before the bar in which each was left, in the order they were
    left; shape (n_trades,). An account without equity gains nothing.
    """
    ranked = sorted(trades, key=lambda one: one.exited)
    rows = np.searchsorted(run.panel.ts, [one.exited for one in ranked]) - 1
    equity = funded(run.equity)[np.maximum(rows, 0)]
    profits = np.array([one.profit for one in ranked])
    return np.where(equity > 0.0, profits / np.where(equity > 0.0, equity, 1.0), 0.0)


def _block(gains: FloatArray) -> float:
    """Mean length by Politis and White, Econometric Reviews 23(1), 2004, corrected 2009; 1 where nothing differs."""
    if not np.ptp(gains) > 0.0:
        return 1.0
    from arch.bootstrap import optimal_block_length

    return max(1.0, round(float(optimal_block_length(gains)["stationary"].iloc[0])))


def _percentiles(values: FloatArray) -> Spread:
    return Spread(*(float(one) for one in np.percentile(values, PERCENTS)))
