"""The tail of several positions together."""

import math

import numpy as np
import pytest
from tail_fits_made import made_fit
from tail_markets import made_days

from models.tails import (
    DEFAULT_METHOD,
    DailyCloses,
    Scenarios,
    TailSettings,
    forecast,
    gaussian_tail,
    historical,
    portfolio_tail,
    prepare,
    shape_of,
    weighted,
)
from models.types import BadInput

pytestmark = pytest.mark.risk

SETTINGS = TailSettings(window_days=150, least_days=60, refit_days=9, correlation_days=80)


@pytest.fixture(scope="module")
def days() -> list[DailyCloses]:
    first = made_days(300, 1)
    return [first, DailyCloses(first.ts, first.known_at, np.sqrt(first.close)), made_days(300, 7).rows(slice(40, None))]


@pytest.fixture(scope="module")
def scenarios(days) -> Scenarios:
    return prepare(days, SETTINGS, made_fit)


def test_scenarios_are_of_the_same_days(days, scenarios):
    forecasts = [forecast(one, SETTINGS, made_fit) for one in days]
    assert scenarios.filtered.shape == (150, 3)
    assert scenarios.plain.shape == (150, 3)
    for i, one in enumerate(forecasts):
        assert scenarios.filtered[:, i] == pytest.approx(np.exp(one.mu + one.sigma * one.residual) - 1.0, rel=1e-12)
        assert scenarios.sigma[i] == one.sigma
    closes = days[2].close[-151:]
    assert scenarios.plain[:, 2] == pytest.approx(closes[1:] / closes[:-1] - 1.0, rel=1e-9)


def test_a_day_that_one_lacks_is_in_no_scenario(days):
    lacking = [days[0], days[1].rows(np.flatnonzero(np.arange(300) % 50 != 49))]
    assert prepare(lacking, SETTINGS, made_fit).filtered.shape[0] < 150
    assert prepare(lacking[:1], SETTINGS, made_fit).filtered.shape == (150, 1)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("values", [(1000.0, 500.0, -700.0), (-1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (3.0, -6.0, 0.0)])
def test_every_method_and_what_its_parts_add_up_to(scenarios, values, confidence):
    held = np.array(values)
    found = portfolio_tail(held, scenarios, confidence)
    assert next(iter(found.tails)) == DEFAULT_METHOD == "filtered"
    assert set(found.tails) == {"filtered", "historical", "normal", "student_t", "cornish_fisher", "shrunk_normal"}
    profits = scenarios.filtered @ held
    assert found.tails["filtered"] == pytest.approx(historical(profits, confidence), rel=1e-9, abs=1e-12)
    assert found.tails["historical"] == pytest.approx(
        historical(scenarios.plain @ held, confidence), rel=1e-9, abs=1e-12
    )
    assert found.shortfall.sum() == pytest.approx(found.tails["filtered"].es, rel=1e-9, abs=1e-12)
    assert found.gaussian.component.sum() == pytest.approx(found.tails["shrunk_normal"].var, rel=1e-9, abs=1e-12)


def test_a_hedge_takes_away(scenarios):
    """The second series is half of the first, day by day."""
    alone = portfolio_tail(np.array([100.0, 0.0, 0.0]), scenarios, 0.95)
    hedged = portfolio_tail(np.array([100.0, -150.0, 0.0]), scenarios, 0.95)
    assert hedged.gaussian.component[1] < 0.0 < hedged.gaussian.component[0]
    for name in ("filtered", "historical", "shrunk_normal"):
        assert hedged.tails[name].var < 0.6 * alone.tails[name].var


def test_marginal_is_the_slope():
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]]) * 1e-4
    values = np.array([100.0, -50.0])
    found = gaussian_tail(values, covariance, 0.95)
    assert found.tail.var == pytest.approx(1.6448536269514722 * math.sqrt(5.25), rel=1e-12)  # 4 + 2.25 - 1
    for i in range(2):
        step = np.zeros(2)
        step[i] = 1e-4
        up, down = (gaussian_tail(values + way * step, covariance, 0.95).tail.var for way in (1.0, -1.0))
        assert found.marginal[i] == pytest.approx((up - down) / 2e-4, rel=1e-6)


def test_the_shape_of_a_book():
    correlation = np.array([[1.0, 0.5, 0.2], [0.5, 1.0, 0.0], [0.2, 0.0, 1.0]])
    found = shape_of(np.array([300.0, -100.0, 0.0]), correlation)
    assert (found.gross, found.net) == (400.0, 200.0)
    assert found.concentration == pytest.approx(0.625)
    assert found.effective == pytest.approx(1.6)
    assert found.average_correlation == pytest.approx(-0.5)
    assert shape_of(np.full(3, 7.0), correlation).concentration == pytest.approx(1.0 / 3.0)
    assert shape_of(np.full(3, 7.0), correlation).average_correlation == pytest.approx(0.7 / 3.0)


def test_an_empty_book_and_a_single_position_have_no_correlation():
    assert math.isnan(shape_of(np.zeros(2), np.eye(2)).concentration)
    assert math.isnan(shape_of(np.zeros(2), np.eye(2)).average_correlation)
    alone = shape_of(np.array([0.0, -5.0]), np.eye(2))
    assert (alone.concentration, alone.effective) == (1.0, 1.0)
    assert math.isnan(alone.average_correlation)


def test_profits_are_a_weighted_sum():
    assert weighted(np.array([[0.1, -0.2], [0.0, 0.5]]), np.array([10.0, -4.0])).tolist() == pytest.approx([1.8, -2.0])


def test_what_cannot_be_prepared(days):
    with pytest.raises(BadInput, match="found 1 of 2 series"):
        prepare([days[0], days[1].rows(slice(0, 60))], SETTINGS, made_fit)
    with pytest.raises(BadInput, match="found 0 of 0"):
        prepare([], SETTINGS, made_fit)
    with pytest.raises(BadInput, match="days in common"):
        prepare([days[0].rows(slice(0, 160)), days[1].rows(slice(120, None))], SETTINGS, made_fit)
    with pytest.raises(BadInput, match="confidence"):
        portfolio_tail(np.zeros(3), prepare(days, SETTINGS, made_fit), 95.0)
