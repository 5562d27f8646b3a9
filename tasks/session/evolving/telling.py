"""A winner's walks as figures, curves and the candidate that is reported."""

from collections.abc import Sequence

import numpy as np

from models.engine import Run
from models.engine.panel import DIVIDEND, SPLIT
from models.evidence import Gate
from models.evolution.fitness import OBJECTIVES
from models.evolution.fronts import front_of
from models.evolution.searching import broken_by
from models.evolution.state import SearchState
from models.evolution.streams import Stream, Walked, stitched, walked
from models.evolution.translating import genome_of_row
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.intervals import daily_returns
from models.portfolio.returns import sharpe_ratio
from models.portfolio.trades import profit_factor, profits_of, win_rate
from models.specialists.genomes import Genome, Lineage
from models.types import BoolArray, FloatArray, IntArray, Regime
from models.types.timeframes import DAY
from tasks.session.backtesting.measuring import costs, last_closes
from tasks.session.evolving.plan import Fold
from tasks.session.evolving.report import Brief, Candidate, Curve, FoldFound
from tasks.session.evolving.searching import Searched

DAYS_PER_YEAR = 365.25


def candidate_of(
    run: str,
    whole: Searched,
    folds: Sequence[Searched],
    plan: Sequence[Fold],
    inside: Walked,
    outside: Sequence[Walked],
    gates: tuple[Gate, ...],
    trials: int,
    effective: float,
) -> Candidate:
    """Everything that is told of a specialist's winner: `inside` is its walk on the training window, `outside` those of
    the folds' winners on their test bars.
    """
    state = whole.state
    front, figures = _front(state)
    return Candidate(
        specialist=whole.problem.specialist,
        genome=genome_of(run, whole),
        in_sample=brief_of([inside]),
        out_of_sample=brief_of(outside),
        gates=gates,
        folds=tuple(_fold(run, *one) for one in zip(folds, plan, outside, strict=True)),
        curve=state.curve,
        bars=whole.problem.bars,
        pooled=whole.problem.pooled,
        trials=trials,
        effective=effective,
        front=front,
        front_figures=figures,
        front_names=OBJECTIVES,
        inside=curve_of(inside.stream),
        outside=curve_of(stitched([one.stream for one in outside])),
        matched=inside.matched and all(one.matched for one in outside),
    )


def genome_of(run: str, found: Searched) -> Genome:
    """A search's winner, with where it came from."""
    origin = f"keel evolve {run} {found.problem.name}"
    lineage = Lineage((), found.champion.born, origin, found.problem.settings.seed)
    return genome_of_row(found.problem.specialist, found.champion.genes, lineage)


def brief_of(found: Sequence[Walked]) -> Brief:
    """Figures of walks one after the other, of the mean account; the drawdown is at daily closes."""
    stream = stitched([one.stream for one in found])
    profits = profits_of([trade for one in found for trade in one.trades])
    equity = curve_of(stream).equity
    return Brief(
        total_return=float(equity[-1] - 1.0),
        sharpe=sharpe_ratio(stream.returns, DAYS_PER_YEAR),
        max_drawdown=deepest_drawdown(np.append(1.0, equity)),
        win_rate=win_rate(profits),
        profit_factor=profit_factor(profits),
        costs=float(sum(costs(run) for one in found for run in one.runs)),
        trades=profits.size,
    )


def curve_of(stream: Stream) -> Curve:
    """Equity at the end of each day, of one that began with 1.0."""
    return Curve(stream.days, np.asarray(np.cumprod(1.0 + stream.returns), np.float64))


def held_alike(found: Walked, specialist: Regime) -> FloatArray:
    """Daily returns of holding, through every bar of the specialist's regime, as much of the equity as it held in these
    bars on average, and so in the bars of all others, into which it holds on; short where it was short; without costs;
    mean over the symbols, on the days of the walk, shape (n_days,).

    What a specialist earns beyond it is owed to its choice of moments, not to being in the market.
    """
    total = np.zeros(found.stream.days.size)
    for run in found.runs:
        total += _held_by_day(run, specialist, found.stream.days)
    return total / len(found.runs)


def _held_by_day(run: Run, specialist: Regime, days: IntArray) -> FloatArray:
    moved = _moved(run)
    there = run.panel.regime[:-1, 0] == specialist
    share = _stake(run)[:-1]
    mean = np.where(there, _mean_where(share, there), _mean_where(share, ~there))
    later = run.panel.ts[1:]
    found = np.zeros(days.size)
    found[np.searchsorted(days, np.unique(later // DAY) * DAY)] = daily_returns(mean * moved, later)
    return found


def _moved(run: Run) -> FloatArray:
    """What one unit earned over each bar after the first, splits gone along with and dividends paid; a fraction of its
    price, shape (n_times - 1,); 0 before the first price.
    """
    closes, actions = last_closes(run)[:, 0], run.panel.actions[1:, 0]
    known = closes[:-1] > 0.0
    worth = closes[1:] * actions[:, SPLIT] + actions[:, DIVIDEND]
    return np.where(known, worth / np.where(known, closes[:-1], 1.0) - 1.0, 0.0)


def _stake(run: Run) -> FloatArray:
    """Value of the position over equity, below zero where it is short, shape (n_times,); 0 where nothing is left."""
    funded = run.equity > 0.0
    return np.where(funded, run.held[:, 0] * last_closes(run)[:, 0] / np.where(funded, run.equity, 1.0), 0.0)


def _mean_where(values: FloatArray, chosen: BoolArray) -> float:
    return float(values[chosen].mean()) if chosen.any() else 0.0


def _front(state: SearchState) -> tuple[FloatArray, FloatArray]:
    """Genomes and objectives that no other survivor beats, of those that keep the constraints."""
    usable = np.flatnonzero(broken_by(state.front_figures) == 0.0)
    if not usable.size:
        return state.front[:0], state.front_figures[:0]
    rows = usable[front_of(state.front_figures[usable])]
    return state.front[rows], state.front_figures[rows]


def _fold(run: str, found: Searched, fold: Fold, outside: Walked) -> FoldFound:
    problem = found.problem
    opens = [one.panel.ts for one in problem.grounds]
    return FoldFound(
        number=fold.number,
        train=(min(int(ts[0]) for ts in opens), max(int(ts[-1]) for ts in opens)),
        test=(int(outside.runs[0].panel.ts[0]), int(outside.runs[0].panel.ts[-1])),
        genome=genome_of(run, found),
        in_sample=brief_of([_inside(found)]),
        out_of_sample=brief_of([outside]),
        curve=found.state.curve,
    )


def _inside(found: Searched) -> Walked:
    """The winner of a fold on the bars that it was found on."""
    return walked(found.problem.grounds, found.problem.specialist, found.champion.genes, found.problem.terms)
