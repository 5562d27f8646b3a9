"""The five formulas by hand, and their plain twins to the bit."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from markets import random_bars, same_bits

from models.alpha import ALPHA_SCORES, AlphaCore, AlphaInputs, AlphaKind, breakout, momentum, news, pressure, reversion
from models.alpha.breakout import _write_breakout
from models.alpha.reversion import SPREAD, _write_reversion
from models.features import compute_features
from models.types import CALENDARS
from models.types.speakers import ALPHAS

COUNT = 400


@pytest.fixture(scope="module")
def inputs():
    bars = random_bars(4, COUNT)
    features = compute_features(bars, CALENDARS["24/7"], "4h", 5, 20, np.full(COUNT, np.nan))
    imbalance, signal = np.random.default_rng(4).uniform(-1.0, 1.0, (2, COUNT))
    return AlphaInputs(bars, features, imbalance, signal)


def test_every_alpha_has_a_formula_and_no_other_name_has():
    assert tuple(ALPHA_SCORES) == ALPHAS


def test_scores_are_one_a_bar(inputs):
    for score in ALPHA_SCORES.values():
        assert score(inputs).shape == (COUNT,)


def test_momentum_is_forty_times_the_gap_of_the_averages(inputs):
    close = inputs.bars.close
    short, long = (np.convolve(close, np.ones(n) / n, "valid")[20 - n :] for n in (5, 20))
    np.testing.assert_allclose(momentum(inputs)[19:], 40.0 * (short - long) / long, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    ("bid", "ask", "score"), [(3.0, 1.0, 12.5), (1.0, 3.0, -12.5), (2.0, 2.0, 0.0), (1.0, 0.0, 25.0)]
)
def test_pressure_is_twenty_five_at_the_most(inputs, bid, ask, score):
    book = replace(inputs, imbalance=np.full(COUNT, (bid - ask) / (bid + ask)))
    assert pressure(book).tolist() == [score] * COUNT


def test_news_is_the_signal(inputs):
    np.testing.assert_array_equal(news(inputs), inputs.news)


def test_no_book_no_pressure(inputs):
    assert np.isnan(pressure(replace(inputs, imbalance=np.full(COUNT, np.nan)))).all()


@pytest.mark.parametrize(
    ("stretch", "volatility", "score"),
    [
        (0.01 * SPREAD, 0.01, -1.0),
        (-0.02 * SPREAD, 0.01, 2.0),
        (0.0, 0.01, 0.0),
        (0.5, 0.01, -3.0),
        (-0.5, 0.01, 3.0),
        (0.01, 0.0, math.nan),
        (0.01, math.nan, math.nan),
        (math.nan, 0.01, math.nan),
    ],
)
def test_reversion_is_minus_the_stretch_in_deviations(inputs, stretch, volatility, score):
    figures = {"stretch": np.full(COUNT, stretch), "volatility": np.full(COUNT, volatility)}
    found = reversion(replace(inputs, features=replace(inputs.features, **figures)))
    np.testing.assert_allclose(found, score, rtol=1e-12)


def test_a_random_walk_has_a_reversion_score_of_deviation_one():
    rng = np.random.default_rng(1)
    steps = rng.normal(0.0, 0.001, (20_000, 20)).cumsum(axis=1)
    away = steps[:, -1] - steps.mean(axis=1)
    assert away.std() / 0.001 / SPREAD == pytest.approx(1.0, abs=0.02)


def flat(inputs, close, atr=2.0):
    """Bars between 99 and 101 whose last one closes elsewhere."""
    rows = slice(0, 22)
    closes = np.full(22, 100.0)
    closes[-1] = close
    bars = replace(
        inputs.bars.rows(rows),
        high=np.maximum(closes, 101.0),
        low=np.minimum(closes, 99.0),
        close=closes,
    )
    return AlphaInputs(bars, replace(inputs.features, atr=np.full(22, atr)), inputs.imbalance[rows], inputs.news[rows])


@pytest.mark.parametrize(
    ("close", "score"),
    [(107.0, 3.0), (101.5, 0.25), (101.0, 0.0), (100.0, 0.0), (99.0, 0.0), (98.0, -0.5), (91.0, -4.0)],
)
def test_breakout_is_the_way_beyond_the_range_before(inputs, close, score):
    found = breakout(flat(inputs, close))
    assert np.isnan(found[:20]).all()
    assert found[20] == 0.0
    assert found[21] == score


@pytest.mark.parametrize("atr", [0.0, math.nan])
def test_no_range_no_breakout(inputs, atr):
    assert np.isnan(breakout(flat(inputs, 107.0, atr))).all()


def test_breakout_stays_within_fourteen_ranges(inputs):
    bars = inputs.bars
    jump = np.where(np.arange(COUNT) < 200, 1.0, 50.0)
    jumped = replace(bars, **{name: getattr(bars, name) * jump for name in ("open", "high", "low", "close")})
    features = compute_features(jumped, CALENDARS["24/7"], "4h", 5, 20, np.full(COUNT, np.nan))
    found = breakout(AlphaInputs(jumped, features, inputs.imbalance, inputs.news))
    assert 13.0 < np.nanmax(found) <= 14.0


def test_greater_is_more_upward(inputs):
    """Of the bar that makes each formula speak most loudly, its mirror image says the opposite."""
    mirrored = replace(
        inputs.bars,
        **{
            name: 1e4 / getattr(inputs.bars, other)
            for name, other in {"open": "open", "high": "low", "low": "high", "close": "close"}.items()
        },
    )
    features = compute_features(mirrored, CALENDARS["24/7"], "4h", 5, 20, np.full(COUNT, np.nan))
    other = AlphaInputs(mirrored, features, -inputs.imbalance, -inputs.news)
    for score in ALPHA_SCORES.values():
        one, opposite = score(inputs), score(other)
        known = np.isfinite(one)
        assert same_bits(known, np.isfinite(opposite))
        assert np.corrcoef(one[known], -opposite[known])[0, 1] > 0.95


def test_the_kernels_agree_with_their_plain_twins(inputs):
    features, bars = inputs.features, inputs.bars
    for kernel, columns in (
        (_write_reversion, (features.stretch, features.volatility)),
        (_write_breakout, (bars.close, bars.low, bars.high, features.atr)),
    ):
        compiled, plain = np.empty(COUNT), np.empty(COUNT)
        kernel(*columns, compiled)
        getattr(kernel, "py_func", kernel)(*columns, plain)
        assert same_bits(compiled, plain)


def test_an_alphas_kind_learns_nothing_and_says_its_input():
    kind = AlphaKind("pressure")
    inputs = np.array([[1.0], [math.nan], [-2.0]])
    core = kind.fit(inputs, None, np.arange(0), np.arange(3))
    assert not fields(core)
    assert core == AlphaCore()
    assert same_bits(core.scores(inputs, slice(1, 3)), np.array([math.nan, -2.0]))
    assert core.importance.tolist() == [1.0]
    assert core.curves == {}
