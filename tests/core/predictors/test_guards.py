"""How familiar a bar is: one inside, less and less outside."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markets import same_bits

from models.predictors import Familiarity, familiarity, familiarity_of

# Ranges -1..1, 0..10 and 5..5.
FAMILIAR = Familiarity(np.array([-1.0, 0.0, 5.0]), np.array([1.0, 10.0, 5.0]), np.array([2.0, 10.0, 0.0]))


def of(*row):
    return familiarity(np.array([row], float), FAMILIAR)[0]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((0.0, 5.0, 5.0), 1.0),
        ((-1.0, 10.0, 5.0), 1.0),
        # Half a width outside is a sixth of what is tolerated.
        ((2.0, 5.0, 5.0), 1.0 - 0.5 / 3.0),
        ((-2.0, 5.0, 5.0), 1.0 - 0.5 / 3.0),
        ((0.0, 20.0, 5.0), 1.0 - 1.0 / 3.0),
        # One input takes a width at most.
        ((0.0, 1e9, 5.0), 1.0 - 1.0 / 3.0),
        ((0.0, math.inf, 5.0), 1.0 - 1.0 / 3.0),
        ((2.0, -5.0, 5.0), 1.0 - 1.0 / 3.0),
        # What was constant, or is not known, is no stranger.
        ((0.0, 5.0, 99.0), 1.0),
        ((math.nan, math.nan, math.nan), 1.0),
        ((math.nan, 20.0, 5.0), 1.0 - 1.0 / 3.0),
    ],
)
def test_by_hand(row, expected):
    assert of(*row) == pytest.approx(expected, rel=1e-15)


def test_three_strange_inputs_leave_nothing():
    many = Familiarity(np.zeros(9), np.ones(9), np.ones(9))
    rows = np.full((5, 9), 0.5)
    for strange in range(5):
        rows[strange, :strange] = 7.0
    np.testing.assert_allclose(familiarity(rows, many), [1.0, 2 / 3, 1 / 3, 0.0, 0.0], atol=1e-15)


def test_ranges_hold_all_but_two_in_a_thousand():
    inputs = np.column_stack([np.arange(1001.0), np.full(1001, 3.0), np.full(1001, np.nan), np.arange(1001.0)])
    inputs[5:, 3] = np.nan
    inputs[0, 3] = math.inf
    found = familiarity_of(inputs)
    np.testing.assert_allclose(found.low, [1.0, 3.0, 0.0, 1.003], rtol=1e-12)
    np.testing.assert_allclose(found.high, [999.0, 3.0, 0.0, 3.997], rtol=1e-12)
    np.testing.assert_allclose(found.scale, [998.0, 0.0, 0.0, 2.994], rtol=1e-12)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0)])
def test_nothing_learnt_makes_everything_known(shape):
    found = familiarity_of(np.empty(shape))
    assert list(familiarity(np.full((4, shape[1]), 7.0), found)) == [1.0] * 4


def test_bars_like_those_that_were_learnt_are_known():
    rng = np.random.default_rng(2)
    familiar = familiarity_of(rng.standard_normal((5000, 20)))
    assert familiarity(rng.standard_normal((5000, 20)), familiar).mean() > 0.99
    assert familiarity(4.0 * rng.standard_normal((5000, 20)), familiar).mean() < 0.7
    assert familiarity(8.0 + rng.standard_normal((5000, 20)), familiar).max() == 0.0


def test_a_row_gives_the_same_bits_alone_as_among_others_however_they_lie():
    rng = np.random.default_rng(3)
    familiar, rows = familiarity_of(rng.standard_normal((500, 17))), 3.0 * rng.standard_normal((200, 17))
    together = familiarity(rows, familiar)
    assert same_bits(familiarity(np.asfortranarray(rows), familiar), together)
    assert same_bits(np.concatenate([familiarity(rows[t : t + 1], familiar) for t in range(200)]), together)


numbers = st.floats(-50.0, 50.0)


@given(st.tuples(numbers, numbers, numbers), st.floats(1.0, 5.0), st.permutations(range(3)))
def test_further_out_is_never_more_familiar_and_order_does_not_matter(row, further, order):
    center = np.array([0.0, 5.0, 5.0])
    inputs = np.array([row, center + further * (np.array(row) - center)])
    near, far = familiarity(inputs, FAMILIAR)
    assert 0.0 <= far <= near <= 1.0
    order = list(order)
    shuffled = Familiarity(FAMILIAR.low[order], FAMILIAR.high[order], FAMILIAR.scale[order])
    np.testing.assert_allclose(familiarity(inputs[:, order], shuffled), [near, far], rtol=0, atol=1e-15)
