"""What holds for the tail of any returns."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.tails import (
    CONFIDENCES,
    EWMA,
    Scenarios,
    TailSettings,
    cornish_fisher,
    historical,
    in_domain,
    normal,
    portfolio_tail,
    shrunk_correlation,
    student_t,
    tail_history,
)
from models.tails.days import DailyCloses
from models.tails.moments import moments_of

pytestmark = pytest.mark.risk

METHODS = [historical, normal, student_t]
sizes = st.floats(-0.5, 0.5).map(lambda one: round(one, 6))
some_returns = st.integers(2, 60).flatmap(lambda count: arrays(np.float64, count, elements=sizes))
confidences = st.floats(0.5, 0.999)


def near(scale: float) -> float:
    return 1e-9 * max(scale, 1e-6)


@pytest.mark.parametrize("measure", METHODS)
@given(returns=some_returns, pair=st.tuples(confidences, confidences))
def test_more_confidence_is_more_risk(measure, returns, pair):
    less, more = (measure(returns, one) for one in sorted(pair))
    assert more.var >= less.var - 1e-12
    assert more.es >= less.es - 1e-9


@pytest.mark.parametrize("measure", [*METHODS, cornish_fisher])
@given(returns=some_returns, confidence=confidences)
def test_the_shortfall_is_no_smaller_than_the_value_at_risk(measure, returns, confidence):
    found = measure(returns, confidence)
    assert found.es >= found.var - 1e-12


@pytest.mark.parametrize("measure", [*METHODS, cornish_fisher])
@given(returns=some_returns, confidence=confidences, factor=st.floats(0.01, 100.0), shift=st.floats(-1.0, 1.0))
def test_twice_the_position_is_twice_the_risk_and_a_sure_profit_is_less(measure, returns, confidence, factor, shift):
    assume(returns.std() > 1e-3)
    found, other = measure(returns, confidence), measure(factor * returns + shift, confidence)
    assert other.var == pytest.approx(factor * found.var - shift, rel=1e-6, abs=1e-6)
    assert other.es == pytest.approx(factor * found.es - shift, rel=1e-6, abs=1e-6)


@given(seed=st.integers(0, 10**6), pair=st.tuples(confidences, confidences))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_within_its_domain_the_expansion_rises_with_confidence(seed, pair):
    returns = np.random.default_rng(seed).standard_t(8, 200)
    moments = moments_of(returns)
    assume(in_domain(moments.skewness, moments.excess))
    less, more = (cornish_fisher(returns, one) for one in sorted(pair))
    assert more.var >= less.var - 1e-12


@given(
    scenarios=arrays(np.float64, (20, 3), elements=sizes),
    first=arrays(np.float64, 3, elements=st.floats(-100.0, 100.0)),
    second=arrays(np.float64, 3, elements=st.floats(-100.0, 100.0)),
    confidence=confidences,
)
@settings(max_examples=50, phases=[Phase.explicit, Phase.generate])
def test_two_books_together_are_no_riskier_than_apart(scenarios, first, second, confidence):
    """Of the expected shortfall of filtered scenarios; and each book's parts add up to it."""
    assume((scenarios.std(axis=0) > 1e-3).all())
    drawn = Scenarios(scenarios, scenarios, np.eye(3), np.eye(3), np.ones(3))
    both, one, other = (portfolio_tail(book, drawn, confidence) for book in (first + second, first, second))
    room = near(float(np.abs(first).sum() + np.abs(second).sum()))
    assert both.tails["filtered"].es <= one.tails["filtered"].es + other.tails["filtered"].es + room
    assert one.shortfall.sum() == pytest.approx(one.tails["filtered"].es, abs=room)
    assert one.gaussian.component.sum() == pytest.approx(one.gaussian.tail.var, abs=room)


@given(seed=st.integers(0, 10**6), count=st.integers(62, 120), size=st.floats(1e-4, 0.2))
@settings(max_examples=40)
def test_a_history_is_ordered(seed, count, size):
    close = 10.0 * np.exp(np.cumsum(np.random.default_rng(seed).standard_t(3, count) * size))
    assume(np.isfinite(close).all() and (close > 1e-200).all())
    ts = np.arange(count, dtype=np.int64)
    found = tail_history(DailyCloses(ts, ts, close), TailSettings(80, 60, 10), lambda _: EWMA)
    for var, es in ((found.long_var, found.long_es), (found.short_var, found.short_es)):
        known = var[60:]
        assert (np.diff(known, axis=1) >= 0.0).all()
        assert (es[60:] >= known * (1.0 - 1e-12) - 1e-12).all()
    assert (found.long_es[60:] < 1.0).all()
    assert found.long_var.shape == (count, len(CONFIDENCES))


@given(returns=arrays(np.float64, (60, 4), elements=sizes))
@settings(max_examples=60)
def test_a_correlation_is_one(returns):
    found = shrunk_correlation(returns)
    assert (found == found.T).all()
    assert (np.diag(found) == 1.0).all()
    assert (np.abs(found) <= 1.0 + 1e-12).all()
    assert not math.isnan(found.sum())
