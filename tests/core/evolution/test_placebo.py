"""A shuffled market keeps what its bars did, regime by regime, and nothing that was known before them."""

import numpy as np
import pytest
from genomes import ODD, random_symbol
from hypothesis import given
from hypothesis import strategies as st
from planted_markets import ground_of, only_in, planted, random_walk

from conf.genomes import default_genome
from models.engine import evaluate
from models.engine.blocks import odd_bars
from models.engine.panel import CLOSE, DIVIDEND, EDGE, GATE, HIGH, LOW, OPEN, REGIME, SPLIT, VOLUME, empty_panel
from models.evolution.ground import PERIODS, THRESHOLDS, Ground
from models.evolution.placebo import shuffled
from models.execution import Bar, is_usable
from models.specialists.translation import rules_of
from models.types import Regime
from models.types.timeframes import DAY

SEEDS = st.integers(0, 2**32)
ODDITIES = st.lists(st.sampled_from(ODD), unique=True).map(tuple)
KEPT = ("ts", "figures", "codes", "decided", "tails", "links", "link_rows", "events")


def around(panel) -> Ground:
    """The panel as a ground; nothing else of it is read."""
    bars = panel.ts.size
    ranges, labels = np.zeros((len(PERIODS), bars, 4)), np.zeros((len(THRESHOLDS), bars), np.int64)
    return Ground("S", panel, None, 1.0, ranges, labels)


def drawn(seed: int, bars: int, odd: tuple[str, ...]) -> Ground:
    return around(random_symbol(seed, bars, odd))


def rolled(ground: Ground, seed: int = 0) -> Ground:
    return shuffled(ground, np.random.default_rng(seed))


def usable(panel) -> np.ndarray:
    return np.array([is_usable(Bar(*row)) for row in panel.prices[:, 0].tolist()])


def free(panel) -> np.ndarray:
    """Bars that may move: traded on, without an action, and not the first that can be."""
    moves = ~odd_bars(panel.prices, panel.codes, panel.actions, np.ones_like(panel.decided))
    first = np.flatnonzero(usable(panel))[:1]
    moves[: first[0] + 1 if first.size else None] = False
    return moves


def before(panel) -> np.ndarray:
    """The plain way to the last usable close before each bar, in units before its own split."""
    last, found = np.nan, []
    for row, split, good in zip(panel.prices[:, 0], panel.actions[:, 0, SPLIT], usable(panel), strict=True):
        found.append(last)
        last = row[CLOSE] if good else last / split
    return np.array(found)


def moves(panel) -> np.ndarray:
    """Prices over the close before, and what was traded at that, one row a bar."""
    close, prices = before(panel), panel.prices[:, 0]
    return np.column_stack((prices[:, :VOLUME] / close[:, None], prices[:, VOLUME] * close))


def in_order(rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort(np.round(rows, 9).T)]


@given(seed=SEEDS, bars=st.integers(1, 120), odd=ODDITIES)
def test_bars_of_a_regime_exchange_what_they_did_and_the_others_stay(seed, bars, odd):
    ground = drawn(seed, bars, odd)
    fake, panel = rolled(ground, seed).panel, ground.panel
    old, new, may = moves(panel), moves(fake), free(panel)
    assert np.array_equal(usable(fake), usable(panel))
    np.testing.assert_allclose(new[~may], old[~may], rtol=1e-9)
    for regime in Regime:
        own = may & (panel.codes[:, 0, REGIME] == regime)
        np.testing.assert_allclose(in_order(new[own]), in_order(old[own]), rtol=1e-9)
    good = np.flatnonzero(usable(panel))
    for row in good[:1]:
        assert np.array_equal(fake.prices[: row + 1], panel.prices[: row + 1], equal_nan=True)
    for row in good[-1:]:
        np.testing.assert_allclose(fake.prices[row, 0, CLOSE], panel.prices[row, 0, CLOSE], rtol=1e-9)


@given(seed=SEEDS, bars=st.integers(2, 80), odd=ODDITIES)
def test_nothing_else_changes_and_the_original_does_not_at_all(seed, bars, odd):
    ground = drawn(seed, bars, odd)
    panel = ground.panel
    was = {name: getattr(panel, name).tobytes() for name in panel._fields}
    fake = rolled(ground, seed)
    assert {name: getattr(panel, name).tobytes() for name in panel._fields} == was
    for name in KEPT:
        assert getattr(fake.panel, name).tobytes() == was[name]
    assert np.array_equal(fake.panel.actions[:, :, SPLIT], panel.actions[:, :, SPLIT])
    assert fake.panel.finer.shape == (0, 2)
    assert (fake.panel.finer_rows[:, :, 0] == fake.panel.finer_rows[:, :, 1]).all()
    assert fake.ranges is ground.ranges
    assert fake.labels is ground.labels
    again = rolled(ground, seed)
    assert all(getattr(again.panel, name).tobytes() == getattr(fake.panel, name).tobytes() for name in panel._fields)


@given(seed=SEEDS)
def test_dividends_keep_their_share_of_the_price(seed):
    panel = random_symbol(seed, 100, ("dividends", "splits", "unknown"))
    fake = rolled(around(panel), seed).panel
    paid = np.flatnonzero((panel.actions[:, 0, DIVIDEND] > 0.0) & np.isfinite(before(panel)))
    shares = [one.actions[paid, 0, DIVIDEND] / before(one)[paid] for one in (fake, panel)]
    np.testing.assert_allclose(*shares, rtol=1e-9)


def test_bars_at_whose_close_nobody_decides_move_too():
    panel = random_symbol(4, 300, ("undecided",))
    undecided = np.flatnonzero(free(panel) & ~panel.decided)
    old, new = (moves(one)[undecided] for one in (panel, rolled(around(panel)).panel))
    assert undecided.size > 5
    # A bar may be drawn for its own place.
    assert np.isclose(old, new).all(axis=1).mean() < 0.2


def test_a_path_by_hand():
    # Two bars of one regime change places: +10 % after a gap, and +25 %. The blocked bar and the one of the split stay.
    rows = (
        (100.0, 100.0, 100.0, 100.0, 5.0),
        (105.0, 112.0, 104.0, 110.0, 4.0),
        (110.0, 137.5, 110.0, 137.5, 8.0),
        (np.nan, np.nan, np.nan, 275.0, 2.0),
        (68.75, 70.0, 68.75, 68.75, 1.0),
    )
    panel = empty_panel(np.arange(5) * DAY, 1, np.empty((0, 2)))
    panel.prices[:, 0] = rows
    panel.codes[:, 0, GATE] = 0
    panel.actions[4, 0] = (2.0, 1.375)
    seed = next(k for k in range(9) if np.random.default_rng(k).permutation(2)[0] == 1)
    fake = rolled(around(panel), seed).panel
    wanted = (
        (100.0, 100.0, 100.0, 100.0, 5.0),
        (100.0, 125.0, 100.0, 125.0, 8.8),
        (131.25, 140.0, 130.0, 137.5, 3.2),
        (np.nan, np.nan, np.nan, 275.0, 2.0),
        (68.75, 70.0, 68.75, 68.75, 1.0),
    )
    np.testing.assert_allclose(fake.prices[:, 0], wanted, rtol=1e-12)
    np.testing.assert_allclose(fake.actions[4, 0], (2.0, 1.375), rtol=1e-12)


def test_a_market_without_a_usable_bar_stays_as_it_is():
    panel = empty_panel(np.arange(3) * DAY, 1, np.empty((0, 2)))
    assert np.isnan(rolled(around(panel)).panel.prices).all()


@pytest.fixture(scope="module")
def rich() -> Ground:
    return ground_of(planted(20_000, 1))


def t_of(edge: np.ndarray, close: np.ndarray) -> float:
    """Of the correlation of edges with the next bar's return."""
    r = np.corrcoef(edge[:-1], np.diff(np.log(close)))[0, 1]
    return float(r * np.sqrt(edge.size - 2))


def test_edges_no_longer_know_what_comes(rich):
    assert t_of(rich.panel.edge[:, 0], rich.panel.close[:, 0]) > 10.0
    fakes = [rolled(rich, seed).panel for seed in range(20)]
    found = [t_of(one.edge[:, 0], one.close[:, 0]) for one in fakes]
    assert abs(np.mean(found)) < 3.5 / np.sqrt(len(found))
    assert np.max(np.abs(found)) < 4.5


@pytest.mark.parametrize("specialist", Regime)
def test_a_specialist_earns_less_on_each_placebo_than_on_the_market(rich, specialist):
    rules = np.array([rules_of(default_genome(specialist), 1.0, 24.0, 1.0, 0.0, 1.0)])

    def earned(ground: Ground) -> float:
        came = evaluate(only_in(ground.panel, specialist), rules, ground.parameters, ground.capital)
        assert came.figure("trades")[0] > 10
        return float(came.figure("returns")[0] / np.sqrt(came.figure("squares")[0]))

    real, fakes = earned(rich), [earned(rolled(rich, seed)) for seed in range(19)]
    assert real > max(fakes)


def test_shuffling_a_walk_leaves_a_walk():
    walk = ground_of(random_walk(4_000, 2))
    fake = rolled(walk).panel
    assert fake.close[-1, 0] == pytest.approx(walk.panel.close[-1, 0], rel=1e-9)
    assert not np.array_equal(fake.close, walk.panel.close)
    assert (fake.prices[:, 0, HIGH] >= fake.prices[:, 0, [OPEN, CLOSE]].max(axis=1)).all()
    assert (fake.prices[:, 0, LOW] <= fake.prices[:, 0, [OPEN, CLOSE]].min(axis=1)).all()
    assert np.array_equal(fake.figures[:, 0, EDGE], walk.panel.figures[:, 0, EDGE])
