"""Past skill: worked out by hand, held against a plain account of it, and what it must not know."""

import math

import numpy as np
import pytest
from plain_harmoniser import skills

from models.risk.skill import past_skill, skill_of

pytestmark = pytest.mark.risk

NAN = math.nan

# coefficient, independent pairs, expected coefficient, pairs it stands for, most -> skill
BY_HAND = [
    ("as expected", (0.05, 50.0, 0.05, 50.0, 2.0), 1.0),
    ("twice as good, half believed", (0.10, 50.0, 0.05, 50.0, 2.0), 1.5),
    ("worthless, half believed", (0.0, 50.0, 0.05, 50.0, 2.0), 0.5),
    ("worthless, and a long record", (0.0, 950.0, 0.05, 50.0, 2.0), 0.05),
    ("wrong, a short record", (-0.05, 10.0, 0.05, 40.0, 2.0), 0.6),
    ("wrong, a long one: never negative", (-0.10, 100.0, 0.05, 50.0, 2.0), 0.0),
    ("just as wrong as the prior is right", (-0.05, 50.0, 0.05, 50.0, 2.0), 0.0),
    ("never above the most", (0.5, 1000.0, 0.05, 50.0, 2.0), 2.0),
    ("nor below what a lower most allows", (0.05, 50.0, 0.05, 50.0, 0.75), 0.75),
    ("no evidence", (NAN, 0.0, 0.05, 50.0, 2.0), 1.0),
    ("none, and no prior either", (NAN, 0.0, 0.05, 0.0, 2.0), 1.0),
    ("no prior: the record alone", (0.04, 10.0, 0.05, 0.0, 2.0), 0.8),
]


@pytest.mark.parametrize(("given", "found"), [one[1:] for one in BY_HAND], ids=[one[0] for one in BY_HAND])
def test_by_hand(given, found):
    assert skill_of(*given) == pytest.approx(found, rel=1e-14, abs=1e-14)


def close_of(*moves):
    """Closes whose log returns are `moves` in basis points."""
    return 100.0 * np.exp(np.cumsum([0.0, *moves]) / 1e4)


def test_a_pair_counts_once_its_horizon_is_over():
    # Horizon 2: at bar 2 the pair (10, 30), at bar 3 also (-10, 10). Sums 300 and 200; powers 100, 900 and 200, 1000.
    close, said = close_of(10.0, 20.0, -10.0), np.array([10.0, -10.0, 99.0, 99.0])
    found = past_skill(said, close, 2, 0.5, 1.0, 10.0)
    first, second = 1.0, 200.0 / math.sqrt(200.0 * 1000.0)
    expected = [1.0, 1.0, (0.5 * first + 0.5) / 1.5 / 0.5, (second + 0.5) / 2.0 / 0.5]
    assert found == pytest.approx(expected, rel=1e-12)


def test_what_is_silent_or_has_no_outcome_does_not_count():
    close, said = close_of(10.0, 20.0, -10.0, 5.0), np.array([10.0, NAN, 5.0, -4.0, 1.0])
    kept = past_skill(said, close, 1, 0.5, 1.0, 10.0)
    assert kept[2] == kept[1] != kept[3]
    assert past_skill(np.full(5, NAN), close, 1, 0.5, 1.0, 10.0).tolist() == [1.0] * 5
    broken = close.copy()
    broken[2] = NAN
    found = past_skill(said, broken, 1, 0.5, 1.0, 10.0)
    assert found[1] == found[2] == found[3] == kept[1]
    # At bar 4 the pairs (10, 10) and (-4, 5) are over.
    assert found[4] == pytest.approx((2.0 * 80.0 / math.sqrt(116.0 * 125.0) / 0.5 + 1.0) / 3.0, rel=1e-12)


def test_predictions_of_nothing_and_markets_that_stand_still_are_no_evidence():
    moving = close_of(*[10.0] * 20)
    assert past_skill(np.zeros(21), moving, 2, 0.05, 50.0, 2.0).tolist() == [1.0] * 21
    assert past_skill(np.ones(21), np.full(21, 7.0), 2, 0.05, 50.0, 2.0).tolist() == [1.0] * 21


@pytest.mark.parametrize("horizon", [1, 5, 24])
def test_it_agrees_with_what_is_written_down_plainly(horizon):
    rng = np.random.default_rng(horizon)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, 300)))
    said = rng.normal(0.0, 20.0, 300)
    said[rng.random(300) < 0.2] = NAN
    found = past_skill(said, close, horizon, 0.05, 10.0, 2.0)
    np.testing.assert_allclose(found, skills(said, close, horizon, 0.05, 10.0, 2.0), rtol=1e-11, atol=1e-11)
    assert len(set(found.tolist())) > 50


def test_the_unit_of_the_predictions_does_not_matter():
    rng = np.random.default_rng(1)
    close, said = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, 300))), rng.normal(0.0, 20.0, 300)
    assert (
        past_skill(said * 8.0, close, 5, 0.05, 10.0, 2.0).tolist()
        == past_skill(said, close, 5, 0.05, 10.0, 2.0).tolist()
    )


def test_foresight_is_worth_most_and_its_opposite_nothing():
    rng = np.random.default_rng(2)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, 400)))
    said = np.append(1e4 * np.log(close[5:] / close[:-5]), np.zeros(5))
    assert past_skill(said, close, 5, 0.05, 50.0, 2.0)[-1] == 2.0
    assert past_skill(-said, close, 5, 0.05, 50.0, 2.0)[-1] == 0.0
