"""Kupiec's and Christoffersen's tests on counts that were worked out by hand."""

import math

import numpy as np
import pytest

from models.tails import christoffersen, kupiec
from models.types import BadInput

pytestmark = pytest.mark.risk


def days_of(text: str) -> np.ndarray:
    return np.array([one == "x" for one in text])


def so_many(days: int, violations: int) -> np.ndarray:
    return np.arange(days) < violations


@pytest.mark.parametrize(
    ("days", "violations", "confidence", "statistic"),
    [
        (250, 0, 0.99, -500.0 * math.log(0.99)),
        (250, 8, 0.99, 2.0 * (8.0 * math.log(3.2) + 242.0 * math.log(0.968 / 0.99))),  # 7.7336
        (1000, 50, 0.95, 0.0),
        (10, 10, 0.9, -20.0 * math.log(0.1)),
    ],
)
def test_kupiec(days, violations, confidence, statistic):
    found = kupiec(so_many(days, violations), confidence)
    assert (found.days, found.violations, found.rate) == (days, violations, violations / days)
    assert found.statistic == pytest.approx(statistic, abs=1e-9)
    assert found.p == pytest.approx(math.erfc(math.sqrt(statistic / 2.0)), abs=1e-6)


@pytest.mark.parametrize(
    ("days", "confidence", "least", "most"),
    [
        (255, 0.95, 7, 20),
        (510, 0.95, 17, 35),
        (1000, 0.95, 38, 64),
        (1000, 0.99, 5, 16),
        (255, 0.90, 17, 35),
        (1000, 0.90, 82, 119),
    ],
)
def test_the_published_region_in_which_kupiec_does_not_reject(days, confidence, least, most):
    """Kupiec (1995), table 3, at 5 %."""
    kept = [count for count in range(days + 1) if kupiec(so_many(days, count), confidence).p > 0.05]
    assert (kept[0], kept[-1]) == (least, most)


@pytest.mark.parametrize(
    ("text", "confidence", "independence"),
    [
        ("..xx..x...", 0.9, 0.0),  # two of six behind a calm day, one of three behind a violation
        ("...xxx....", 0.9, 2.2314355131420975),
        ("..........", 0.9, 0.0),
        ("xxxxx", 0.9, 0.0),
        ("x.x.x.x.", 0.5, -2.0 * (3.0 * math.log(3.0 / 7.0) + 4.0 * math.log(4.0 / 7.0))),
    ],
)
def test_christoffersen(text, confidence, independence):
    violations = days_of(text)
    found = christoffersen(violations, confidence)
    assert found.independence == pytest.approx(independence, abs=1e-9)
    assert found.independence_p == pytest.approx(math.erfc(math.sqrt(independence / 2.0)), abs=1e-7)
    together = kupiec(violations, confidence).statistic + independence
    assert found.conditional == pytest.approx(together, abs=1e-9)
    assert found.conditional_p == pytest.approx(math.exp(-together / 2.0), abs=1e-9)


def test_violations_in_a_row_are_seen_and_scattered_ones_are_not():
    scattered, row = np.arange(1000) % 20 == 0, so_many(1000, 50)
    assert kupiec(scattered, 0.95).p == kupiec(row, 0.95).p == pytest.approx(1.0, abs=1e-6)
    assert christoffersen(row, 0.95).independence_p < 1e-9
    rng = np.random.default_rng(3)
    rejected = [christoffersen(rng.random(1000) < 0.05, 0.95).independence_p <= 0.05 for _ in range(300)]
    assert 0.01 < np.mean(rejected) < 0.10


def test_there_has_to_be_a_day():
    with pytest.raises(BadInput, match="no day"):
        kupiec(np.zeros(0, bool), 0.95)
