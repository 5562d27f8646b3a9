"""A genome in the ordinary backtest: its equity, and whether that is to the bit what the search saw."""

from dataclasses import dataclass, replace

import numpy as np

from models.engine import Run, System, course_of, evaluate_on, first_state, parameters_of, run_backtest
from models.engine.trades import trades_of
from models.evolution.ground import Ground
from models.evolution.problem import at_costs, seen
from models.evolution.translating import STRUCTURAL, Terms, names_of, rules_rows
from models.portfolio import Trade, bar_returns
from models.portfolio.intervals import daily_returns
from models.specialists.rules import Rules
from models.types import FloatArray, IntArray, Regime
from models.types.timeframes import DAY


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """Midnights of UTC days, microseconds, ascending, and returns on these days, fractions; shape (n_days,) each."""

    days: IntArray
    returns: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """One genome over some bars of every symbol, each with an account of its own.

    Attributes:
        runs: of each symbol. trades: closed trades of all, symbol after symbol.
        stream: mean of the accounts' returns on each day.
        matched: whether the evaluator of searches ends with the same account, position and stops, to the bit.
    """

    runs: tuple[Run, ...]
    trades: tuple[Trade, ...]
    stream: Stream
    matched: bool


def walked(
    grounds: tuple[Ground, ...], specialist: Regime, genes: FloatArray, terms: Terms, costs: float = 1.0
) -> Walked:
    """Run the genome of these `genes`, shape (8,), through the ordinary backtest at so many times the costs."""
    rules = rules_rows(specialist, genes[None, :], terms)[0]
    runs = _runs(grounds, specialist, genes, rules, costs)
    matched = all(_same(run, ground, rules, costs) for run, ground in zip(runs, grounds, strict=True))
    trades = tuple(one for run in runs for one in trades_of(run.executions(), run.intents(), {}))
    return Walked(runs, trades, _daily(runs), matched)


def streams_of(grounds: tuple[Ground, ...], specialist: Regime, genes: FloatArray, terms: Terms) -> FloatArray:
    """Daily returns of each row of `genes` (n, 8) in the ordinary backtest, shape (n_days, n)."""
    rules = rules_rows(specialist, genes, terms)
    columns = [
        _daily(_runs(grounds, specialist, row, rule, 1.0)).returns for row, rule in zip(genes, rules, strict=True)
    ]
    return np.column_stack(columns)


def stitched(streams: list[Stream]) -> Stream:
    """Streams one after the other; a day that two of them share has the returns of both, compounded."""
    days = np.unique(np.concatenate([one.days for one in streams]))
    growth = np.ones(days.size)
    for one in streams:
        growth[np.searchsorted(days, one.days)] *= 1.0 + one.returns
    return Stream(days, growth - 1.0)


def _runs(
    grounds: tuple[Ground, ...], specialist: Regime, genes: FloatArray, rules: FloatArray, costs: float
) -> tuple[Run, ...]:
    runs = []
    for ground in grounds:
        system = _system(ground, rules, costs)
        parameters = parameters_of((system,), ground.parameters.house)
        runs.append(
            run_backtest(seen(ground, specialist, _variant(specialist, genes)), parameters, first_state((system,)))
        )
    return tuple(runs)


def _variant(specialist: Regime, genes: FloatArray) -> int:
    """Number of the market that a genome sees, as Problem.variants_of."""
    if specialist not in STRUCTURAL:
        return 0
    name, values = STRUCTURAL[specialist]
    return int(np.abs(np.array(values) - genes[names_of(specialist).index(name)]).argmin())


def _system(ground: Ground, rules: FloatArray, costs: float) -> System:
    """The ground's system with these rules in every regime."""
    system = ground.parameters.systems[0]
    slot = system.slots[0]
    instrument = type(slot.instrument)(*at_costs(ground.parameters, costs).instruments[0].tolist())
    own = (Rules(*rules.tolist()),) * len(Regime)
    return replace(system, slots=(replace(slot, instrument=instrument, rules=own),), capital=ground.capital)


def _same(run: Run, ground: Ground, rules: FloatArray, costs: float) -> bool:
    course = course_of(run.panel, at_costs(ground.parameters, costs), ground.capital)
    done = evaluate_on(course, rules[None, :])
    pairs = ((done.accounts, run.state.accounts), (done.books, run.state.book), (done.ladders[0], run.state.ladder))
    return all(ours.tobytes() == theirs.tobytes() for ours, theirs in pairs)


def _daily(runs: tuple[Run, ...]) -> Stream:
    """From the first to the last day of any of them; an account stands still on days on which it has no bar."""
    first = min(int(run.panel.ts[0]) for run in runs) // DAY
    last = max(int(run.panel.ts[-1]) for run in runs) // DAY
    total = np.zeros(last - first + 1)
    for run in runs:
        later = run.panel.ts[1:]
        total[np.unique(later // DAY) - first] += daily_returns(bar_returns(run.equity), later)
    return Stream((np.arange(first, last + 1) * DAY).astype(np.int64), total / len(runs))
