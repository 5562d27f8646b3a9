"""The market's factor, day by day."""

import math

import numpy as np
import pytest

from models.tails import ScaleSettings, market_scale
from models.types import BadInput

pytestmark = pytest.mark.risk

SETTINGS = ScaleSettings(target_volatility=0.4)
YEAR = 100.0
NAN = math.nan


def scale(
    annual: list[float], correlation: list[float] | float = 0.0, settings: ScaleSettings = SETTINGS
) -> list[float]:
    sigma = np.array(annual) / math.sqrt(YEAR)
    together = np.full(sigma.size, correlation) if isinstance(correlation, float) else np.array(correlation)
    return [round(one, 9) for one in market_scale(sigma, together, settings, YEAR).tolist()]


@pytest.mark.parametrize(
    ("annual", "expected"),
    [
        ([0.1, 0.4, 0.5, 0.8], [1.0, 1.0, 0.8, 0.5]),  # target over volatility, never above 1
        ([8.0, 100.0], [0.25, 0.25]),  # never below the floor
        ([NAN, 0.8, NAN], [1.0, 0.5, 1.0]),  # what is unknown shrinks nothing
        ([0.8, 0.78, 0.7, 0.66], [0.5, 0.5, 0.5, 0.606060606]),  # it rises by more than the band only
        ([0.8, 0.805, 0.81], [0.5, 0.49689441, 0.49382716]),  # and falls at once
        ([0.42, 0.41, 0.4], [0.952380952, 0.952380952, 1.0]),  # whole again, though within the band
    ],
)
def test_volatility(annual, expected):
    assert scale(annual) == expected


@pytest.mark.parametrize(
    ("correlation", "expected"),
    [
        ([0.79, 0.8, 0.81], [1.0, 1.0, 0.5]),  # above, not at
        ([0.9, 0.75, 0.7, 0.69], [0.5, 0.5, 0.5, 1.0]),  # until it is below the end
        ([0.9, NAN, 0.6, NAN], [0.5, 0.5, 1.0, 1.0]),  # unknown: as it was
        ([0.75, 0.69, 0.75], [1.0, 1.0, 1.0]),
    ],
)
def test_correlation(correlation, expected):
    assert scale([0.3] * len(correlation), correlation) == expected


def test_both_together_stay_above_the_floor():
    assert scale([0.8, 1.2], 0.9) == [0.25, 0.25]
    assert scale([0.5], 0.9) == [0.4]


def test_a_day_does_not_change_when_later_ones_come():
    rng = np.random.default_rng(2)
    sigma, together = np.exp(rng.normal(-3.0, 0.5, 300)), rng.uniform(0.5, 1.0, 300)
    whole = market_scale(sigma, together, SETTINGS, 365.0)
    assert len(set(whole.tolist())) > 20
    for cut in (1, 17, 150, 299):
        assert market_scale(sigma[:cut], together[:cut], SETTINGS, 365.0).tobytes() == whole[:cut].tobytes()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"target_volatility": 0.0}, "target_volatility"),
        ({"correlation_on": 0.6}, "correlation_off"),
        ({"floor": 1.1}, "floor"),
        ({"band": -0.1}, "band"),
        ({"correlation_share": 2.0}, "correlation_share"),
    ],
)
def test_settings_that_cannot_be(changes, what):
    with pytest.raises(BadInput, match=what):
        ScaleSettings(**changes)
