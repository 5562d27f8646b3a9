"""A shock in what the market did lately, worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from models.scenarios import Candles, Shock, bars_from, shocked
from models.types import BadInput

LOG = math.log
GENERATOR = np.random.default_rng(3)


def lately(rows=12):
    gap, body, up, down = (GENERATOR.normal(0.001, 0.01, rows) for _ in range(4))
    return Candles(gap, body, np.abs(up), np.abs(down), GENERATOR.uniform(0.5, 2.0, rows))


BASE = (lately(), lately(), lately())
MOVES = np.array([-0.35, 0.2, 0.0])
SHOCK = Shock(moves=(("all", -0.35),))
# Gaps of -1, 1, -1, 1 and bodies of 2, 0, 2, 0 (hundredths); both means are taken out first, on either side.
EVEN = Candles(
    gap=np.array([-0.01, 0.01, -0.01, 0.01]),
    body=np.array([0.02, 0.0, 0.02, 0.0]),
    up=np.array([0.01, 0.02, 0.03, 0.04]),
    down=np.array([0.04, 0.03, 0.02, 0.01]),
    volume=np.array([1.0, 2.0, math.nan, 4.0]),
)


def returns(one):
    return one.gap + one.body


def total(one, rows):
    return math.expm1(math.fsum(returns(one)[:rows]))


def test_a_fall_by_hand():
    (found,) = shocked([EVEN], np.array([-0.5]), Shock(moves=(("all", -0.5),), volatility=3.0, liquidity=0.1), 2)
    # Bodies without their mean: 0.01, -0.01; times 3, and half of log(0.5) in each. Gaps: -0.03, 0.03.
    assert found.gap == pytest.approx([-0.03, 0.03, -0.01, 0.01], abs=1e-15)
    assert found.body == pytest.approx([0.03 + LOG(0.5) / 2, -0.03 + LOG(0.5) / 2, 0.01, -0.01], abs=1e-15)
    assert found.up == pytest.approx([0.03, 0.06, 0.03, 0.04])
    assert found.down == pytest.approx([0.12, 0.09, 0.02, 0.01])
    assert found.volume[[0, 1, 3]] == pytest.approx([0.1, 0.2, 4.0])
    assert np.isnan(found.volume[2])


def test_a_gap_by_hand():
    (found,) = shocked([EVEN], np.array([-0.5]), Shock(moves=(("all", -0.5),), gap=True), 3)
    # Hundredths. Without their means the gaps are -2/3, 4/3, -2/3 and the bodies 2/3, -4/3, 2/3; the row after them is
    # still. Left of the returns without the first gap: 4/3 - 2/3 = 2/3, a third of it out of each body.
    assert found.gap == pytest.approx([LOG(0.5), 0.04 / 3, -0.02 / 3, 0.0], abs=1e-15)
    assert found.body == pytest.approx([0.04 / 9, -0.14 / 9, 0.04 / 9, 0.0], abs=1e-15)


@pytest.mark.parametrize("rows", [1, 5, 12])
@pytest.mark.parametrize(
    "shock",
    [
        SHOCK,
        replace(SHOCK, gap=True),
        replace(SHOCK, volatility=3.0),
        replace(SHOCK, volatility=0.0, correlation=0.5),
        replace(SHOCK, volatility=4.0, correlation=1.0, gap=True),
    ],
)
def test_the_move_is_exact(shock, rows):
    for one, move in zip(shocked(BASE, MOVES, shock, rows), MOVES, strict=True):
        assert total(one, rows) == pytest.approx(move, abs=1e-12)
        if shock.gap:
            assert one.gap[0] == math.log1p(move)
        close = bars_from(one, np.arange(12), 200.0, 1.0).close[rows - 1]
        assert close == pytest.approx(200.0 * (1.0 + move), rel=1e-12)


@pytest.mark.parametrize(("rows", "half"), [(2, 1), (5, 2), (12, 6)])
@pytest.mark.parametrize("recovers", [0.25, 1.0])
def test_a_move_that_recovers(rows, half, recovers):
    shock = replace(SHOCK, recovers=recovers, volatility=2.0)
    for one, move in zip(shocked(BASE, MOVES, shock, rows), MOVES, strict=True):
        assert total(one, half) == pytest.approx(move, abs=1e-12)
        assert total(one, rows) == pytest.approx(move * (1.0 - recovers), abs=1e-12)


def test_a_single_bar_that_recovers_reaches_the_move_within_itself():
    fell, rose, _ = shocked(BASE, MOVES, replace(SHOCK, recovers=0.5), 1)
    assert total(fell, 1) == pytest.approx(-0.175, abs=1e-12)
    assert total(rose, 1) == pytest.approx(0.1, abs=1e-12)
    assert bars_from(fell, np.arange(12), 100.0, 1.0).low[0] == pytest.approx(65.0, rel=1e-12)
    assert bars_from(rose, np.arange(12), 100.0, 1.0).high[0] == pytest.approx(120.0, rel=1e-12)


def test_after_the_shock_it_goes_on_as_before_without_a_drift():
    shock = replace(SHOCK, volatility=5.0, correlation=1.0, liquidity=0.1)
    for one, before in zip(shocked(BASE, MOVES, shock, 5), BASE, strict=True):
        assert one.gap[5:] == pytest.approx(before.gap[5:] - before.gap[5:].mean(), abs=1e-16)
        assert one.body[5:] == pytest.approx(before.body[5:] - before.body[5:].mean(), abs=1e-16)
        assert (one.up[5:] == before.up[5:]).all()
        assert (one.down[5:] == before.down[5:]).all()
        assert (one.volume[5:] == before.volume[5:]).all()
        assert one.volume[:5] == pytest.approx(0.1 * before.volume[:5])


def test_the_volatility_is_the_multiple():
    for one, before in zip(shocked(BASE, MOVES, replace(SHOCK, volatility=3.0), 12), BASE, strict=True):
        assert returns(one).std() == pytest.approx(3.0 * returns(before).std(), rel=1e-12)
        assert one.up == pytest.approx(3.0 * before.up)


def test_no_volatility_is_a_straight_line():
    for one, move in zip(shocked(BASE, MOVES, replace(SHOCK, volatility=0.0), 12), MOVES, strict=True):
        assert returns(one) == pytest.approx([math.log1p(move) / 12] * 12, abs=1e-15)


def test_with_a_correlation_of_one_bars_are_proportional():
    found = shocked(BASE, MOVES, replace(SHOCK, volatility=3.0, correlation=1.0), 8)
    standard = [(returns(one)[:8] - returns(one)[:8].mean()) / returns(one)[:8].std() for one in found]
    assert np.abs(np.array(standard) - standard[0]).max() < 1e-12


@pytest.mark.parametrize("correlation", [0.0, 0.4, 0.95])
def test_the_correlation_is_the_one_asked_for_in_the_shocked_rows(correlation):
    found = shocked(BASE, MOVES, replace(SHOCK, correlation=correlation), 9)
    matrix = np.corrcoef([returns(one)[:9] for one in found])
    assert matrix[np.triu_indices(3, 1)].mean() == pytest.approx(correlation, abs=1e-12)
    for one, before in zip(found, BASE, strict=True):
        assert returns(one)[:9].std() == pytest.approx(returns(before)[:9].std(), rel=1e-12)
        for side in (slice(0, 9), slice(9, None)):
            assert one.gap[side] == pytest.approx(before.gap[side] - before.gap[side].mean(), abs=1e-16)


def test_the_base_is_left_alone_and_the_same_comes_out_twice():
    before = [np.array([one.gap, one.body, one.up, one.down, one.volume]) for one in BASE]
    shock = replace(SHOCK, gap=True, correlation=0.5, volatility=2.0, liquidity=0.5)
    first, second = (shocked(BASE, MOVES, shock, 6) for _ in range(2))
    for one, old, again, copy in zip(BASE, before, first, second, strict=True):
        assert (np.array([one.gap, one.body, one.up, one.down, one.volume]) == old).all()
        assert again.body.tobytes() == copy.body.tobytes()


@pytest.mark.parametrize(
    ("base", "moves", "rows", "said"),
    [
        ((), [], 1, "0 assets"),
        ((BASE[0], lately(11)), [0.0, 0.0], 1, r"2 assets have \[11, 12\] rows"),
        (BASE, MOVES, 0, "takes 0 of 12"),
        (BASE, MOVES, 13, "takes 13 of 12"),
        (BASE, [0.0, 0.0], 1, "3 assets have 2 moves"),
        (BASE, [0.0, -1.0, 0.0], 1, "move 1 is -1.0"),
        (BASE, [0.0, 0.0, math.nan], 1, "move 2 is nan"),
        (BASE, [math.inf, 0.0, 0.0], 1, "move 0 is inf"),
    ],
)
def test_what_cannot_be_shocked(base, moves, rows, said):
    with pytest.raises(BadInput, match=said):
        shocked(base, np.array(moves), SHOCK, rows)
