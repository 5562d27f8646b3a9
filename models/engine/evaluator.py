"""The evaluator of searches: many genomes on one symbol's bars, each with position and account as plain values.

It decides with the fold's own scalar functions and ends, to the bit, where a backtest of each genome would.
"""

import math
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from models.engine.blocks import LONG, SHORT, Tables, tables_of
from models.engine.panel import CLOSE, CUT, REGIME, Panel
from models.engine.parameters import Parameters, genome_at, instrument_at, profile_at
from models.engine.passing import passed
from models.engine.scores import FIGURES, GROUPED, closed, counted, no_score, write_figures
from models.engine.skipping import (
    can_skip,
    flat_until,
    handed_over_at,
    held_at_most,
    held_until,
    least_edge,
    watched,
)
from models.engine.state import (
    State,
    account_at,
    first_state,
    keep_account,
    keep_ladder,
    keep_position,
    ladder_at,
    position_at,
)
from models.engine.walking import decided_on, traded
from models.kernels import compiled, in_threads
from models.risk import House, on_day
from models.specialists import Rules
from models.types import BadInput, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Evaluations:
    """What came of each genome.

    Attributes:
        figures: shape (n_genomes, 11), columns FIGURES. A trade is a round trip, from no position to no position, and
            its profit what cash changed by, with all fees, carry, dividends and paid-out fractions; its return is that
            profit over the cash (without a position: the equity) at the decision of its entry.
            trades, wins (profit above zero); gain and loss: sums of profits above and below zero, both positive;
            returns and squares: sums of the returns and of their squares; equity: at the last decision, an open
            position marked at its last close; drawdown: largest fall of the equity between trades from its highest
            yet, fraction; costs: fees, slippage and carry; held: bars at whose end there was a position; entries.
        accounts, books, ladders: shape (n_genomes, 11), (n_genomes, 20) and (n_genomes, 12): Account, Position and
            Ladder after the last bar.
        by_group: shape (n_genomes, n_groups, 3), columns GROUPED: number, and sums of the returns and of their squares,
            of the round trips that began and ended in one group of bars.
    """

    figures: FloatArray
    accounts: FloatArray
    books: FloatArray
    ladders: FloatArray
    by_group: FloatArray

    def figure(self, name: str) -> FloatArray:
        """One column of the figures by its name, shape (n_genomes,)."""
        return self.figures[:, FIGURES.index(name)]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Everything that a genome is run on, made ready once.

    Attributes:
        parameters: of the one symbol; rules and controller are not read.
        start: what each genome begins with.
        groups: number of the group of each bar, shape (n_bars,); -1: what begins or ends here counts for none.
        count: of the groups.
    """

    panel: Panel
    tables: Tables
    parameters: Parameters
    start: State
    groups: IntArray
    count: int


def course_of(
    panel: Panel, parameters: Parameters, capital: float, groups: IntArray | None = None, tables: Tables | None = None
) -> Course:
    """The panel's only symbol, and `capital` in cash. `tables` are those of another panel with the same prices, edges,
    regimes and actions.

    Raises:
        BadInput: the panel or the parameters have not exactly one symbol, or something came from outside.
    """
    symbols = panel.close.shape[1]
    if symbols != 1 or parameters.instruments.shape[0] != 1:
        found = f"the panel has {symbols}, the parameters have {parameters.instruments.shape[0]}"
        raise BadInput(f"a search runs on one symbol: {found}; cut both down to one")
    if panel.events.any() or panel.tails[:, :, CUT].any():
        raise BadInput("a search knows no deposits, releases and stops from outside; leave the events out of its panel")
    start = first_state((replace(parameters.systems[0], capital=capital),))
    known = tables_of(panel) if tables is None else tables
    numbers = np.full(panel.ts.size, -1) if groups is None else groups
    return Course(panel, known, parameters, start, numbers, int(numbers.max(initial=-1)) + 1)


def evaluate(
    panel: Panel, genomes: FloatArray, parameters: Parameters, capital: float, skip: bool = True
) -> Evaluations:
    """Run each of `genomes` (n_genomes, 32), the fields of Rules, in every regime of the panel's only symbol, from
    `capital` in cash. House, profile and instrument are those of `parameters`, whose rules and controller are not read.

    Without `skip` every bar is walked; nothing but the time differs.

    Raises:
        BadInput: as `course_of`, or the genomes have another number of columns.
    """
    return evaluate_on(course_of(panel, parameters, capital), genomes, skip, threads=True)


def evaluate_on(course: Course, genomes: FloatArray, skip: bool = True, threads: bool = False) -> Evaluations:
    """As `evaluate`; by default in the thread that calls, for a search is one of several that run side by side.

    Raises:
        BadInput: the genomes have another number of columns.
    """
    columns = len(Rules._fields)
    if genomes.ndim != 2 or genomes.shape[1] != columns:
        raise BadInput(f"genomes of shape {genomes.shape}; give one row of {columns} figures for each")
    count, start, parameters = genomes.shape[0], course.start, course.parameters
    done = Evaluations(
        np.zeros((count, len(FIGURES))),
        np.tile(start.accounts, (count, 1)),
        np.tile(start.book, (count, 1)),
        np.tile(start.ladder, (count, 1)),
        np.zeros((count, course.count, len(GROUPED))),
    )
    work = partial(
        run_genomes,
        course.panel,
        course.tables,
        np.ascontiguousarray(genomes, dtype=np.float64),
        parameters.house,
        parameters.profiles,
        parameters.instruments,
        skip,
        course.groups,
        done.figures,
        done.accounts,
        done.books,
        done.ladders,
        done.by_group,
    )
    if threads:
        in_threads(work, count)
    else:
        work(0, count)
    return done


@compiled
def run_genomes(
    panel: Panel,
    tables: Tables,
    genomes: FloatArray,
    house: House,
    profiles: FloatArray,
    instruments: FloatArray,
    skip: bool,
    groups: IntArray,
    figures: FloatArray,
    accounts: FloatArray,
    books: FloatArray,
    ladders: FloatArray,
    by_group: FloatArray,
    begin: int,
    end: int,
) -> None:
    """Run the genomes of rows `begin` to before `end`, and write their rows of figures, accounts, books and
    groups.
    """
    prices, signals, codes, actions = panel.prices, panel.figures, panel.codes, panel.actions
    decided, finer, finer_rows, tails = panel.decided, panel.finer, panel.finer_rows, panel.tails
    entry, low, high, close, edge = tables.entry, tables.low, tables.high, tables.close, tables.edge
    block_entry, block_low, block_high = tables.block_entry, tables.block_low, tables.block_high
    block_worst, block_crest, block_edge = tables.block_worst, tables.block_crest, tables.block_edge
    hazard, block_hazard = tables.hazard, tables.block_hazard
    days, day_begin, day_end, week_begin = tables.days, tables.day_begin, tables.day_end, tables.week_begin
    next_odd, next_change = tables.next_odd, tables.next_change
    bars = days.size
    profile, instrument = profile_at(profiles, 0), instrument_at(instruments, 0)
    cost_bps = 2e4 * (instrument.taker_fee + instrument.half_spread)
    for row in range(begin, end):
        rules = genome_at(genomes, row)
        position, account, ladder = position_at(books, row), account_at(accounts, row), ladder_at(ladders[row])
        score = no_score(account.cash)
        skips = skip and can_skip(rules, profile, house)
        side = SHORT if rules.shorts != 0.0 and instrument.shorts != 0.0 else LONG
        least = least_edge(rules, cost_bps)
        reason = 0
        group = -1
        t = 0
        while t < bars:
            if skips and t > 0 and position.ordered == 0.0 and decided[t - 1]:
                until, best, high_equity = t, position.best, -math.inf
                if position.quantity != 0.0:
                    if account.paused_until <= 0.0 and ladder.level <= 0.0 and ladder.scale == 1.0:
                        watch = watched(position, rules, instrument, account, ladder, profile, house)
                        last = held_at_most(t, bars, day_end[t - 1], position, rules, instrument)
                        last = min(last, handed_over_at(t, next_change[t], codes[t, 0, REGIME], position, rules))
                        sign = 1.0 if position.quantity > 0.0 else -1.0
                        until, best, high_equity = held_until(
                            low,
                            high,
                            close,
                            edge,
                            hazard,
                            block_low,
                            block_high,
                            block_worst,
                            block_crest,
                            block_edge,
                            block_hazard,
                            t,
                            last,
                            sign * best,
                            rules.exit_edge,
                            account.cash,
                            watch,
                        )
                        best = sign * best
                else:
                    until = flat_until(
                        entry,
                        block_entry,
                        prices,
                        signals,
                        codes,
                        days,
                        day_end,
                        next_odd,
                        t,
                        side,
                        least,
                        cost_bps,
                        rules,
                        reason,
                        account,
                        ladder,
                    )
                if until > t:
                    first, monday = day_begin[until - 1], week_begin[until - 1]
                    position, account, ladder = passed(
                        position,
                        account,
                        ladder,
                        until - t,
                        days[until - 1],
                        prices[until - 1, 0, CLOSE],
                        best,
                        high_equity if position.quantity != 0.0 else account.cash,
                        prices[first - 1, 0, CLOSE] if first > t else position.last,
                        prices[monday - 1, 0, CLOSE] if monday > t else position.last,
                        float(codes[until - 1, 0, REGIME]),
                        rules,
                        instrument.tick,
                    )
                    if position.quantity != 0.0:
                        score = counted(score, float(until - t), 0.0)
                    t = until
                    if t == bars:
                        break
            if days[t] != ladder.day:
                ladder = on_day(ladder, days[t])
            was_held = position.quantity != 0.0
            position, account, opened, usable = traded(
                prices, actions, finer, finer_rows, t, days[t], position, account, instrument
            )
            if opened:
                score = counted(score, 0.0, 1.0)
                group = groups[t]
            if position.quantity != 0.0:
                score = counted(score, 1.0, 0.0)
            elif was_held or opened:
                if group >= 0 and group == groups[t]:
                    share = (account.cash - score.cash) / score.cash
                    by_group[row, group, 0] += 1.0
                    by_group[row, group, 1] += share
                    by_group[row, group, 2] += share * share
                score = closed(score, account.cash)
            if decided[t]:
                position, account, ladder, reason = decided_on(
                    prices,
                    signals,
                    codes,
                    t,
                    tails,
                    usable,
                    position,
                    account,
                    ladder,
                    house,
                    profile,
                    rules,
                    instrument,
                )
            t += 1
        keep_position(books, row, position)
        keep_account(accounts, row, account)
        keep_ladder(ladders[row], ladder)
        write_figures(figures, row, score, account)
