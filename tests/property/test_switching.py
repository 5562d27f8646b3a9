"""No specialist is switched without a changed regime or a verdict that held in three of the last five decisions, none
inside the dead band, none lost over a restart.
"""

import itertools
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from drawn_markets import Books, random_books
from hypothesis import given, settings
from hypothesis import strategies as st
from markets import same_bits
from panel_rows import rows_of
from stepping import bar_by_bar, row_of, stored

from models.engine import Run, State, System, run_backtest
from models.engine.panel import REGIME
from models.engine.parameters import GUIDE, HAVEN
from models.engine.tables import SWITCH_CAUSE, SWITCH_T
from models.meta import NOBODY
from models.meta.controller import BENCHED, PERFORMANCE
from models.specialists import OFF
from models.types import Cause, Leg, Reason, Regime

pytestmark = pytest.mark.risk

NEEDED, DECISIONS = 3, 5
FORBID_ALL = (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA, Reason.REFUSED_BAD_PRICE)


def adaptive_books(seed: int, times: int = 200) -> Books:
    """Controllers that bench soon, with a dead band or none."""
    rng, books = np.random.default_rng([seed, 3]), random_books(seed, times)

    def nervous(system: System) -> System:
        least = float(rng.choice([0.0, 0.002, 0.01, 0.05]))
        controller = system.controller._replace(
            adaptive=1.0,
            underperformance=least,
            recovery=least * float(rng.choice([0.0, 0.4, 1.0])),
            prior_trades=float(rng.choice([0.0, 5.0])),
            memory_days=float(rng.choice([2.0, 8.0, OFF])),
        )
        profile = system.profile._replace(max_drawdown=0.9)
        slots = tuple(replace(slot, rules=tuple(eager(one) for one in slot.rules)) for slot in system.slots)
        return replace(system, controller=controller, profile=profile, slots=slots)

    def eager(rules):
        return rules if rules.weight < OFF else rules._replace(max_entries=OFF, max_bars=min(rules.max_bars, 6.0))

    panel = books.panel._replace(events=np.zeros_like(books.panel.events))
    return Books(panel, tuple(map(nervous, books.systems)))


@cache
def history(seed: int) -> tuple[Books, list[Run]]:
    """A run for each bar, its state as it was at that close."""
    books = adaptive_books(seed)
    return books, list(bar_by_bar(books))


seeds = st.integers(0, 300)


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_a_bench_changes_by_three_of_five_and_never_inside_the_dead_band(seed):
    books, runs = history(seed)
    decided = [run for run, on in zip(runs, books.panel.decided, strict=True) if on]
    for k, system in enumerate(books.systems):
        under, back = -system.controller.underperformance, -system.controller.recovery
        for one in Regime:
            benched = [False, *(bool(run.state.records[k, one, BENCHED]) for run in decided)]
            performance = [run.state.records[k, one, PERFORMANCE] for run in decided]
            for t, (before, after) in enumerate(itertools.pairwise(benched)):
                if before == after:
                    continue
                last = performance[max(0, t + 1 - DECISIONS) : t + 1]
                speaks = [value < under if after else value >= back for value in last]
                assert sum(speaks) >= NEEDED
                assert not under <= performance[t] < back
                assert speaks[-1]


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_nobody_is_switched_without_a_changed_regime_or_bench(seed):
    books, runs = history(seed)
    slots, firsts = runs[0].parameters.slots, runs[0].parameters.firsts
    regimes, benches = {}, {}
    for t, run in enumerate(runs):
        state, switched = run.state, {int(row[1]): row.astype(int).tolist() for row in run.switches}
        for i, (_, guide, haven) in enumerate(slots.tolist()):
            system = int(np.searchsorted(firsts, i, "right")) - 1
            charge = int(state.position(i).charge)
            if not books.panel.decided[t] or run.reasons[0, i] in FORBID_ALL:
                assert i not in switched
                continue
            regime = int(books.panel.codes[t, guide, REGIME])
            benched = tuple(state.records[system, :, BENCHED]) if not haven else (0.0,) * 4
            if i in switched:
                _, _, before, after, cause = switched[i]
                assert after == charge != before
                assert regimes.get(i) != regime or benches[i] != benched
                assert (cause == Cause.REGIME) == (regimes.get(i) != regime)
                if cause == Cause.RECOVERED:
                    back = regime if after == regime else after
                    assert benches[i][back]
                    assert not benched[back]
                if cause == Cause.UNDERPERFORMED:
                    assert benched[before]
                    assert not benches[i][before]
            elif i in regimes:
                assert charge == last_charge(runs, t, i)
            regimes[i], benches[i] = regime, benched
            assert charge == regime if not benched[regime] else charge != regime
            assert charge == NOBODY or not benched[charge]
            # That of the crisis knows no other market, and in a crisis nobody stands in.
            assert charge in (regime, NOBODY) if regime == Regime.CRISIS else charge != Regime.CRISIS


def last_charge(runs: list[Run], t: int, row: int) -> int:
    return int(runs[t - 1].state.position(row).charge)


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_where_nobody_is_in_charge_nothing_is_opened(seed):
    _, runs = history(seed)
    for run in runs:
        for one in run.orders.astype(float).tolist():
            position = run.state.position(int(one[1]))
            if position.quantity == 0.0:
                assert position.charge != NOBODY
                assert position.owner == position.charge


@settings(max_examples=30, deadline=None)
@given(seed=seeds, cuts=st.lists(st.integers(0, 200), min_size=1, max_size=4))
def test_no_switch_is_lost_over_a_restart(seed, cuts):
    """The state goes through the text of a journal at each cut; bar by bar is the sharpest of them."""
    books, runs = history(seed)
    whole = run_backtest(books.panel, books.parameters(), books.start())
    alone = [run.switches.copy() for run in runs]
    for t, table in enumerate(alone):
        table[:, SWITCH_T] = t
    assert same_bits(np.concatenate(alone), whole.switches)
    state, found, at = books.start(), [], 0
    for cut in [*sorted(cuts), books.panel.ts.size]:
        part = run_backtest(rows_of(books.panel, slice(at, cut)), books.parameters(), stored(state))
        table = part.switches.copy()
        table[:, SWITCH_T] += at
        state, at = part.state, cut
        found.append(table)
    assert same_bits(np.concatenate(found), whole.switches)
    for name in State.__slots__:
        assert same_bits(getattr(state, name), getattr(whole.state, name)), name
        assert same_bits(getattr(runs[-1].state, name), getattr(whole.state, name)), name


@settings(max_examples=30, deadline=None)
@given(seed=seeds, t=st.integers(40, 199))
def test_who_is_benched_comes_back_without_trades_once_all_is_forgotten(seed, t):
    """From a bar on nothing moves and nobody predicts: `memory_days` and three decisions later all are back."""
    books, runs = history(seed)
    for k, system in enumerate(books.systems):
        memory = min(system.controller.memory_days, 30.0)
        controller = system.controller._replace(memory_days=memory)
        alone = replace(system, controller=controller)
        state = stored(runs[t].state)
        rows = slice(*runs[t].parameters.firsts[k : k + 2])
        state = replace(
            state, accounts=state.accounts[k : k + 1], book=state.book[rows] * 1.0, records=state.records[k : k + 1]
        )
        state.book[:, [0, 1, 11]] = 0.0
        panel = row_of(books.panel, t)
        panel.prices[:] = [100.0, 100.0, 100.0, 100.0, 1e6]
        panel.figures[:] = np.nan
        panel.codes[:, :, 1] = 0
        panel.actions[:] = [1.0, 0.0]
        panel.decided[:] = True
        silent = replace(
            alone, slots=tuple(replace(slot, rules=tuple(mute(one) for one in slot.rules)) for slot in alone.slots)
        )
        day = 86_400_000_000
        for step in (memory + 1, 0.01, 0.01):
            panel.ts[:] += int(step * day)
            state = run_backtest(panel, Books(panel, (silent,)).parameters(), state).state
        assert not state.records[:, :, BENCHED].any()
        assert not state.records[:, :, PERFORMANCE].any()
        guides = [slot.guide for slot in system.slots]
        assert state.book[:, 16].tolist() == panel.codes[0, guides, REGIME].tolist()


def mute(rules):
    return rules._replace(weight=OFF)


def test_there_are_enough_switches_of_every_cause():
    """Or the tests above would show nothing."""
    causes, after, legs, benched = Counter(), Counter(), Counter(), 0
    for seed in range(40):
        books = adaptive_books(seed)
        run = run_backtest(books.panel, books.parameters(), books.start())
        causes.update(Cause(int(one)) for one in run.switches[:, SWITCH_CAUSE])
        after.update(int(one) for one in run.switches[:, 3])
        legs.update(Leg(int(one)) for one in run.fills[:, 2])
        benched += int(run.state.records[:, :, BENCHED].sum())
        assert run.parameters.slots[:, [GUIDE, HAVEN]].shape[1] == 2
    assert min(causes[one] for one in Cause) > 100
    assert min(after[one] for one in (NOBODY, *Regime)) > 100
    assert benched > 20
