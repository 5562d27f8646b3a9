"""Bootstrapped years against backtests of the same panels, written out row by row."""

import math
import tracemalloc

import numpy as np
import pytest
from drawn_markets import random_books
from markets import same_bits
from panel_rows import rows_of

from models.bootstrap import stationary_rows
from models.engine import run_backtest
from models.engine.panel import DIVIDEND, GATE, SPLIT, empty_panel
from models.ensemble import bootstrap_candles, walking
from models.ensemble.path import closes_before, write_path
from models.ensemble.walking import figures_of, growth_of, room_for, walk
from models.execution import Bar, is_usable
from models.kernels.compile import config
from models.portfolio.drawdown import deepest_drawdown
from models.portfolio.returns import funded, whole_return
from models.types import BadInput, Leg, Reason

SEEDS = range(12)
NAMES = ("total_return", "max_drawdown", "trades", "costs", "stopped")


def whole_books(seed, times=400):
    """Books of everything, whose symbols all have a bar in the first row; nothing from outside and no finer bars."""
    books = random_books(seed, times)
    panel = books.panel
    panel.prices[0] = [[one, 1.01 * one, 0.99 * one, one, 1e4] for one in (40.0, 90.0, 900.0)]
    panel.events[:], panel.finer_rows[:], panel.decided[:], panel.tails[:, :, 3] = 0.0, 0, True, 0.0
    return panel, books.parameters(), books.start()


def levels_of(panel, parameters, state):
    """The level of the account's stops after each row, each in a backtest of its own."""
    levels = []
    for t in range(panel.ts.size):
        state = run_backtest(rows_of(panel, slice(t, t + 1)), parameters, state).state
        levels.append(state.ladder[6])
    return np.array(levels)


def figures_by_hand(panel, parameters, start):
    """From a backtest, as reports take them."""
    run = run_backtest(panel, parameters, start)
    curve = funded(np.append(start.accounts[:, 1].sum(), run.equity))
    closed = [one for one in run.executions() if one.leg not in (Leg.ENTRY, Leg.ADD)]
    costs = sum(run.state.total(one) - start.total(one) for one in ("fees", "slip", "carry"))
    stopped = (levels_of(panel, parameters, start) > 0.0).mean()
    return whole_return(curve), deepest_drawdown(curve), float(len(closed)), costs, stopped


def path_by_hand(panel, rows):
    """The path of `rows` from the panel's newest closes and time, one number after the other."""
    symbols, last = panel.close.shape[1], panel.ts[-1]

    def before(row, i):
        split = 1.0
        for t in range(row - 1, -1, -1):
            if is_usable(Bar(*panel.prices[t, i])):
                return panel.close[t, i], split
            split *= panel.actions[t, i, SPLIT]
        return math.nan, 1.0

    path = empty_panel(np.zeros(len(rows), np.int64), symbols, np.empty((0, 2)))._replace(links=panel.links)
    now = [close / split for close, split in (before(panel.ts.size, i) for i in range(symbols))]
    for k, row in enumerate(rows):
        last = path.ts[k] = last + panel.ts[row] - panel.ts[row - 1]
        path.link_rows[k] = panel.link_rows[row]
        for name in ("prices", "figures", "codes", "actions", "tails"):
            getattr(path, name)[k] = getattr(panel, name)[row]
        for i in range(symbols):
            close, split = before(row, i)
            scale = now[i] / (close / split)
            path.prices[k, i, :4] *= scale
            path.actions[k, i, DIVIDEND] *= scale if scale > 0.0 else 0.0
            if is_usable(Bar(*path.prices[k, i])):
                now[i] = path.close[k, i]
            else:
                now[i] /= panel.actions[row, i, SPLIT]
            if not scale > 0.0:
                path.codes[k, i, GATE] = int(Reason.REFUSED_NO_BAR)
    return path


@pytest.mark.parametrize("seed", SEEDS)
def test_one_block_in_order_is_the_backtest_to_the_bit(seed):
    panel, parameters, start = whole_books(seed)
    run = run_backtest(rows_of(panel, slice(1, None)), parameters, start)
    room, before = room_for(panel, start, panel.ts.size - 1), closes_before(panel)
    write_path(panel, before, np.arange(1, panel.ts.size), before[1].copy(), int(panel.ts[0]), room.path)
    walk(parameters, start, room)
    for name in ("equities", "held", "reasons"):
        assert same_bits(getattr(room, name), getattr(run, name)), name
    for name in ("ladder", "accounts", "book", "records"):
        assert same_bits(getattr(room.state, name), getattr(run.state, name)), name
    *others, costs, stopped = figures_of(start, room)
    total, depth, trades, spent, held = figures_by_hand(rows_of(panel, slice(1, None)), parameters, start)
    assert others == [total, depth, trades]
    assert stopped == held
    assert costs == pytest.approx(spent, rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("block", [1.0, 12.0, math.inf])
@pytest.mark.parametrize("seed", SEEDS)
def test_paths_are_backtests_of_panels_put_together_by_hand(seed, block):
    panel, parameters, start = whole_books(seed, 200)
    found = bootstrap_candles(panel, parameters, start, 3, 120, block, 77)
    for path, sequence in enumerate(np.random.SeedSequence(77).spawn(3)):
        rows = 1 + stationary_rows(panel.ts.size - 1, 120, block, np.random.default_rng(sequence))
        own = figures_by_hand(path_by_hand(panel, rows), parameters, start)
        for name, value in zip(NAMES, own, strict=True):
            assert getattr(found, name)[path] == pytest.approx(value, rel=1e-12, abs=1e-9), name


def test_these_books_trade_and_are_stopped():
    found = [bootstrap_candles(*whole_books(seed, 200), 3, 120, 12.0, 77) for seed in SEEDS]
    trades, stopped = (np.concatenate([getattr(one, name) for one in found]) for name in ("trades", "stopped"))
    assert trades.sum() > 400
    assert ((stopped > 0.0) & (stopped < 1.0)).sum() > 5
    assert (stopped == 0.0).sum() > 5


@pytest.mark.parametrize(
    ("first", "equities", "growth"),
    [
        (100.0, [[60.0, 60.0], [40.0, 50.0], [70.0, 80.0], [60.0, 50.0]], (0.1, 0.26666666666666666)),
        (100.0, [[80.0, 0.0]], (-0.19999999999999996, 0.19999999999999996)),
        (100.0, [[60.0, 60.0], [-40.0, 40.0], [90.0, 90.0]], (-1.0, 1.0)),
        (100.0, [[60.0, -70.0], [90.0, 90.0]], (-1.0, 1.0)),
        (0.0, [[10.0, 0.0]], (-1.0, 1.0)),
    ],
)
def test_growth_of_equities_by_hand(first, equities, growth):
    assert growth_of(np.array(equities), first) == pytest.approx(growth, rel=1e-12)


def all_bits(figures):
    return b"".join(getattr(figures, name).tobytes() for name in NAMES)


def test_threads_change_nothing(monkeypatch):
    given = whole_books(3, 200)
    seen = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(config, "NUMBA_NUM_THREADS", threads)
        seen.append(all_bits(bootstrap_candles(*given, 40, 90, 10.0, 5)))
    assert len(set(seen)) == 1
    assert all_bits(bootstrap_candles(*given, 40, 90, 10.0, 6)) != seen[0]


def test_a_path_does_not_depend_on_how_many_there_are():
    given = whole_books(4, 200)
    few, many = (bootstrap_candles(*given, paths, 90, 10.0, 5) for paths in (3, 30))
    for name in NAMES:
        assert same_bits(getattr(many, name)[:3], getattr(few, name)), name
    assert np.unique(many.total_return).size > 15


@pytest.mark.parametrize("seed", SEEDS)
def test_full_tables_change_nothing(seed, monkeypatch):
    given = whole_books(seed, 200)
    roomy = all_bits(bootstrap_candles(*given, 4, 150, 10.0, 5))
    monkeypatch.setattr(walking, "SPARE_ROWS", 0)
    assert all_bits(bootstrap_candles(*given, 4, 150, 10.0, 5)) == roomy


def test_what_is_given_is_not_changed():
    panel, parameters, start = whole_books(5, 200)
    kept, before = start.copy(), [one.tobytes() for one in panel]
    bootstrap_candles(panel, parameters, start, 2, 90, 10.0, 5)
    assert [one.tobytes() for one in panel] == before
    for name in ("ladder", "accounts", "book", "records"):
        assert same_bits(getattr(start, name), getattr(kept, name)), name


@pytest.mark.parametrize("seed", [2, 3, 6, 11])
def test_a_book_goes_on_from_what_it_holds(seed):
    """Positions, orders that wait, and stops that hold."""
    panel, parameters, start = whole_books(seed, 300)
    held = run_backtest(panel, parameters, start).state
    assert held.ladder[6] > 0.0 or np.any(held.book[:, 0] != 0.0)
    found = bootstrap_candles(panel, parameters, held, 2, 50, math.inf, 8)
    for path, sequence in enumerate(np.random.SeedSequence(8).spawn(2)):
        rows = 1 + stationary_rows(299, 50, math.inf, np.random.default_rng(sequence))
        own = figures_by_hand(path_by_hand(panel, rows), parameters, held)
        assert [getattr(found, name)[path] for name in NAMES] == pytest.approx(own, rel=1e-12, abs=1e-9)


def test_memory_is_bounded_by_threads():
    given = whole_books(6, 200)
    peaks = []
    for paths in (40, 40, 2_000):
        tracemalloc.start()
        bootstrap_candles(*given, paths, 60, 10.0, 5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # Five figures of each path, and the copy of them that is handed back. How many rooms there are at once is chance; a
    # room for each path would be hundreds of times as much.
    assert peaks[2] - 2_000 * 5 * 8 * 2 < 8 * peaks[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"paths": 0}, "0 paths of 9 rows"),
        ({"length": 0}, "4 paths of 0 rows"),
        ({"block": 0.5}, "mean block of 0.5"),
        ({"block": math.nan}, "mean block of nan"),
        ({"seed": -1}, "seed of -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change, words):
    with pytest.raises(BadInput, match=words):
        bootstrap_candles(*whole_books(1, 50), **{"paths": 4, "length": 9, "block": 2.0, "seed": 1} | change)


def test_a_panel_of_one_row_is_refused():
    panel, parameters, start = whole_books(1, 50)
    with pytest.raises(BadInput, match="panel of 1 rows"):
        bootstrap_candles(rows_of(panel, slice(0, 1)), parameters, start, 1, 5, 2.0, 1)
