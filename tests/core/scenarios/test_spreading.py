"""One candle as several: the course of the price worked out by hand."""

import math

import numpy as np
import pytest

from models.scenarios import Candles, spread_over
from models.types import BadInput

# Opens 1 above the close before, goes down to -1, up to 3 and closes at 2 (logs over the open).
RISE = Candles(*(np.array([one]) for one in (1.0, 2.0, 1.0, 1.0, 6.0)))
# The same upside down.
FALL = Candles(*(np.array([one]) for one in (-1.0, -2.0, 1.0, 1.0, 6.0)))


@pytest.mark.parametrize(
    ("parts", "body", "up", "down"),
    [
        (1, [2.0], [1.0], [1.0]),
        # Half way it is in the middle between -1 and 3; each half holds one of the two extremes.
        (2, [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]),
        # Each third is a leg of its own.
        (3, [-1.0, 4.0, -1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        # -0.75 after a quarter, 1 after a half, 2.25 + ... the low in the second, the high in the third.
        (4, [-0.75, 1.75, 1.75, -0.75], [0.0, 0.0, 0.25, 0.0], [0.0, 0.25, 0.0, 0.0]),
        (6, [-0.5, -0.5, 2.0, 2.0, -0.5, -0.5], [0.0] * 6, [0.0] * 6),
    ],
)
def test_a_rise_goes_down_first_and_a_fall_up(parts, body, up, down):
    rise, fall = spread_over(RISE, parts), spread_over(FALL, parts)
    assert rise.body == pytest.approx(body)
    assert fall.body == pytest.approx([-one for one in body])
    assert rise.up == pytest.approx(up)
    assert rise.down == pytest.approx(down)
    assert fall.up == pytest.approx(down)
    assert fall.down == pytest.approx(up)
    assert list(rise.gap) == [1.0] + [0.0] * (parts - 1)
    assert rise.volume == pytest.approx([6.0 / parts] * parts)


def test_a_bar_without_a_move_goes_down_first():
    still = Candles(*(np.array([one]) for one in (0.0, 0.0, 1.0, 2.0, 1.0)))
    assert spread_over(still, 3).body == pytest.approx([-2.0, 3.0, -1.0])


def test_candles_follow_each_other_and_unknown_volume_stays_unknown():
    both = Candles(*(np.concatenate(pair) for pair in zip(columns(RISE), columns(FALL), strict=True)))
    both.volume[1] = math.nan
    found = spread_over(both, 3)
    assert found.body == pytest.approx([-1.0, 4.0, -1.0, 1.0, -4.0, 1.0])
    assert list(found.gap) == [1.0, 0.0, 0.0, -1.0, 0.0, 0.0]
    assert found.volume[:3] == pytest.approx([2.0] * 3)
    assert np.isnan(found.volume[3:]).all()


def columns(one):
    return one.gap, one.body, one.up, one.down, one.volume


@pytest.mark.parametrize("parts", [0, -1])
def test_no_parts(parts):
    with pytest.raises(BadInput, match="cannot become"):
        spread_over(RISE, parts)
