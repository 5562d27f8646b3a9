"""How genomes are drawn, chosen, crossed, mutated and put back onto what is allowed."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evolution.operators import (
    Breeding,
    children,
    crossed,
    distinct,
    flipped,
    latin_hypercube,
    mutated,
    polynomial,
    repeats,
    sbx,
    settled,
    snapped,
    spread,
    tournament,
    uniform,
)
from models.types import BadInput

PERIODS = np.array([10.0, 11.0, 14.0, 20.0, 50.0])
# A float, a whole number, a switch, a whole number on a grid, a float on a grid, a float that has no choice.
MIXED = Breeding(
    low=np.array([-1.0, 1.0, 0.0, 10.0, 30.0, 2.5]),
    high=np.array([3.0, 5.0, 1.0, 50.0, 40.0, 2.5]),
    whole=np.array([False, True, False, True, False, False]),
    switch=np.array([False, False, True, False, False, False]),
    grids={3: PERIODS, 4: np.arange(30.0, 41.0)},
    eta_cross=15.0,
    eta_mutate=20.0,
    rate_cross=0.9,
    rate_mutate=0.2,
    tournament=2,
    immigrants=0.1,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def of_kinds(kinds, low, width, **others):
    """Genes "f" (float), "w" (whole) or "s" (switch), of bounds low to low + width."""
    kinds = np.array(list(kinds))
    low, width = np.broadcast_to(low, kinds.shape), np.broadcast_to(width, kinds.shape)
    switch, whole = kinds == "s", kinds == "w"
    first = np.where(switch, 0.0, np.where(whole, np.floor(low), low))
    last = np.where(switch, 1.0, np.where(whole, first + np.floor(width), first + width))
    return replace(MIXED, low=first, high=last, whole=whole, switch=switch, grids={}, **others)


@st.composite
def breedings(draw):
    kinds = "f" + draw(st.text("fws", max_size=7))
    floats = st.floats(-1e6, 1e6, allow_subnormal=False)
    low = draw(st.lists(floats, min_size=len(kinds), max_size=len(kinds)))
    width = draw(st.lists(st.floats(0.0, 1e4), min_size=len(kinds), max_size=len(kinds)))
    width[0] = max(width[0], 1.0)  # one gene of many values at least
    shares, etas = st.floats(0.0, 1.0), st.floats(0.0, 100.0)
    made = of_kinds(
        kinds,
        np.array(low),
        np.array(width),
        eta_cross=draw(etas),
        eta_mutate=draw(etas),
        rate_cross=draw(shares),
        rate_mutate=draw(shares),
        tournament=draw(st.integers(1, 5)),
        immigrants=draw(shares),
    )
    last = len(kinds) - 1
    if last > 0 and kinds[last] == "w":
        made = replace(made, grids={last: np.unique([made.low[last], made.high[last]])})
    return made


def assert_allowed(genes, breeding):
    assert np.isfinite(genes).all()
    assert ((genes >= breeding.low) & (genes <= breeding.high)).all()
    assert (genes[:, breeding.whole] % 1.0 == 0.0).all()
    assert np.isin(genes[:, breeding.switch], (0.0, 1.0)).all()
    for column, grid in breeding.grids.items():
        assert np.isin(genes[:, column], grid).all()
    assert not np.signbit(genes[genes == 0.0]).any()


class TestChildren:
    @given(breeding=breedings(), n=st.integers(1, 12), count=st.integers(0, 13), seed=st.integers(0, 2**32))
    @settings(max_examples=150)
    def test_are_allowed_different_and_as_many_as_asked(self, breeding, n, count, seed):
        parents = latin_hypercube(rng(seed), n, breeding)
        assert_allowed(parents, breeding)
        born = children(rng(seed + 1), parents, rng(seed).normal(size=n), count, breeding)
        assert born.shape == (count, len(breeding.low))
        assert_allowed(born, breeding)
        assert not repeats(born).any()

    def test_of_every_kind_over_many_generations(self):
        genes = latin_hypercube(rng(), 60, MIXED)
        for number in range(100):
            genes = children(rng(number), genes, genes[:, 0] - genes[:, 3], 60, MIXED)
            assert_allowed(genes, MIXED)
        assert genes[:, 0].mean() > 2.5  # the fittest have the highest
        assert np.median(genes[:, 3]) == 10.0  # and the lowest

    @pytest.mark.filterwarnings("error")
    def test_of_corners_and_equal_parents_without_a_warning(self):
        corners = np.vstack([MIXED.low, MIXED.high, MIXED.low, MIXED.high])
        assert_allowed(children(rng(), corners, np.zeros(4), 500, MIXED), MIXED)

    def test_same_state_same_children_and_parents_untouched(self):
        parents = latin_hypercube(rng(), 30, MIXED)
        before, fitness = parents.copy(), rng(4).normal(size=30)
        first, second, other = (children(rng(seed), parents, fitness, 25, MIXED) for seed in (7, 7, 8))
        assert first.tobytes() == second.tobytes()
        assert (first != other).any()
        assert parents.tobytes() == before.tobytes()

    def test_last_ones_are_immigrants(self):
        parents = np.tile(settled(np.array([[0.1, 2.0, 1.0, 14.0, 33.0, 2.5]]), MIXED), (10, 1))
        born = children(rng(), parents, np.zeros(10), 20, replace(MIXED, rate_mutate=0.0, immigrants=0.25))
        assert (born[0] == parents[0]).all()
        assert born[-5:, 0].min() < -0.2  # five drawn from the whole range, one in each fifth of it
        assert born[-5:, 0].max() > 2.2

    def test_equal_parents_without_mutation_leave_one_of_them(self):
        parents = np.tile(latin_hypercube(rng(), 1, MIXED), (10, 1))
        born = children(rng(), parents, np.zeros(10), 20, replace(MIXED, rate_mutate=0.0, immigrants=0.0))
        assert (born == parents[0]).all(axis=1).sum() == 1

    @pytest.mark.parametrize(
        ("parents", "fitness", "message"),
        [
            (np.empty((0, 6)), np.empty(0), "0 parents"),
            (np.tile(MIXED.low, (3, 1)), np.zeros(2), "3 parents have a fitness of shape"),
            (np.tile(MIXED.low - 1.0, (3, 1)), np.zeros(3), "out of bounds"),
            (np.full((3, 6), np.nan), np.zeros(3), "out of bounds, or NaN"),
        ],
    )
    def test_refuses_parents(self, parents, fitness, message):
        with pytest.raises(BadInput, match=message):
            children(rng(), parents, fitness, 4, MIXED)


class TestBreeding:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"low": np.zeros(5)}, "shapes"),
            ({"low": np.array([4.0, 1.0, 0.0, 10.0, 30.0, 2.5])}, "the least value first"),
            ({"high": np.array([np.inf, 5.0, 1.0, 50.0, 40.0, 2.5])}, "finite"),
            ({"low": np.array([-1.0, 1.5, 0.0, 10.0, 30.0, 2.5])}, "whole numbers"),
            ({"high": np.array([3.0, 5.0, 2.0, 50.0, 40.0, 2.5])}, "switches"),
            ({"grids": {6: PERIODS}}, "gene 6 of 6"),
            ({"grids": {3: np.array([])}}, "ascending"),
            ({"grids": {3: np.array([20.0, 10.0])}}, "ascending"),
            ({"grids": {3: np.array([9.0, 10.0])}}, "from 10 to 50"),
            ({"grids": {3: np.array([10.5])}}, "whole numbers"),
            ({"rate_cross": 1.1}, "rate_cross is 1.1; give a share"),
            ({"rate_mutate": np.nan}, "rate_mutate"),
            ({"immigrants": -0.1}, "immigrants"),
            ({"eta_cross": -1.0}, "eta_cross"),
            ({"eta_mutate": np.inf}, "eta_mutate"),
            ({"tournament": 0}, "tournament is 0; give 1 or more"),
        ],
    )
    def test_refuses(self, change, message):
        with pytest.raises(BadInput, match=message):
            replace(MIXED, **change)


class TestLatinHypercube:
    @pytest.mark.parametrize("count", [1, 2, 7, 100])
    def test_one_float_in_each_part(self, count):
        genes = latin_hypercube(rng(), count, of_kinds("fff", -2.0, 5.0))
        parts = np.floor((genes + 2.0) / 5.0 * count)
        assert (np.sort(parts, axis=0) == np.arange(count)[:, None]).all()
        assert count < 3 or (parts[:, 0] != parts[:, 1]).any()

    def test_whole_numbers_and_switches_evenly(self):
        genes = latin_hypercube(rng(), 100, of_kinds("wsw", [3.0, 0.0, 1.0], [9.0, 1.0, 2.0]))
        assert np.unique(genes[:, 0], return_counts=True)[1].tolist() == [10] * 10
        assert np.unique(genes[:, 1], return_counts=True)[1].tolist() == [50, 50]
        assert abs(np.unique(genes[:, 2], return_counts=True)[1] - 100 / 3).max() <= 1.0


class TestTournament:
    @given(
        fitness=st.lists(st.sampled_from([np.nan, -np.inf, -1.0, 0.0, 1e300]), min_size=1, max_size=9),
        size=st.integers(1, 12),
        seed=st.integers(0, 99),
    )
    def test_of_all_rows_the_best_wins_whatever_is_unknown(self, fitness, size, seed):
        fitness = np.array(fitness)
        rows = tournament(rng(seed), fitness, 20, size)
        assert rows.shape == (20,)
        assert ((rows >= 0) & (rows < len(fitness))).all()
        if size >= len(fitness) and np.isfinite(fitness).any():
            whole_decks = rows if size % len(fitness) == 0 else rows[:1]
            assert (fitness[whole_decks] == fitness[np.isfinite(fitness)].max()).all()

    @pytest.mark.parametrize("bad", [np.nan, -np.inf])
    def test_unknown_ones_lose_against_every_other(self, bad):
        # each deck of two is one pair
        assert (tournament(rng(), np.array([bad, -1e308]), 50, 2) == 1).all()
        assert (tournament(rng(), np.array([-1e308, bad]), 50, 2) == 0).all()

    def test_each_competes_alike_and_the_best_wins_as_often_as_it_competes(self):
        fitness = np.arange(50.0)
        assert (np.bincount(tournament(rng(), fitness, 100, 1)) == 2).all()
        won = np.bincount(tournament(rng(), fitness, 100, 3), minlength=50)
        assert won[49] >= 5  # in six decks; it may meet itself where one ends and the next begins
        assert won[0] <= 1
        assert won[:25].sum() < 25

    def test_equal_ones_win_by_draw(self):
        won = np.bincount(tournament(rng(), np.zeros(4), 40_000, 2))
        assert abs(won - 10_000).max() < 400


class TestSbx:
    @given(seed=st.integers(0, 2**32), eta=st.floats(2.0, 50.0), rate=st.floats(0.0, 1.0))
    @settings(max_examples=100)
    def test_far_from_the_bounds_the_mean_is_the_parents(self, seed, eta, rate):
        mothers, fathers = rng(seed).normal(size=(2, 20, 3))
        far = np.full(3, 1e9)
        first, second = sbx(rng(seed), mothers, fathers, -far, far, eta, rate)
        np.testing.assert_allclose(first + second, mothers + fathers, rtol=1e-9, atol=1e-9)

    def test_crosses_so_many_genes_and_leaves_the_others(self):
        mothers, fathers = rng(1).random((2, 5_000, 4))
        low, high = np.full(4, -1.0), np.full(4, 2.0)
        first, second = sbx(rng(), mothers, fathers, low, high, 15.0, 0.3)
        kept = (first == mothers) & (second == fathers)
        assert abs(kept.mean() - 0.7) < 0.02
        assert np.array_equal(first == mothers, kept)
        changed = ~kept
        assert abs((first > second)[changed].mean() - 0.5) < 0.02  # which child is the lower one is a draw

    def test_larger_index_nearer_children(self):
        mothers, fathers, bound = np.zeros((2_000, 1)), np.ones((2_000, 1)), np.array([50.0])
        near, far = (sbx(rng(), mothers, fathers, -bound, bound, eta, 1.0)[0] for eta in (30.0, 2.0))
        assert np.abs(near - near.round()).mean() < 0.25 * np.abs(far - far.round()).mean()

    def test_equal_parents_are_their_children(self):
        parents = rng().random((10, 3))
        first, second = sbx(rng(), parents, parents, np.zeros(3), np.ones(3), 15.0, 1.0)
        assert np.array_equal(first, parents)
        assert np.array_equal(second, parents)


class TestPolynomial:
    def test_moves_so_many_up_and_down_within_bounds(self):
        genes = np.full((20_000, 2), 0.5)
        moved = polynomial(rng(), genes, np.zeros(2), np.array([1.0, 0.75]), 20.0, 0.25)
        assert abs((moved != genes).mean() - 0.25) < 0.01
        assert abs((moved > genes).mean() - 0.125) < 0.01
        assert moved[:, 1].max() <= 0.75
        # distances from the middle have mean (range / 2) / (eta + 2), less what the bounds cut off
        assert np.abs(moved - genes)[moved != genes].mean() == pytest.approx(0.875 / 22.0, rel=0.05)

    def test_from_a_bound_only_inwards(self):
        ends = np.array([[0.0, 1.0]] * 1_000)
        moved = polynomial(rng(), ends, np.zeros(2), np.ones(2), 20.0, 1.0)
        assert (moved[:, 0] >= 0.0).all()
        assert (moved[:, 1] <= 1.0).all()
        assert 0.4 < (moved != ends).mean() <= 0.6

    def test_no_rate_and_no_range_change_nothing(self):
        genes = rng().random((10, 2))
        assert np.array_equal(polynomial(rng(), genes, np.zeros(2), np.ones(2), 20.0, 0.0), genes)
        stuck = np.full((10, 2), 3.0)
        assert np.array_equal(polynomial(rng(), stuck, stuck[0], stuck[0], 20.0, 1.0), stuck)


class TestSwitches:
    def test_cross_uniformly(self):
        mothers, fathers = np.zeros((4_000, 2)), np.ones((4_000, 2))
        first, second = uniform(rng(), mothers, fathers)
        assert np.array_equal(first + second, np.ones((4_000, 2)))
        assert abs(first.mean() - 0.5) < 0.02
        assert abs((first[:, 0] == first[:, 1]).mean() - 0.5) < 0.03

    def test_flip_so_often(self):
        turned = flipped(rng(), np.tile([0.0, 1.0], (10_000, 1)), 0.2)
        assert abs(turned[:, 0].mean() - 0.2) < 0.015
        assert abs(turned[:, 1].mean() - 0.8) < 0.015

    def test_are_not_crossed_like_floats(self):
        only = of_kinds("fs", 0.0, 1.0, rate_cross=0.0)
        bred = crossed(rng(), np.zeros((2_000, 2)), np.ones((2_000, 2)), only)
        assert np.array_equal(bred[:, 0], np.repeat([0.0, 1.0], 2_000))  # not crossed at all
        assert set(np.unique(bred[:, 1])) == {0.0, 1.0}
        assert abs(bred[:2_000, 1].mean() - 0.5) < 0.04

    def test_are_not_moved_like_floats(self):
        only = of_kinds("fs", 0.0, 1.0, rate_mutate=0.3)
        turned = mutated(rng(), np.tile([0.5, 1.0], (10_000, 1)), only)
        assert set(np.unique(turned[:, 1])) == {0.0, 1.0}
        assert abs(turned[:, 1].mean() - 0.7) < 0.015


class TestSettled:
    def test_half_is_rounded_up_and_ends_are_cut(self):
        whole = of_kinds("w", -2.0, 4.0)
        found = settled(np.array([[-2.5], [-1.5], [-0.5], [0.49], [0.5], [1.5], [2.49], [2.5]]), whole)
        assert found[:, 0].tolist() == [-2.0, -1.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0]

    def test_every_whole_number_is_as_likely(self):
        # eta 0 moves evenly to either side of the middle; without the wider bounds the ends had half of the others
        whole = of_kinds("w", 1.0, 4.0, eta_mutate=0.0, rate_mutate=1.0)
        found = settled(mutated(rng(), np.full((50_000, 1), 3.0), whole), whole)
        assert abs(np.unique(found, return_counts=True)[1] / 50_000 - 0.2).max() < 0.01

    def test_nearest_of_the_grid_and_down_from_halfway(self):
        genes = np.array([[9.0], [10.5], [10.6], [12.5], [12.51], [17.0], [35.0], [35.1], [60.0]])
        both = np.hstack([genes, genes])
        found = snapped(both, {0: PERIODS})
        assert found[:, 0].tolist() == [10.0, 10.0, 11.0, 11.0, 14.0, 14.0, 20.0, 50.0, 50.0]
        assert np.array_equal(found[:, 1], genes[:, 0])
        assert np.array_equal(both[:, 0], genes[:, 0])

    def test_a_grid_of_one(self):
        assert snapped(np.array([[1.0], [9.0]]), {0: np.array([4.0])}).tolist() == [[4.0], [4.0]]

    def test_zero_has_no_sign(self):
        both = of_kinds("fw", -1.0, 2.0)
        assert not np.signbit(settled(np.array([[-0.0, -0.0], [-0.0, -0.4]]), both)).any()

    def test_settling_twice_changes_nothing(self):
        genes = latin_hypercube(rng(), 50, MIXED)
        assert settled(genes, MIXED).tobytes() == genes.tobytes()


class TestDistinct:
    def test_later_ones_of_equal_rows_are_drawn_anew(self):
        genes = latin_hypercube(rng(), 6, MIXED)
        genes[3], genes[5] = genes[0], genes[0]
        assert repeats(genes).tolist() == [False, False, False, True, False, True]
        different = distinct(rng(), genes, MIXED)
        assert not repeats(different).any()
        assert np.array_equal(different[[0, 1, 2, 4]], genes[[0, 1, 2, 4]])
        assert_allowed(different, MIXED)

    def test_different_ones_stay(self):
        genes = latin_hypercube(rng(), 6, MIXED)
        assert np.array_equal(distinct(rng(), genes, MIXED), genes)

    @given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=12))
    def test_repeats_are_those_seen_before(self, rows):
        expected = [row in rows[:number] for number, row in enumerate(rows)]
        assert repeats(np.array(rows, float).reshape(-1, 2)).tolist() == expected


def test_spread_is_a_share_of_the_range():
    genes = np.array([[0.0, 5.0, 7.0], [2.0, 5.0, 7.0]])
    assert spread(genes, np.zeros(3), np.array([4.0, 10.0, 7.0])) == pytest.approx(0.25 / 3)
    assert spread(genes, np.zeros(3), np.array([4.0, 10.0, 0.0])) == pytest.approx(0.125)  # one that cannot vary
    assert spread(genes, genes[0], genes[0]) == 0.0


def test_global_randomness_is_left_alone():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    children(rng(), latin_hypercube(rng(), 10, MIXED), np.zeros(10), 10, MIXED)
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002
