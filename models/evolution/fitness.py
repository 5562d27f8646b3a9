"""How good a genome is, from the sums of its round trips.

`composite` and `scaled` are the formulas of the specification, on units in which one part cannot drown the others: the
yearly Sharpe ratio of the trades within -3..3 over 3, the yearly return within -1..1, the win rate, the drawdown
between trades, and the profit factor within 0..3 over 3.

`robust` asks for less than the best, and for all of it at once. The training bars are cut into groups; every choice of
some of them is one test set (combinatorial purged blocks, Lopez de Prado, Advances in Financial Machine Learning,
2018, chapter 12). On each the score is the self-normalised sum of the trades' returns, sum r / sqrt(sum r^2) (de la
Pena, Lai and Shao, Self-Normalized Processes, 2009): close to a t-statistic, but n trades never score above sqrt(n), so
that a few lucky ones cannot win. The fitness is a low quantile over the test sets. Genes and costs are jittered when
they are tried (Tsutsui and Ghosh, "Genetic algorithms with a robust solution searching scheme", IEEE Transactions on
Evolutionary Computation 1(3), 1997), so that narrow peaks do not survive.
"""

import math
from functools import cache

import numpy as np

from models.evidence.splits import combinatorial_purged_splits
from models.evolution.evaluating import Tried
from models.evolution.problem import Problem
from models.evolution.settings import SearchSettings
from models.types import FloatArray
from models.types.timeframes import DAY

# A genome that breaks a constraint is below every one that breaks none.
BROKEN = -1000.0
TRADES, RETURNS, SQUARES = range(3)
DAYS_PER_YEAR = 365.25
MOST_SHARPE, MOST_FACTOR = 3.0, 3.0
# What a search for a front asks for beside the fitness.
OBJECTIVES = ("fitness", "return", "drawdown")


def fitness_of(problem: Problem, tried: Tried) -> FloatArray:
    """Fitness of each genome by the settings' formula, shape (n,); below BROKEN / 2 where a constraint is broken."""
    settings = problem.settings
    if settings.fitness == "robust":
        found = robust(tried.groups, settings)
        if tried.general is not None:
            found = (1.0 - problem.pooled) * found + problem.pooled * robust(tried.general, settings)
    else:
        found = {"composite": composite, "scaled": scaled}[settings.fitness](tried, years_of(problem))
    broken = violation(tried, settings)
    return np.where(broken > 0.0, BROKEN - broken, found)


def robust(groups: FloatArray, settings: SearchSettings) -> FloatArray:
    """Low quantile over the test sets of the self-normalised sums; `groups` as in Tried, shape (n,)."""
    chosen = test_sets(groups.shape[1], settings.test_groups)
    returns, squares = groups[:, :, RETURNS] @ chosen.T, groups[:, :, SQUARES] @ chosen.T
    scores = np.where(squares > 0.0, returns / np.sqrt(np.where(squares > 0.0, squares, 1.0)), 0.0)
    found: FloatArray = np.quantile(scores, settings.quantile, axis=1, method="lower")
    return found


@cache
def test_sets(groups: int, chosen: int) -> FloatArray:
    """1.0 where a group is part of a test set, shape (n_sets, groups): the sets of combinatorial purged splits, whose
    gaps `group_of_rows` has cut out already.
    """
    splits = combinatorial_purged_splits(2 * groups, groups, chosen, 0, 0)  # two rows stand for each group
    sets = np.zeros((len(splits), groups))
    for row, split in enumerate(splits):
        sets[row, split.test // 2] = 1.0
    return sets


def composite(tried: Tried, years: float) -> FloatArray:
    """0.4 Sharpe + 0.3 return + 0.2 win rate + 0.1 (1 - drawdown), in the units above; shape (n,)."""
    part = _parts(tried, years)
    found: FloatArray = (
        0.4 * part["sharpe"] + 0.3 * part["return"] + 0.2 * part["wins"] + 0.1 * (1.0 - tried.figure("drawdown"))
    )
    return found


def scaled(tried: Tried, years: float) -> FloatArray:
    """100 Sharpe + 50 return + 100 (1 - drawdown) + 50 win rate + 25 profit factor, in the units above; shape (n,)."""
    part = _parts(tried, years)
    found: FloatArray = (
        100.0 * part["sharpe"]
        + 50.0 * part["return"]
        + 100.0 * (1.0 - tried.figure("drawdown"))
        + 50.0 * part["wins"]
        + 25.0 * part["factor"]
    )
    return found


def violation(tried: Tried, settings: SearchSettings) -> FloatArray:
    """How far each genome is from the constraints, 0.0 where it keeps them; shape (n,)."""
    lacking = np.maximum(0.0, 1.0 - tried.figure("trades") / settings.least_trades)
    deep = np.maximum(0.0, tried.figure("drawdown") / settings.most_drawdown - 1.0)
    return np.asarray(lacking + deep)


def objectives_of(problem: Problem, tried: Tried) -> FloatArray:
    """Columns OBJECTIVES, all to be made as large as can be: the drawdown is negated; shape (n, 3)."""
    growth = np.log(np.maximum(tried.figure("equity"), 1e-9)) / years_of(problem)
    return np.column_stack((fitness_of(problem, tried), growth, -tried.figure("drawdown")))


def years_of(problem: Problem) -> float:
    """Length of the training bars, from the first to the last of any symbol, years."""
    first = min(int(one.panel.ts[0]) for one in problem.grounds)
    last = max(int(one.panel.ts[-1]) for one in problem.grounds)
    return max(float(last - first) / (DAYS_PER_YEAR * DAY), 1.0 / DAYS_PER_YEAR)


def _parts(tried: Tried, years: float) -> dict[str, FloatArray]:
    trades, total, squares = (tried.figure(name) for name in ("trades", "returns", "squares"))
    some = np.maximum(trades, 1.0)
    spread = np.sqrt(np.maximum(squares - total * total / some, 0.0))
    sharpe = np.where(spread > 0.0, total / np.where(spread > 0.0, spread, 1.0) / math.sqrt(years), 0.0)
    growth = np.expm1(np.clip(np.log(np.maximum(tried.figure("equity"), 1e-9)) / years, -1.0, math.log(2.0)))
    loss = tried.figure("loss")
    factor = np.where(loss > 0.0, tried.figure("gain") / np.where(loss > 0.0, loss, 1.0), MOST_FACTOR)
    return {
        "sharpe": np.clip(sharpe, -MOST_SHARPE, MOST_SHARPE) / MOST_SHARPE,
        "return": growth,
        "wins": tried.figure("wins") / some,
        "factor": np.where(trades > 0.0, np.clip(factor, 0.0, MOST_FACTOR) / MOST_FACTOR, 0.0),
    }
