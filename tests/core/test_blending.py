"""The blend of edges: worked out by hand, held against quadrature and matrices, and against its plain twin."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from plain_harmoniser import blended_bars, posterior_by_integration, posterior_by_matrices, routed_bars, skills

from models.risk.blending import blend, blend_bars, decay_table
from models.risk.harmoniser import Beliefs, harmonised

pytestmark = pytest.mark.risk

NAN = math.nan
ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "tests/support/harmoniser_twin_run.py"


def said(*models):
    """Edge and weight of each model, the weight as its confidence."""
    return np.array([(edge, weight, 1.0, 1.0) for edge, weight in models])


# models, prior, its error, the models' -> edge, error, weight. Prior error 3, model error 4: variances 9 and 16.
BY_HAND = [
    ("one sure model: 9 / 25 of the way", [(10.0, 1.0)], (0.0, 3.0, 4.0), (3.6, 2.4, 1.0)),
    ("from a prior that is not zero", [(10.0, 1.0)], (5.0, 3.0, 4.0), (6.8, 2.4, 1.0)),
    ("half as sure: 4.5 / 20.5", [(10.0, 0.5)], (0.0, 3.0, 4.0), (45.0 / 20.5, 12.0 / math.sqrt(20.5), 0.5)),
    ("two of one mind are one twice as sure", [(10.0, 0.5), (10.0, 0.5)], (0.0, 3.0, 4.0), (3.6, 2.4, 1.0)),
    ("the surer pulls more", [(10.0, 0.75), (-10.0, 0.25)], (0.0, 3.0, 4.0), (1.8, 2.4, 1.0)),
    ("they cancel out, and are no less sure", [(10.0, 0.5), (-10.0, 0.5)], (0.0, 3.0, 4.0), (0.0, 2.4, 1.0)),
    ("a silent one does not count", [(NAN, 1.0), (10.0, 1.0)], (0.0, 3.0, 4.0), (3.6, 2.4, 1.0)),
    ("one that nobody trusts: the prior", [(10.0, 0.0)], (5.0, 3.0, 4.0), (5.0, 3.0, 0.0)),
    ("and beside a silent one", [(10.0, 0.0), (NAN, 1.0)], (5.0, 3.0, 4.0), (5.0, 3.0, 0.0)),
    ("all are silent", [(NAN, 1.0), (NAN, 0.5)], (5.0, 3.0, 4.0), (NAN, NAN, 0.0)),
    ("there is none", [], (5.0, 3.0, 4.0), (NAN, NAN, 0.0)),
    ("a prior beyond doubt", [(10.0, 1.0)], (5.0, 0.0, 4.0), (5.0, 0.0, 1.0)),
    ("a weight that is not known", [(10.0, NAN)], (5.0, 3.0, 4.0), (NAN, NAN, NAN)),
]


@pytest.mark.parametrize(("models", "beliefs", "found"), [one[1:] for one in BY_HAND], ids=[one[0] for one in BY_HAND])
def test_by_hand(models, beliefs, found):
    rows = said(*models) if models else np.empty((0, 4))
    assert blend(rows, *beliefs) == pytest.approx(found, rel=1e-15, abs=1e-15, nan_ok=True)


def test_the_weight_is_confidence_times_skill_times_decay():
    found = blend(np.array([(10.0, 0.5, 2.0, 0.25), (-20.0, 0.4, 1.5, 0.5)]), 0.0, 3.0, 4.0)
    assert found == pytest.approx(blend(said((10.0, 0.25), (-20.0, 0.3)), 0.0, 3.0, 4.0), rel=1e-15)
    assert found[2] == pytest.approx(0.55)


@pytest.mark.parametrize("prior", [(0.0, 50.0, 25.0), (-7.0, 3.0, 40.0)], ids=["wide", "narrow"])
@pytest.mark.parametrize("weight", [0.0, 1e-9])
def test_without_trust_the_prior_is_left(prior, weight):
    edge, error, _ = blend(said((1e3, weight), (-50.0, weight)), *prior)
    assert (edge, error) == (prior[:2] if weight == 0.0 else pytest.approx(prior[:2], abs=1e-5))


DRAWN = [np.random.default_rng(seed) for seed in range(20)]


@pytest.mark.parametrize("rng", DRAWN, ids=range(20))
def test_the_posterior_agrees_with_quadrature_and_with_matrices(rng):
    count = int(rng.integers(1, 7))
    edges, weights = rng.normal(0.0, 30.0, count), rng.uniform(0.01, 2.0, count)
    beliefs = (float(rng.normal(0.0, 10.0)), float(rng.uniform(10.0, 80.0)), float(rng.uniform(10.0, 80.0)))
    edge, error, weight = blend(said(*zip(edges, weights, strict=True)), *beliefs)
    for mean, deviation in (
        posterior_by_integration(edges, weights, *beliefs),
        posterior_by_matrices(edges, weights, *beliefs),
    ):
        assert edge == pytest.approx(mean, rel=1e-9, abs=1e-9)
        assert error == pytest.approx(deviation, rel=1e-9)
    assert weight == pytest.approx(weights.sum(), rel=1e-14)


# Bars


def test_the_decay_halves_every_half_life():
    np.testing.assert_allclose(decay_table(2.0, 4), [1.0, 0.5**0.5, 0.5, 0.5**1.5, 0.25], rtol=1e-15)
    assert decay_table(12.0, 24)[[0, 12, 24]].tolist() == [1.0, 0.5, 0.25]
    assert decay_table(12.0, 0).tolist() == [1.0]


def bars(edges, confidences=None, skill=None, routes=(0,), longest=2, half_life=1.0):
    """Edge, error and weight of bars of models that say `edges`; prior 0 with error 3, model error 4."""
    edges = np.array(edges, float).reshape(len(edges), -1)
    ones = np.ones_like(edges)
    confidences = ones if confidences is None else np.array(confidences, float).reshape(edges.shape)
    skill = ones if skill is None else np.array(skill, float).reshape(edges.shape)
    speaks = np.array(routes, bool) if np.ndim(routes) == 2 else constant(edges.shape, routes)
    return blend_bars(edges, confidences, skill, speaks, decay_table(half_life, longest), 0.0, 3.0, 4.0)


def constant(shape, routes):
    """The same columns speak for every bar."""
    speaks = np.zeros(shape, bool)
    speaks[:, list(routes)] = True
    return speaks


def test_a_last_word_fades_until_the_table_ends():
    found = bars([NAN, 10.0, NAN, NAN, NAN, 20.0, NAN])
    assert found[:, 2].tolist() == [0.0, 1.0, 0.5, 0.25, 0.0, 1.0, 0.5]
    np.testing.assert_allclose(found[:, 0], [NAN, 3.6, 45.0 / 20.5, 22.5 / 18.25, NAN, 7.2, 90.0 / 20.5], rtol=1e-14)
    np.testing.assert_allclose(
        found[:, 1] ** 2,
        [NAN, 144.0 / 25.0, 144.0 / 20.5, 144.0 / 18.25, NAN, 144.0 / 25.0, 144.0 / 20.5],
        rtol=1e-14,
    )


def test_a_last_word_keeps_its_confidence_and_takes_the_skill_of_the_bar():
    found = bars([10.0, NAN], confidences=[0.5, 0.9], skill=[1.0, 0.6])
    assert found[:, 2] == pytest.approx([0.5, 0.5 * 0.6 * 0.5])


def test_only_those_that_are_routed_speak():
    edges = [[10.0, 20.0, NAN], [NAN, 20.0, 5.0]]
    assert bars(edges, routes=(1,)).tolist() == bars([20.0, 20.0]).tolist()
    assert bars(edges, routes=(2,)).tolist()[1] == bars([5.0]).tolist()[0]
    assert bars(edges, routes=(2, 1))[1, 2] == 2.0
    nobody = bars(edges, routes=())
    assert np.isnan(nobody[:, :2]).all()
    assert nobody[:, 2].tolist() == [0.0, 0.0]


def test_whoever_is_not_routed_is_still_remembered():
    """The first model's word of bar 0 counts at bar 2, where it is routed again, two bars old."""
    words = [[10.0, 20.0], [NAN, 30.0], [NAN, NAN]]
    routed = [[False, True], [False, True], [True, False]]
    found = bars(words, routes=routed)
    assert found[:2].tolist() == bars([20.0, 30.0]).tolist()
    assert found[2].tolist() == bars([10.0, NAN, NAN])[2].tolist()


def test_a_bar_for_which_nobody_is_routed_has_no_edge():
    found = bars([10.0, 10.0, 10.0], routes=[[True], [False], [True]])
    assert np.isnan(found[:, 0]).tolist() == [False, True, False]
    assert found[:, 2].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("seed", range(4))
def test_bars_agree_with_what_is_written_down_plainly(seed):
    rng = np.random.default_rng(seed)
    edges = rng.normal(0.0, 30.0, (200, 4))
    edges[rng.random((200, 4)) < 0.6] = NAN
    edges[50:60] = NAN
    confidences, skill, speaks = rng.random((200, 4)), rng.uniform(0.0, 2.0, (200, 4)), rng.random((200, 4)) < 0.6
    found = blend_bars(edges, confidences, skill, speaks, decay_table(3.0, 5), 4.0, 50.0, 25.0)
    expected = routed_bars(edges, confidences, skill, speaks, 3.0, 5, 4.0, 50.0, 25.0)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert np.isnan(found[:, 0]).any()


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
    assert compiled["skills"] > 100
    assert compiled["silent"] > 10


def test_skill_decay_and_blend_together():
    """`harmonised` is what is written down plainly, with each model's own record and one horizon of last words."""
    rng = np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, 250)))
    edges, confidences = rng.normal(0.0, 30.0, (250, 3)), rng.random((250, 3))
    edges[rng.random((250, 3)) < 0.5] = NAN
    edges[100:120] = NAN
    beliefs = Beliefs(4.0, 2.0, 50.0, 25.0, 0.05, 20.0, 1.75)
    found = harmonised(edges, confidences, close, 6, constant(edges.shape, (1, 2)), beliefs)
    record = np.column_stack([skills(edges[:, k], close, 6, 0.05, 20.0, 1.75) for k in range(3)])
    expected = blended_bars(edges, confidences, record, [1, 2], 4.0, 6, 2.0, 50.0, 25.0)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)
    assert np.isnan(found[:, 0]).sum() >= 13
