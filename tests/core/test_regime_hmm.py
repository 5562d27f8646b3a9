"""The filtered hidden Markov model: what it sees, that it filters and learns as it should, and keeps its meanings."""

import itertools
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from markets import random_bars
from regime_generators import GENERATORS
from scipy import stats

from models.regime import accuracy, by_hmm, simulate
from models.regime.detected import SILENT, persistent
from models.regime.hmm import BAND, FIRST, leading
from models.regime.learning import _backward, _forward, learn
from models.regime.observations import Observed, observe
from models.regime.states import (
    DOWN,
    LEAST_OFFSET,
    LOUD,
    MEANING,
    MOST_OFFSET,
    MOST_SAID,
    PANIC,
    RANGE,
    STATES,
    UP,
    advance,
    believed,
    take_over,
    weigh,
)
from models.types import Bars, Regime

V, T, R, C = Regime.VOLATILE, Regime.TRENDING, Regime.RANGING, Regime.CRISIS
ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "tests" / "support" / "regime_twin_run.py"


def found_in(bars: Bars):
    return by_hmm(bars.open, bars.high, bars.low, bars.close)


def seen_in(bars: Bars) -> Observed:
    return observe(bars.open, bars.high, bars.low, bars.close)


# Observations


def test_what_is_seen_of_a_bar():
    opens, high, low, close = (
        np.array(one)
        for one in (
            [100.0, 104.0, 95.0, 95.0],
            [110.0, 105.0, 96.0, 95.0],
            [99.0, 103.0, 94.0, 95.0],
            [104.0, 103.0, 95.0, 95.0],
        )
    )
    seen = observe(opens, high, low, close)
    assert seen.size[:3] == pytest.approx(np.log([math.log(110 / 99), math.log(105 / 103), math.log(103 / 94)]))
    assert math.isnan(seen.size[3])
    assert seen.move == pytest.approx(
        [
            math.log(104 / 100) / math.log(110 / 99),
            math.log(103 / 104) / math.log(105 / 103),
            math.log(95 / 103) / math.log(103 / 94),
            0.0,
        ]
    )
    assert seen.gap.tolist() == [0.0, 0.0, 1.0, 0.0]
    # The close before, in log true ranges above the mean of the closes before; the first bar has none.
    middle = math.log(104), (math.log(104) + math.log(103)) / 2
    usual = math.log(110 / 99), math.sqrt(math.log(110 / 99) * math.log(105 / 103))
    assert seen.stretch[:3] == pytest.approx([0.0, 0.0, (math.log(103) - middle[1]) / usual[1]])


def test_what_is_seen_does_not_depend_on_the_unit_of_the_price():
    bars = random_bars(1, 400, "1h")
    cents = Bars(bars.ts, *(1000.0 * getattr(bars, one) for one in ("open", "high", "low", "close")), bars.volume)
    for one, other in zip(seen_in(bars), seen_in(cents), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)
    assert (found_in(bars).label == found_in(cents).label).mean() > 0.999


def test_size_is_nearly_gaussian_and_its_mean_is_the_volatility():
    """Of Brownian motion: log range has a standard deviation of 0.29 (Alizadeh, Brandt and Diebold 2002)."""
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.normal(0.0, 0.01 / np.sqrt(400), (4000, 400)), axis=1)
    opens, close = np.full(4000, 1.0), np.exp(walk[:, -1])
    high, low = (np.exp(one(np.column_stack([np.zeros(4000), walk]), axis=1)) for one in (np.max, np.min))
    sizes = np.array([observe(*(one[t : t + 1] for one in (opens, high, low, close))).size[0] for t in range(4000)])
    assert sizes.std() == pytest.approx(0.29, abs=0.03)
    assert sizes.mean() == pytest.approx(math.log(0.01) + 0.43, abs=0.06)
    assert abs(stats.skew(sizes)) < 0.3


# Filter


def some_model(seed):
    rng = np.random.default_rng(seed)
    model = believed(-4.0, 1.0)
    model.steps[:] = rng.dirichlet(np.ones(STATES), STATES)
    return model


def test_the_likelihood_is_that_of_the_densities():
    bars, _ = simulate(np.random.default_rng(3), 200)
    seen, model = seen_in(bars), some_model(3)
    likelihood = np.empty((200, STATES))
    best = weigh(seen, model, likelihood)
    size = stats.norm.logpdf(seen.size[:, None], model.mean, model.spread)
    move = stats.norm.logpdf(seen.move[:, None], model.drift - model.pull * seen.stretch[:, None], model.noise)
    gap = np.where(seen.gap[:, None] > 0, np.log(model.gap), np.log(1.0 - model.gap))
    expected = size + move + gap + math.log(2.0 * math.pi)
    np.testing.assert_allclose(best, expected.max(axis=1), rtol=1e-12, atol=1e-12)
    relative = np.maximum(expected - expected.max(axis=1, keepdims=True), -MOST_SAID)
    np.testing.assert_allclose(likelihood, np.exp(relative), rtol=1e-9)
    assert likelihood.min() == pytest.approx(math.exp(-MOST_SAID))


def test_the_filter_is_the_sum_over_all_paths():
    rng, model = np.random.default_rng(5), some_model(5)
    likelihood, belief, room = rng.random((4, STATES)), np.full(STATES, 1.0 / STATES), np.empty(STATES)
    chance = 1.0
    for t in range(4):
        chance *= advance(belief, model.steps, likelihood[t], room)
    ends = np.zeros(STATES)
    for path in itertools.product(range(STATES), repeat=5):
        weight = 1.0 / STATES
        for t in range(4):
            weight *= model.steps[path[t], path[t + 1]] * likelihood[t, path[t + 1]]
        ends[path[-1]] += weight
    np.testing.assert_allclose(belief, ends / ends.sum(), rtol=1e-12)
    assert chance == pytest.approx(ends.sum())


# Learning


def test_looking_back_over_the_past_is_the_sum_over_all_paths():
    """Chance of each state at each bar, and expected steps, given all bars of the past."""
    bars, model = 4, some_model(7)
    likelihood = np.random.default_rng(7).random((bars, STATES))
    filtered, smoothed, counts = np.empty((bars, STATES)), np.empty((bars, STATES)), np.empty((STATES, STATES))
    found = _forward(model, likelihood, filtered)
    _backward(model, likelihood, filtered, smoothed, counts)
    chance, steps = np.zeros((bars, STATES)), np.zeros((STATES, STATES))
    first = model.steps.sum(axis=0) / STATES
    for path in itertools.product(range(STATES), repeat=bars):
        weight = first[path[0]] * likelihood[0, path[0]]
        for t in range(1, bars):
            weight *= model.steps[path[t - 1], path[t]] * likelihood[t, path[t]]
        for t in range(bars):
            chance[t, path[t]] += weight
        for pair in itertools.pairwise(path):
            steps[pair] += weight
    np.testing.assert_allclose(smoothed, chance / chance[0].sum(), rtol=1e-10)
    np.testing.assert_allclose(counts, steps / chance[0].sum(), rtol=1e-10)
    assert found == pytest.approx(math.log(chance[0].sum()))


def test_every_round_of_learning_makes_the_past_more_likely():
    """Baum-Welch with a prior never lowers the posterior, but for a little where a bound keeps meanings apart."""
    bars, _ = simulate(np.random.default_rng(1), 3000)
    scores = []
    for rounds in (1, 2, 3, 5, 10, 20):
        model = believed(-3.9, 0.5)
        scores.append(learn(seen_in(bars), model, rounds, np.empty(STATES)))
    assert all(later > earlier - 0.5 for earlier, later in itertools.pairwise(scores))
    assert scores[-1] > scores[0] + 100.0


def test_what_a_market_is_like_is_learned():
    bars, truth = simulate(np.random.default_rng(2), 8000)
    seen, model = seen_in(bars), believed(-4.0, 0.5)
    learn(seen, model, 20, np.empty(STATES))
    usual = [seen.size[truth == one].mean() for one in (T, R, V, C)]
    assert model.mean[[UP, RANGE, LOUD, PANIC]] == pytest.approx(usual, abs=0.25)
    assert model.drift[UP] == -model.drift[DOWN] > 0.12
    assert model.gap[PANIC] > 0.1 > 0.03 > model.gap[LOUD] > model.gap[RANGE]
    assert model.steps.sum(axis=1) == pytest.approx(np.ones(STATES))
    assert (np.diag(model.steps) > 0.95).all()
    assert 0.2 <= model.temper[0] < 0.7


def test_sizes_that_do_not_repeat_each_other_count_in_full():
    bars, _ = GENERATORS["plain"](np.random.default_rng(1), 4000)
    model = believed(-4.0, 0.5)
    learn(seen_in(bars), model, 10, np.empty(STATES))
    assert model.temper[0] > 0.75


@pytest.mark.parametrize("seed", range(6))
def test_states_keep_their_meaning_on_any_bars(seed):
    bars = random_bars(seed, 1500, "1h")
    model = believed(-4.0, 0.35)
    learn(seen_in(bars), model, 15, np.empty(STATES))
    offset = model.mean - model.mean[UP]
    assert (offset >= LEAST_OFFSET - 1e-12).all()
    assert offset[DOWN] == 0.0
    assert offset[RANGE] <= MOST_OFFSET[RANGE] + 1e-12
    assert offset[LOUD] <= MOST_OFFSET[LOUD] + 1e-12
    assert model.mean[PANIC] >= model.mean[LOUD] + 0.3 - 1e-12
    assert model.drift[UP] >= 0.06
    assert model.drift[PANIC] <= -0.04
    assert (model.drift[[RANGE, LOUD]] == 0.0).all()
    assert model.pull[RANGE] >= 0.02
    assert model.pull[[UP, DOWN, LOUD, PANIC]].tolist() == [0.0] * 4


def test_a_model_taken_over_is_the_other_one():
    bars = random_bars(1, 500, "1h")
    model, other = believed(0.0, 0.35), believed(-4.0, 0.7)
    learn(seen_in(bars), other, 3, np.empty(STATES))
    take_over(model, other)
    for one, two in zip(model, other, strict=True):
        assert (one == two).all()
        assert one is not two


# Decisions


def test_the_dead_band():
    for lead, expected in ((BAND - 0.01, SILENT), (BAND + 0.01, T)):
        posterior = np.array([0.1, 0.4 + lead, 0.4, 0.1 - lead])
        assert leading(posterior) == expected
    assert leading(np.array([0.33, 0.0, 0.0, 0.34])) == SILENT
    assert leading(np.array([0.0, 0.0, 0.4, 0.6])) == C


def test_both_trends_are_one_regime():
    assert MEANING.tolist() == [T, T, R, V, C]


@pytest.mark.parametrize("name", ["own", *GENERATORS])
def test_the_label_takes_three_in_five_and_confidence_is_a_probability(name):
    bars, _ = {"own": simulate, **GENERATORS}[name](np.random.default_rng(11), 2500)
    found = found_in(bars)
    always = persistent(found.raw, np.ones(len(bars), np.bool_))
    changed = np.flatnonzero(found.label[1:] != found.label[:-1]) + 1
    assert changed.size > 5
    assert (found.label[changed] == found.raw[changed]).all()
    assert (found.label[changed] == always[changed]).all()
    assert ((found.confidence >= 0.0) & (found.confidence <= 1.0)).all()
    assert found.confidence[found.raw == found.label].mean() > 0.8
    assert found.confidence[found.raw != found.label].mean() < 0.4


def test_confidence_says_how_often_it_is_right():
    parts = [simulate(np.random.default_rng(seed), 4000) for seed in (21, 22, 23)]
    right, confidence = [], []
    for bars, truth in parts:
        found = found_in(bars)
        right.append(found.label[500:] == truth[500:])
        confidence.append(found.confidence[500:])
    right, confidence = np.concatenate(right), np.concatenate(confidence)
    assert right[confidence > 0.95].mean() > 0.93
    assert right[confidence < 0.6].mean() < 0.75


def test_bars_that_do_not_move_say_nothing():
    bars, _ = simulate(np.random.default_rng(4), 600)
    flat = np.full(40, bars.close[299])
    columns = {one: np.concatenate([getattr(bars, one)[:300], flat]) for one in ("open", "high", "low", "close")}
    before, after = found_in(bars.rows(slice(0, 300))), found_in(Bars(np.arange(340), **columns, volume=np.ones(340)))
    assert (after.label[:300] == before.label).all()
    assert after.label[339] == before.label[299]
    assert after.confidence[339] < after.confidence[300]
    still = found_in(Bars(np.arange(200), *[np.full(200, 5.0)] * 4, np.ones(200)))
    assert set(still.label.tolist()) == {R}


def test_a_falling_market_is_a_trend_as_a_rising_one():
    bars, truth = simulate(np.random.default_rng(6), 3000)
    turned = replace(bars, open=1e4 / bars.open, high=1e4 / bars.low, low=1e4 / bars.high, close=1e4 / bars.close)
    calm = truth != C
    assert (found_in(bars).label == found_in(turned).label)[calm].mean() > 0.9


def test_it_is_right_soon_after_the_first_learning():
    """From bar 64 to bar 500, over many series: less than later, and far above chance."""
    found = []
    for seed in range(30):
        bars, truth = simulate(np.random.default_rng(seed), 500)
        found.append(accuracy(truth[FIRST:], found_in(bars).label[FIRST:]))
    assert np.mean(found) > 0.8


# The plain twin


def test_the_plain_twin_agrees_to_the_bit():
    base = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(SCRIPT.parent)])}
    running = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT)], cwd=ROOT, env=base | {"NUMBA_DISABLE_JIT": one}, stdout=subprocess.PIPE
        )
        for one in ("0", "1")
    ]
    compiled, plain = (json.loads(one.communicate(timeout=300)[0]) for one in running)
    assert [one.returncode for one in running] == [0, 0]
    assert (compiled.pop("compiled"), plain.pop("compiled")) == (True, False)
    assert compiled == plain
    assert set(compiled) == {
        f"{detector} {name}" for detector in ("rules", "hmm") for name in ("own", "banded", "bars")
    }
    assert min(one["labels"] for one in compiled.values()) >= 2
