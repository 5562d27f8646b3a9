"""Results that are more likely an error in data or fills than a strategy, and the trades to look at first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.portfolio.metrics import Metrics
from models.portfolio.trades import Trade, gains, profit_factor, profits_of, win_rate
from models.types import Reason

# Renaissance's Medallion, the best long record there is, had about 2 before fees over 1988-2018 (Cornell, "Medallion
# Fund: The Ultimate Counterexample?", Journal of Portfolio Management 46(4), 2020). Twice that is not to be expected.
HIGHEST_SHARPE = 4.0
# With even odds, 28 or more of 30 trades win once in 2.3 million times, and 20 in a row once in a million.
HIGHEST_WIN_RATE = 0.9
MANY_TRADES = 30
TRADES_WITHOUT_LOSS = 20
# Winning nine in ten with gains as large as losses gives 9: more needs a win rate that is doubted by itself, or gains
# many times the losses, as from a price that never was.
HIGHEST_PROFIT_FACTOR = 10.0
# Ten trades that share the gains evenly have a tenth each. One with more than all others together is most often a
# wrong price, a split that was not applied, or luck that is not repeated.
LARGEST_SHARE = 0.5
TRADES_FOR_SHARE = 10
# 5 % earned with a fall of a thousandth: fifty times the worst fall, as when losses are never marked.
LEAST_DRAWDOWN = 0.001
RETURN_FOR_DRAWDOWN = 0.05
TRIMMED = Reason.REDUCE_WEIGHT.name.lower()
# So many trades are named for each doubt about the whole.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a result should not be believed, one clause, and the trades to look at, most suspicious first."""

    text: str
    trades: tuple[Trade, ...]


def doubts(metrics: Metrics, trades: Sequence[Trade], outside: Iterable[Trade] = ()) -> tuple[Doubt, ...]:
    """Everything that speaks against a result; empty when nothing does.

    `trades` are those that `metrics` was measured of; `outside` those with a fill beyond its bar's low or high by more
    than its slippage.
    """
    impossible = tuple(outside)
    found = [Doubt(text, _largest(trades)) for text in _about_the_whole(_without_trims(metrics, trades))]
    found += _no_loss(trades)
    found += _one_trade(trades)
    if impossible:
        found.append(Doubt(f"fills outside their bar's low to high: {len(impossible)}", impossible))
    return tuple(found)


def _without_trims(metrics: Metrics, trades: Sequence[Trade]) -> Metrics:
    """The metrics with the figures of trades of those alone that left for another reason than having grown: what is
    held by its weight is sold where it has risen, so that such parts win by construction.
    """
    left = profits_of(one for one in trades if one.reason != TRIMMED)
    if left.size == len(trades):
        return metrics
    return replace(metrics, trades=left.size, win_rate=win_rate(left), profit_factor=profit_factor(left))


def _about_the_whole(metrics: Metrics) -> list[str]:
    texts = []
    if metrics.sharpe is not None and metrics.sharpe > HIGHEST_SHARPE:
        texts.append(f"a Sharpe ratio of {metrics.sharpe:.1f} is above {HIGHEST_SHARPE:g}")
    many = metrics.trades >= MANY_TRADES
    if many and metrics.win_rate is not None and metrics.win_rate > HIGHEST_WIN_RATE:
        texts.append(f"{metrics.win_rate:.1%} of {metrics.trades} trades won, above {HIGHEST_WIN_RATE:.0%}")
    if many and metrics.profit_factor is not None and metrics.profit_factor > HIGHEST_PROFIT_FACTOR:
        texts.append(
            f"a profit factor of {metrics.profit_factor:.1f} over {metrics.trades} trades is above "
            f"{HIGHEST_PROFIT_FACTOR:g}"
        )
    if metrics.max_drawdown < LEAST_DRAWDOWN and metrics.total_return > RETURN_FOR_DRAWDOWN:
        texts.append(
            f"a return of {metrics.total_return:.1%} with no fall beyond {metrics.max_drawdown:.3%}, "
            f"below {LEAST_DRAWDOWN:.1%}"
        )
    return texts


def _no_loss(trades: Sequence[Trade]) -> list[Doubt]:
    if len(trades) < TRADES_WITHOUT_LOSS or any(trade.profit < 0.0 for trade in trades):
        return []
    return [Doubt(f"none of {len(trades)} trades lost", _largest(trades))]


def _one_trade(trades: Sequence[Trade]) -> list[Doubt]:
    profits = profits_of(trades)
    if len(trades) < TRADES_FOR_SHARE or profits.sum() <= 0.0:
        return []
    best = _largest(trades)[:1]
    share = best[0].profit / gains(profits)
    if share <= LARGEST_SHARE:
        return []
    return [Doubt(f"one of {len(trades)} trades made {share:.1%} of all gains, above {LARGEST_SHARE:.0%}", best)]


def _largest(trades: Sequence[Trade]) -> tuple[Trade, ...]:
    return tuple(sorted(trades, key=lambda trade: -trade.profit)[:NAMED])
