"""What came of each genome of a population, over all symbols, as sums that fitness reads."""

from dataclasses import dataclass, replace

import numpy as np

from models.engine import evaluate_on
from models.engine.scores import FIGURES, GROUPED
from models.evolution.problem import Problem, at_costs
from models.evolution.translating import rules_rows
from models.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """Of n genomes.

    Attributes:
        groups: shape (n, n_groups, 3), columns of Evaluations.by_group, summed over the symbols.
        figures: shape (n, 11), columns of Evaluations.figures: sums over the symbols, but for `equity`, the mean over
            the symbols of last equity over first, and `drawdown`, the largest.
        general: the same sums of groups, on the bars of every regime; None where they are not wanted.
    """

    groups: FloatArray
    figures: FloatArray
    general: FloatArray | None

    def figure(self, name: str) -> FloatArray:
        """One column of the figures, shape (n,)."""
        return self.figures[:, FIGURES.index(name)]


def tried(problem: Problem, genes: FloatArray, costs: float) -> Tried:
    """Run each row of `genes` (n, 8) on every symbol at so many times the costs."""
    groups, figures = _run(problem, genes, costs, True)
    return Tried(groups, figures, _run(problem, genes, costs, False)[0] if problem.pooled > 0.0 else None)


def _run(problem: Problem, genes: FloatArray, costs: float, own: bool) -> tuple[FloatArray, FloatArray]:
    count, symbols = genes.shape[0], len(problem.grounds)
    rules, variants = rules_rows(problem.specialist, genes, problem.terms), problem.variants_of(genes)
    groups = np.zeros((count, problem.settings.groups, len(GROUPED)))
    figures = np.zeros((count, len(FIGURES)))
    drawdowns = np.zeros(count)
    for symbol in range(symbols):
        parameters = at_costs(problem.grounds[symbol].parameters, costs)
        for variant in np.unique(variants).tolist():
            rows = np.flatnonzero(variants == variant)
            course = problem.course(symbol, variant) if own else problem.general(symbol, variant)
            done = evaluate_on(replace(course, parameters=parameters), rules[rows])
            groups[rows, : done.by_group.shape[1]] += done.by_group
            sums = done.figures.copy()
            sums[:, FIGURES.index("equity")] /= problem.grounds[symbol].capital * symbols
            figures[rows] += sums
            drawdowns[rows] = np.maximum(drawdowns[rows], done.figure("drawdown"))
    figures[:, FIGURES.index("drawdown")] = drawdowns
    return groups, figures
