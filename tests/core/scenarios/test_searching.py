"""The smallest shock that is too much, and how often it is asked for."""

import math

import pytest

from models.scenarios import smallest
from models.types import BadInput


@pytest.mark.parametrize("edge", [1e-6, 0.1, 0.125, 0.3337, 0.99, 1.0])
def test_an_edge_is_found(edge):
    assert smallest(lambda x: x >= edge, 1.0) == pytest.approx(edge, abs=1.0 / 16 / 2**40)


def test_what_is_given_back_breaches():
    found = smallest(lambda x: x > 1.0 / 3.0, 2.0, 4, 3)
    assert found == 0.375  # 0.5 breaches; 0.25 and 0.3125 do not, 0.375 does
    assert found > 1.0 / 3.0


def test_without_halvings_it_is_the_grid():
    assert smallest(lambda x: x > 0.3, 1.0, 4, 0) == 0.5


def test_none_where_nothing_breaches():
    assert smallest(lambda _: False, 1.0) is None


def test_the_first_of_two_regions():
    assert smallest(lambda x: 0.4 <= x <= 0.5 or x >= 0.9, 1.0) == pytest.approx(0.4, abs=1e-12)


def test_a_region_between_two_points_of_the_grid_is_not_seen():
    assert smallest(lambda x: 0.26 < x < 0.27 or x >= 0.9, 1.0, 4) == pytest.approx(0.9, abs=1e-12)


def test_zero_and_below_are_never_tried_and_nothing_twice():
    tried = []

    def breaches(x):
        tried.append(x)
        return True

    assert smallest(breaches, 1.0, 16, 2000) == pytest.approx(0.0, abs=1e-300)
    assert min(tried) > 0.0
    assert len(set(tried)) == len(tried)


def test_the_number_of_trials():
    tried = []
    smallest(lambda x: tried.append(x) or x >= 0.99, 1.0)
    assert len(tried) == 16 + 40


@pytest.mark.parametrize(
    ("most", "scan", "steps"), [(0.0, 16, 40), (-1.0, 16, 40), (math.nan, 16, 40), (math.inf, 16, 40), (1.0, 0, 40)]
)
def test_a_search_that_cannot_be(most, scan, steps):
    with pytest.raises(BadInput, match="the search"):
        smallest(lambda _: True, most, scan, steps)


def test_fewer_than_no_halvings():
    with pytest.raises(BadInput, match="-1 halvings"):
        smallest(lambda _: True, 1.0, 16, -1)
