"""What holds for every blend and every record of skill."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from plain_harmoniser import bars_of_one_route

from models.risk.blending import blend, decay_table
from models.risk.harmoniser import Beliefs, harmonised
from models.risk.skill import past_skill

pytestmark = pytest.mark.risk

edges = st.floats(-500.0, 500.0)
shares = st.floats(0.0, 1.0)
models = st.lists(st.tuples(edges | st.just(math.nan), shares, st.floats(0.0, 2.0), shares), min_size=1, max_size=5)
priors = st.tuples(edges, st.floats(0.1, 200.0), st.floats(0.1, 200.0))


def rows(said):
    return np.array(said, float)


@given(said=models, prior=priors)
def test_the_order_of_the_models_does_not_matter(said, prior):
    """Up to the last bits of sums of as many terms; with two models not even those."""
    found = blend(rows(said), *prior)
    bound = 1e-13 * (abs(prior[0]) + sum(abs(edge - prior[0]) for edge, *_ in said if not math.isnan(edge)))
    for order in itertools.islice(itertools.permutations(said), 24):
        other = blend(rows(order), *prior)
        assert other[0] == pytest.approx(found[0], rel=1e-13, abs=bound, nan_ok=True)
        assert other[1:] == pytest.approx(found[1:], rel=1e-13, nan_ok=True)
    if len(said) == 2:
        np.testing.assert_array_equal(blend(rows(said[::-1]), *prior), found)


@given(said=models, prior=priors, scale=st.floats(1e-3, 1e3))
def test_another_unit_gives_the_same_in_that_unit(said, prior, scale):
    edge, error, weight = blend(rows(said), *prior)
    scaled = rows(said)
    scaled[:, 0] *= scale
    other = blend(scaled, *(scale * one for one in prior))
    bound = 1e-12 * scale * (abs(prior[0]) + sum(abs(one - prior[0]) for one, *_ in said if not math.isnan(one)))
    assert other[0] == pytest.approx(scale * edge, rel=1e-12, abs=bound, nan_ok=True)
    assert other[1] == pytest.approx(scale * error, rel=1e-12, nan_ok=True)
    assert np.array_equal(other[2], weight)


@given(said=models, prior=priors, more=st.floats(1.0, 10.0))
def test_more_trust_goes_nearer_to_the_data_and_is_surer(said, prior, more):
    heard = [one for one in said if not math.isnan(one[0])]
    weights = [math.prod(one[1:]) for one in heard]
    assume(sum(weights) > 1e-6)
    data = sum(w * one[0] for w, one in zip(weights, heard, strict=True)) / sum(weights)
    raised = rows(said)
    raised[:, 1] *= more
    before, after = blend(rows(said), *prior), blend(raised, *prior)
    assert abs(after[0] - data) <= abs(before[0] - data) * (1.0 + 1e-9) + 1e-9
    assert after[1] <= before[1] * (1.0 + 1e-15) <= prior[1] * (1.0 + 1e-14)


@given(said=models, prior=priors)
def test_the_edge_lies_between_the_prior_and_the_words(said, prior):
    heard = [one[0] for one in said if not math.isnan(one[0])]
    assume(heard)
    edge, error, weight = blend(rows(said), *prior)
    slack = 1e-9 * (1.0 + abs(prior[0]) + max(map(abs, heard)))
    assert min(prior[0], *heard) - slack <= edge <= max(prior[0], *heard) + slack
    assert 0.0 < error <= prior[1]
    if weight == 0.0:
        assert (edge, error) == prior[:2]


@given(said=models, prior=priors, edge=edges, place=st.integers(0, 5))
def test_a_model_without_weight_changes_nothing_where_others_speak(said, prior, edge, place):
    assume(any(not math.isnan(one[0]) for one in said))
    beside = [*said[:place], (edge, 0.0, 1.0, 1.0), *said[place:]]
    np.testing.assert_array_equal(blend(rows(beside), *prior), blend(rows(said), *prior))


def history(seed, count, models=3):
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, count)))
    edge = rng.normal(0.0, 40.0, (count, models))
    edge[rng.random((count, models)) < 0.5] = np.nan
    return close, edge, rng.random((count, models))


BELIEFS = Beliefs(4.0, 0.0, 50.0, 25.0, 0.05, 5.0, 2.0)


def routes(seed, shape, share=0.6):
    return np.random.default_rng([seed, 1]).random(shape) < share


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 300), horizon=st.integers(1, 40))
def test_later_bars_change_nothing(seed, cut, horizon):
    close, edge, confidence = history(seed, 300)
    speaks = routes(seed, edge.shape)
    part = harmonised(edge[:cut], confidence[:cut], close[:cut], horizon, speaks[:cut], BELIEFS)
    assert part.tobytes() == harmonised(edge, confidence, close, horizon, speaks, BELIEFS)[:cut].tobytes()


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    routed=st.sets(st.integers(0, 3)),
    mute=st.sets(st.integers(0, 3)),
    horizon=st.integers(1, 40),
)
def test_one_route_for_all_bars_is_the_blend_of_its_models_alone(seed, routed, mute, horizon):
    """To the bit: what is left out, because it is never routed or never speaks, changes nothing."""
    close, edge, confidence = history(seed, 200, 4)
    edge[:, list(mute)] = np.nan
    speaks = np.zeros(edge.shape, bool)
    speaks[:, list(routed)] = True
    found = harmonised(edge, confidence, close, horizon, speaks, BELIEFS)
    skill = np.column_stack([past_skill(edge[:, k].copy(), close, horizon, *BELIEFS[4:]) for k in range(4)])
    decays = decay_table(BELIEFS.half_life_bars, horizon)
    expected = bars_of_one_route(edge, confidence, skill, sorted(routed), decays, *BELIEFS[1:4])
    assert found.tobytes() == expected.tobytes()


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), bar=st.integers(0, 199), horizon=st.integers(1, 40))
def test_a_bar_s_edge_depends_on_its_own_route_alone(seed, bar, horizon):
    close, edge, confidence = history(seed, 200)
    speaks, others = routes(seed, edge.shape), routes(seed + 1, edge.shape, 0.3)
    others[bar] = speaks[bar]
    one, other = (harmonised(edge, confidence, close, horizon, each, BELIEFS) for each in (speaks, others))
    assert one[bar].tobytes() == other[bar].tobytes()


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), at=st.integers(0, 299), horizon=st.integers(1, 40))
def test_a_prediction_is_not_judged_before_its_horizon_is_over(seed, at, horizon):
    close, edge, _ = history(seed, 300, 1)
    other = edge[:, 0].copy()
    other[at] = 1e4
    before, after = (past_skill(one, close, horizon, 0.05, 5.0, 2.0) for one in (edge[:, 0].copy(), other))
    assert before[: at + horizon].tobytes() == after[: at + horizon].tobytes()


@given(seed=st.integers(0, 10_000), most=st.floats(0.5, 3.0))
def test_skill_keeps_to_its_range(seed, most):
    close, edge, _ = history(seed, 120, 1)
    found = past_skill(edge[:, 0].copy(), close, 3, 0.05, 2.0, most)
    assert ((found >= 0.0) & (found <= max(most, 1.0))).all()
