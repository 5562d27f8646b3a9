"""What all positions may lose in a day together, against numpy; and what it leaves for another one."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.risk import pulls_of, room_under_var

pytestmark = pytest.mark.risk


def correlations(rng: np.random.Generator, n: int) -> np.ndarray:
    """Of daily returns that share a factor."""
    returns = rng.standard_normal((60, n)) + rng.uniform(-1.0, 1.5, n) * rng.standard_normal((60, 1))
    return np.corrcoef(returns.T).reshape(n, n)


def found(links: np.ndarray, link: int, loads: np.ndarray) -> tuple[float, np.ndarray]:
    """Value at risk, and what all loads pull on each symbol; what stood there before is no part of it."""
    pulls = np.full(loads.size, 99.0)
    return math.sqrt(pulls_of(links, link, loads, pulls)), pulls


def var_of(links: np.ndarray, loads: np.ndarray) -> float:
    """sqrt(w' |C| w)."""
    return float(np.sqrt(loads @ np.abs(links) @ loads))


drawn = st.builds(lambda seed, n: (np.random.default_rng(seed), n), st.integers(0, 10**6), st.integers(1, 8))


@given(drawn=drawn)
def test_the_sum_is_that_of_numpy(drawn):
    rng, n = drawn
    links = np.array([np.ones((n, n)), correlations(rng, n)])
    loads = rng.uniform(0.0, 500.0, n) * (rng.random(n) < 0.8)
    for link in (0, 1):
        var, pulls = found(links, link, loads)
        assert var == pytest.approx(var_of(links[link], loads), rel=1e-12)
        assert pulls == pytest.approx(np.abs(links[link]) @ loads, rel=1e-12)
    # Unknown correlations: all moves together.
    assert found(links, 0, loads)[0] == pytest.approx(loads.sum(), rel=1e-12)


# Two loads of 300 and 400 and their correlation -> value at risk
BY_HAND = [(0.0, 500.0), (1.0, 700.0), (-1.0, 700.0), (0.5, math.sqrt(370_000.0)), (-0.5, math.sqrt(370_000.0))]


@pytest.mark.parametrize(("link", "var"), BY_HAND)
def test_a_hedge_gets_no_credit(link, var):
    links = np.array([[[1.0, link], [link, 1.0]]])
    assert found(links, 0, np.array([300.0, 400.0]))[0] == pytest.approx(var, rel=1e-12)


@given(drawn=drawn, share=st.floats(0.001, 0.999), unit=st.floats(0.001, 0.5))
def test_with_all_of_the_room_the_cap_is_met(drawn, share, unit):
    rng, n = drawn
    links, loads = correlations(rng, n), rng.uniform(0.0, 500.0, n)
    i, before = int(rng.integers(n)), var_of(links, loads)
    cap = before / share
    value = room_under_var(unit, float(np.abs(links)[i] @ loads), before * before, cap)
    after = loads.copy()
    after[i] += value * unit
    assert var_of(links, after) == pytest.approx(cap, rel=1e-9)
    after[i] += 0.01 * cap
    assert var_of(links, after) > cap


@given(drawn=drawn, more=st.floats(0.01, 0.9))
def test_more_correlated_is_less_room(drawn, more):
    rng, n = drawn
    assume(n > 1)
    links, loads = np.abs(correlations(rng, n)), rng.uniform(1.0, 500.0, n)
    cap = 1.5 * var_of(np.ones((n, n)), loads)
    closer = links + more * (1.0 - links)
    rooms = [room_under_var(0.1, float(one[0] @ loads), var_of(one, loads) ** 2, cap) for one in (links, closer)]
    assert rooms[1] <= rooms[0] * (1.0 + 1e-12)


# Unit, pull, square, cap -> room
EDGES = [
    ("nothing is held", 0.02, 0.0, 0.0, 200.0, 10_000.0),
    ("nothing caps it", 0.02, 50.0, 2_500.0, math.inf, math.inf),
    ("it adds nothing", 0.0, 50.0, 2_500.0, 10.0, math.inf),
    ("just below the cap", 0.02, 0.0, 39_999.0, 200.0, 50.0),
    ("at the cap", 0.02, 0.0, 40_000.0, 200.0, 0.0),
    ("above it", 0.02, 0.0, 40_001.0, 200.0, 0.0),
    ("a cap of nothing", 0.02, 0.0, 0.0, 0.0, 0.0),
    ("all moves together", 0.02, 150.0, 22_500.0, 200.0, 2_500.0),
    ("nothing does", 0.02, 0.0, 22_500.0, 250.0, 10_000.0),
]


@pytest.mark.parametrize(
    ("unit", "pull", "square", "cap", "room"), [one[1:] for one in EDGES], ids=[one[0] for one in EDGES]
)
def test_room_by_hand(unit, pull, square, cap, room):
    assert room_under_var(unit, pull, square, cap) == pytest.approx(room, rel=1e-12)
