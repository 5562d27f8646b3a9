"""The rule table row by row, and the persistence of three in five."""

import itertools
import math

import numpy as np
import pytest

from models.regime import label_regimes
from models.regime.rules import classify
from models.types import Regime

V, T, R, C = Regime.VOLATILE, Regime.TRENDING, Regime.RANGING, Regime.CRISIS
NAN = math.nan

# index, gap, atr_ratio, adx, before -> regime
TABLE = [
    # crisis goes before everything, above its threshold only
    (35.0, 0.0, 1.0, 30.0, R, T),
    (35.01, 0.0, 1.0, 30.0, R, C),
    (35.01, 0.0, 2.0, 10.0, R, C),
    (10.0, 0.03, 1.0, 30.0, R, T),
    (10.0, 0.0301, 1.0, 30.0, R, C),
    (10.0, -0.03, 1.0, 30.0, R, T),
    (10.0, -0.0301, 1.0, 30.0, R, C),
    # volatile: the index or the ATR is high, and no trend
    (25.0, 0.0, 1.0, 19.9, T, R),
    (25.01, 0.0, 1.0, 19.9, T, V),
    (25.01, 0.0, 1.0, 20.0, T, T),
    (25.01, 0.0, 1.0, 20.0, C, C),
    (25.01, 0.0, 1.0, 25.01, R, T),
    (10.0, 0.0, 1.5, 19.9, T, R),
    (10.0, 0.0, 1.51, 19.9, T, V),
    (10.0, 0.0, 1.51, 20.0, R, R),
    # trending, ranging, and as before in between
    (10.0, 0.0, 1.0, 25.0, R, R),
    (10.0, 0.0, 1.0, 25.0, V, V),
    (10.0, 0.0, 1.0, 25.01, R, T),
    (10.0, 0.0, 1.0, 20.0, T, T),
    (10.0, 0.0, 1.0, 19.99, T, R),
    # what is unknown fires nothing
    (NAN, NAN, NAN, NAN, T, T),
    (NAN, 0.0, 1.0, 30.0, R, T),
    (NAN, 0.05, NAN, NAN, R, C),
    (NAN, NAN, 1.6, 10.0, T, V),
    (40.0, NAN, NAN, NAN, R, C),
    (30.0, NAN, NAN, NAN, R, R),
    (30.0, NAN, 1.0, 10.0, R, V),
]


@pytest.mark.parametrize(("index", "gap", "atr_ratio", "adx", "before", "regime"), TABLE)
def test_classify(index, gap, atr_ratio, adx, before, regime):
    assert classify(index, gap, atr_ratio, adx, int(before)) == regime


FIGURES = {C: (50.0, 10.0), V: (30.0, 10.0), T: (10.0, 40.0), R: (10.0, 10.0)}


def labels_of(raw):
    """Labels of bars whose figures leave no doubt about the raw regime."""
    index, adx = (np.array(one, np.float64) for one in zip(*(FIGURES[one] for one in raw), strict=True))
    return [Regime(int(one)) for one in label_regimes(index, np.zeros(len(raw)), np.ones(len(raw)), adx)]


SEQUENCES = [
    ([T, T, T], [R, R, T]),
    ([T, T, R, T], [R, R, R, T]),
    ([T, R, T, R, T], [R, R, R, R, T]),
    ([T, R, R, T, R, T], [R, R, R, R, R, R]),
    ([C, C, R, R, R, C], [R, R, R, R, R, R]),  # the first of them has left the five
    ([T, T, T, C, C, V, V, C], [R, R, T, T, T, T, T, C]),
    ([T, T, T, R, R, V, V, V], [R, R, T, T, T, T, T, V]),
]


@pytest.mark.parametrize(("raw", "labels"), SEQUENCES)
def test_three_in_five(raw, labels):
    assert labels_of(raw) == labels


def test_three_in_five_for_every_sequence_of_seven():
    for raw in itertools.product((V, T, C), repeat=7):
        current, expected = R, []
        for t in range(7):
            held = [one for one in Regime if raw[max(0, t - 4) : t + 1].count(one) >= 3]
            current = held[0] if held else current
            expected.append(current)
        assert labels_of(raw) == expected


def test_as_before_means_the_raw_regime_before():
    index, adx = np.full(6, 10.0), np.array([30.0, 22.0, 22.0, 22.0, 15.0, 22.0])
    found = label_regimes(index, np.zeros(6), np.ones(6), adx)
    assert [Regime(int(one)) for one in found] == [R, R, T, T, T, T]


def test_nothing_known_is_ranging():
    nothing = np.full(4, NAN)
    assert list(label_regimes(nothing, nothing, nothing, nothing)) == [int(R)] * 4
    assert label_regimes(nothing[:0], nothing[:0], nothing[:0], nothing[:0]).size == 0
