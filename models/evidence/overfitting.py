"""How often the best in one half of the days is not even average in the other: combinatorially symmetric splits.

Bailey, Borwein, Lopez de Prado and Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance
20(4), 2017. Sums of blocks are made once and added up for each half: no day is read twice.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from models.portfolio.returns import ROUNDING
from models.types import BadInput, FloatArray, IntArray

# Share of the squares below which what a subtraction leaves of them is rounding.
LEAST_LEFT = 1e-13
# Ratios that agree in so many digits after the point are level. Without it rounding would rank trials that differ by
# their stake only, or made one trade each in a half: both have the same ratio.
DIGITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Cscv:
    """What became of the winners of one half in the other, over all splits.

    Attributes:
        pbo: probability of backtest overfitting, 0..1: share of the splits whose winner is not above the median.
        logits: shape (n_splits,), log odds of the winner's rank: above 0 it is above the median.
        losing: share of the splits whose winner has a Sharpe ratio below zero.
        slope: of the winner's Sharpe ratio on that of the half in which it won; None where the latter is always alike.
    """

    pbo: float
    logits: FloatArray
    losing: float
    slope: float | None


def cscv(returns: FloatArray, blocks: int = 16) -> Cscv | None:
    """Try every choice of half of the `blocks` of days of trials' returns (n_days, n_trials).

    The winner has the highest Sharpe ratio of its half (mean over sample deviation; 0 where nothing moves), of several
    the first. Its rank in the other half is 1 for the worst, and the mean of the ranks of those it is level with; the
    odds are rank / (n_trials + 1 - rank). A winner at the median counts as overfitted: where trials cannot be told
    apart, nothing was found. Where days are not a multiple of blocks, the first blocks have one day more.

    None below two trials or two days a block. As many splits as C(blocks, blocks / 2): 12,870 for 16.

    Raises:
        BadInput: the blocks are not even or fewer than two, the returns are not a matrix, or one is not finite.
    """
    _require(returns, blocks)
    days, trials = returns.shape
    if trials < 2 or days < 2 * blocks:
        return None
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    sharpe = _sharpe_of_halves(returns, halves, blocks)
    # Choices come in lexicographic order: the one with all the other blocks stands as far from the end.
    other = sharpe[::-1]
    rows, winners = np.arange(len(halves)), sharpe.argmax(axis=1)
    inside, outside = sharpe[rows, winners], other[rows, winners]
    below = (other < outside[:, None]).sum(axis=1)
    level = (other == outside[:, None]).sum(axis=1)
    rank = below + (level + 1) / 2
    logits = np.log(rank / (trials + 1 - rank))
    return Cscv(float((logits <= 0.0).mean()), logits, float((outside < 0.0).mean()), _slope(inside, outside))


def _sharpe_of_halves(returns: FloatArray, halves: IntArray, blocks: int) -> FloatArray:
    """Of each trial in the days of each half, shape (n_halves, n_trials); `halves` (n_halves, blocks / 2)."""
    sizes = np.full(blocks, len(returns) // blocks)
    sizes[: len(returns) % blocks] += 1
    starts = np.cumsum(sizes) - sizes
    middle = returns.mean(axis=0)
    apart = returns - middle
    # Sums of differences from the mean, or what is left of the squares after subtraction would be rounding.
    sums = _of_halves(np.add.reduceat(apart, starts), halves)
    squares = _of_halves(np.add.reduceat(np.square(apart), starts), halves)
    counts = sizes[halves].sum(axis=1)[:, None]
    left = squares - np.square(sums) / counts
    moves = left > LEAST_LEFT * squares + ROUNDING**2 * counts
    deviation = np.sqrt(np.where(moves, left, 1.0) / (counts - 1))
    ratios: FloatArray = np.where(moves, (middle + sums / counts) / deviation, 0.0)
    return ratios.round(DIGITS)


def _of_halves(of_blocks: FloatArray, halves: IntArray) -> FloatArray:
    """Sums of the chosen blocks, one block after the other: trials that are alike stay alike to the bit."""
    total = of_blocks[halves[:, 0]]
    for column in halves.T[1:]:
        total += of_blocks[column]
    return total


def _slope(inside: FloatArray, outside: FloatArray) -> float | None:
    apart = inside - inside.mean()
    square = float(np.square(apart).sum())
    return float((apart * (outside - outside.mean())).sum()) / square if square > 0.0 else None


def _require(returns: FloatArray, blocks: int) -> None:
    if blocks < 2 or blocks % 2:
        raise BadInput(f"{blocks} blocks; halves need an even number of them, 2 at least")
    if returns.ndim != 2:
        raise BadInput(f"returns of shape {returns.shape}; give one row a day and one column a trial")
    strange = np.argwhere(~np.isfinite(returns))
    if strange.size:
        day, trial = strange[0]
        raise BadInput(f"the return of trial {trial} on day {day} is {returns[day, trial]}; give finite ones only")
