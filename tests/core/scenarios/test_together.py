"""Bar returns made to move together, held against numpy's correlation."""

import math

import numpy as np
import pytest

from models.scenarios.together import moved_together

GENERATOR = np.random.default_rng(7)
FACTOR = GENERATOR.normal(size=60)
MANY = [0.01 * (k + 1) * (0.3 * FACTOR + GENERATOR.normal(size=60)) + 0.001 * k for k in range(10)]


def mean_pair(returns):
    matrix = np.corrcoef(returns)
    return matrix[np.triu_indices(len(returns), 1)].mean()


@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize("correlation", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_the_mean_pair_correlation_is_the_one_asked_for(count, correlation):
    found = moved_together(MANY[:count], correlation)
    assert mean_pair(found) == pytest.approx(correlation, abs=1e-12)
    for before, after in zip(MANY, found, strict=False):
        assert after.mean() == pytest.approx(before.mean(), abs=1e-15)
        assert after.std() == pytest.approx(before.std(), rel=1e-12)


def test_two_assets_by_hand():
    # Orthogonal, so z = (x + y) / sqrt(2) and e = (x - y) / sqrt(2) = -(e of y), alike -1: a share of 0.9 for 0.8.
    x, y = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0])
    first, second = moved_together([0.02 * x + 0.01, 0.03 * y], 0.8)
    z, e = (x + y) / math.sqrt(2.0), (x - y) / math.sqrt(2.0)
    assert first == pytest.approx(0.01 + 0.02 * (math.sqrt(0.9) * z + math.sqrt(0.1) * e), abs=1e-15)
    assert second == pytest.approx(0.03 * (math.sqrt(0.9) * z - math.sqrt(0.1) * e), abs=1e-15)


def test_three_assets_as_written_in_the_formula():
    x = [(one - one.mean()) / one.std() for one in MANY[:3]]
    z = sum(x) / 3.0
    z = z / z.std()
    own = [one - (one @ z) / 60.0 * z for one in x]
    e = [one / one.std() for one in own]
    alike = np.corrcoef(e)[np.triu_indices(3, 1)].mean()
    share = (0.6 - alike) / (1.0 - alike)
    found = moved_together(MANY[:3], 0.6)
    for k in range(3):
        expected = MANY[k].mean() + MANY[k].std() * (math.sqrt(share) * z + math.sqrt(1.0 - share) * e[k])
        assert found[k] == pytest.approx(expected, abs=1e-14)


def test_at_one_all_are_proportional():
    found = moved_together(MANY, 1.0)
    standard = [(one - one.mean()) / one.std() for one in found]
    assert np.abs(np.array(standard) - standard[0]).max() < 1e-13


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_what_does_not_move_stays_and_does_not_count(correlation):
    still = np.full(60, 0.003)
    found = moved_together([MANY[0], still, MANY[1]], correlation)
    alone = moved_together([MANY[0], MANY[1]], correlation)
    assert found[1] is still
    assert (found[0] == alone[0]).all()
    assert (found[2] == alone[1]).all()


def test_one_asset_alone_stays():
    assert moved_together(MANY[:1], 1.0)[0] is MANY[0]


def test_exact_opposites_are_turned_to_move_as_the_first():
    first, second = moved_together([MANY[0], -2.0 * MANY[0]], 1.0)
    assert first == pytest.approx(MANY[0], abs=1e-15)
    assert second - second.mean() == pytest.approx(2.0 * (MANY[0] - MANY[0].mean()), abs=1e-14)


def test_exact_copies_have_nothing_of_their_own_to_be_parted_by():
    first, second = moved_together([MANY[0], 2.0 * MANY[0]], 0.0)
    assert first == pytest.approx(MANY[0], abs=1e-15)
    assert second == pytest.approx(2.0 * MANY[0], abs=1e-14)


@pytest.mark.parametrize(("correlation", "made"), [(0.0, 0.2), (0.1, 0.2), (0.2, 0.2), (0.7, 0.7), (1.0, 1.0)])
def test_copies_are_parted_no_further_than_their_own_parts_allow(correlation, made):
    # What four copies have of their own is alike, and the opposite of the fifth's: (6 - 4) / 10 of all pairs is 0.2.
    x, y = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, 1.0, -1.0])
    assert mean_pair(moved_together([x, x, x, x, y], correlation)) == pytest.approx(made, abs=1e-12)


def test_a_single_bar_has_nothing_to_be_correlated():
    one = np.array([0.01])
    assert moved_together([one, -one], 1.0)[0] is one
