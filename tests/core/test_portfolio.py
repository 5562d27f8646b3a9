"""Blending and booking, worked out by hand."""

import math

import numpy as np
import pytest

from models.portfolio import apply_fill, blend, blend_bars

NAN = math.nan

BLEND = [
    (10.0, 1.0, 30.0, 1.0, 20.0),
    (10.0, 0.9, 30.0, 0.3, 15.0),
    (10.0, 0.5, -30.0, 0.0, 10.0),
    (-12.0, 0.2, 4.0, 0.6, 0.0),
    (10.0, 0.0, 30.0, 0.0, 0.0),
    (NAN, 0.0, 30.0, 1.0, NAN),
    (10.0, 1.0, NAN, 0.0, NAN),
]


@pytest.mark.parametrize(("a", "sure_a", "b", "sure_b", "edge"), BLEND)
def test_blend(a, sure_a, b, sure_b, edge):
    assert blend(a, sure_a, b, sure_b) == pytest.approx(edge, rel=1e-15, abs=1e-15, nan_ok=True)


def test_blend_bars_is_blend_for_every_bar():
    columns = [np.array(one) for one in zip(*BLEND, strict=True)]
    np.testing.assert_allclose(blend_bars(*columns[:4]), columns[4], rtol=1e-15, atol=1e-15)


# cash, quantity, cost, fill, price, fee -> cash, quantity, cost, realised
FILLS = [
    ("a first buy", (1000.0, 0.0, 0.0), (2.0, 100.0, 0.5), (799.5, 2.0, 200.5, 0.0)),
    ("a second buy", (799.5, 2.0, 200.5), (1.0, 130.0, 0.25), (669.25, 3.0, 330.75, 0.0)),
    ("all of it sold with a profit", (799.5, 2.0, 200.5), (-2.0, 110.0, 0.5), (1019.0, 0.0, 0.0, 19.0)),
    ("all of it sold at the price paid", (799.5, 2.0, 200.5), (-2.0, 100.0, 0.5), (999.0, 0.0, 0.0, -1.0)),
    ("a quarter of it sold", (0.0, 4.0, 400.0), (-1.0, 90.0, 1.0), (89.0, 3.0, 300.0, -11.0)),
]


@pytest.mark.parametrize(("before", "fill", "after"), [one[1:] for one in FILLS], ids=[one[0] for one in FILLS])
def test_apply_fill(before, fill, after):
    assert apply_fill(*before, *fill) == pytest.approx(after, rel=1e-15)


def test_a_closed_position_leaves_no_dust():
    _, quantity, cost, _ = apply_fill(0.0, 0.3, 0.1 + 0.2, -0.3, 1.0, 0.0)
    assert (quantity, cost) == (0.0, 0.0)
