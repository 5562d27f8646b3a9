"""Tails against independent code: scipy, arch, scikit-learn, skfolio.

Tolerances: 1e-9 where both sides compute the same formula; 1e-6 (relative) where the other side integrates numerically.
`arch` keeps a variance within wide bounds that ours has not; on these series they do not bind.
"""

import math

import numpy as np
import pytest
from arch import arch_model
from scipy import integrate, stats
from skfolio.measures import cvar, value_at_risk
from sklearn.covariance import LedoitWolf
from tail_markets import made_days

from models.tails import (
    TailSettings,
    christoffersen,
    cornish_fisher,
    first_square,
    fit_garch,
    forecast,
    gaussian_tail,
    historical,
    kupiec,
    log_returns,
    normal,
    portfolio_tail,
    prepare,
    run_garch,
    shrunk_correlation,
    shrunk_covariance,
    student_t,
)

pytestmark = pytest.mark.risk

CONFIDENCES = (0.5, 0.9, 0.95, 0.975, 0.99, 0.999)


def drawn(seed: int, count: int = 700) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.02 * (rng.standard_t(6, count) - 0.1 * rng.exponential(1.0, count))


@pytest.mark.parametrize("confidence", CONFIDENCES)
@pytest.mark.parametrize("count", [1, 2, 99, 100, 250, 777, 1000])
def test_historical_is_that_of_skfolio(count, confidence):
    for seed in range(3):
        returns = drawn(seed, count)
        found = historical(returns, confidence)
        assert found.var == pytest.approx(float(value_at_risk(returns, beta=confidence)), abs=1e-12)
        assert found.es == pytest.approx(float(cvar(returns, beta=confidence)), abs=1e-12)


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_normal_is_that_of_scipy(confidence):
    returns = drawn(1)
    law = stats.norm(returns.mean(), returns.std(ddof=1))
    found = normal(returns, confidence)
    assert found.var == pytest.approx(-law.ppf(1.0 - confidence), rel=1e-9)
    assert found.es == pytest.approx(-law.expect(ub=law.ppf(1.0 - confidence), conditional=True), rel=1e-6)


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_student_t_is_that_of_scipy(confidence):
    returns = drawn(2)
    freedom = 4.0 + 6.0 / float(stats.kurtosis(returns))
    scale = returns.std(ddof=1) * math.sqrt((freedom - 2.0) / freedom)
    law = stats.t(freedom, returns.mean(), scale)
    found = student_t(returns, confidence)
    assert found.var == pytest.approx(-law.ppf(1.0 - confidence), rel=1e-9)
    quantile = law.ppf(1.0 - confidence)
    beyond = integrate.quad(lambda x: x * law.pdf(x), -np.inf, quantile)[0] / (1.0 - confidence)
    assert found.es == pytest.approx(-beyond, rel=1e-6)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_cornish_fisher_is_the_expansion_and_its_integral(confidence):
    returns = drawn(3)
    skewness, excess = float(stats.skew(returns)), float(stats.kurtosis(returns))

    def corrected(z: float) -> float:
        return z + (z**2 - 1) * skewness / 6 + (z**3 - 3 * z) * excess / 24 - (2 * z**3 - 5 * z) * skewness**2 / 36

    z = stats.norm.ppf(1.0 - confidence)
    mean, sd = returns.mean(), returns.std(ddof=1)
    beyond = integrate.quad(lambda x: corrected(x) * stats.norm.pdf(x), -np.inf, z)[0] / (1.0 - confidence)
    found = cornish_fisher(returns, confidence)
    assert found.var == pytest.approx(-(mean + sd * corrected(z)), rel=1e-9)
    assert found.es == pytest.approx(-(mean + sd * beyond), rel=1e-6)


@pytest.mark.parametrize(("days", "violations", "confidence"), [(250, 8, 0.99), (1000, 3, 0.99), (500, 60, 0.9)])
def test_kupiec_is_a_likelihood_ratio_of_binomials(days, violations, confidence):
    found = kupiec(np.arange(days) < violations, confidence)
    law = stats.binom.logpmf(violations, days, [violations / days, 1.0 - confidence])
    assert found.statistic == pytest.approx(2.0 * float(law[0] - law[1]), rel=1e-9)
    assert found.p == pytest.approx(stats.chi2.sf(found.statistic, 1), rel=1e-9)


def test_christoffersen_is_a_likelihood_ratio_of_chains():
    violations = np.random.default_rng(4).random(800) < 0.07
    found = christoffersen(violations, 0.95)
    table = np.zeros((2, 2))
    np.add.at(table, (violations[:-1].astype(int), violations[1:].astype(int)), 1)
    statistic = stats.contingency.chi2_contingency(table, correction=False, lambda_="log-likelihood")[0]
    assert found.independence == pytest.approx(statistic, rel=1e-9)
    assert found.independence_p == pytest.approx(stats.chi2.sf(statistic, 1), rel=1e-9)
    assert found.conditional_p == pytest.approx(stats.chi2.sf(found.conditional, 2), rel=1e-9)


@pytest.mark.parametrize(("seed", "count"), [(1, 1000), (2, 400), (3, 251)])
def test_the_recursion_is_that_of_arch(seed, count):
    returns = log_returns(made_days(count + 1, seed).close) * 100.0
    found = arch_model(returns, vol="GARCH", p=1, o=1, q=1, dist="t", rescale=False).fit(disp="off")
    garch = fit_garch(returns)
    assert garch is not None
    assert list(garch) == [float(one) for one in found.params]
    variance, residual = run_garch(returns, *garch[:5], first_square(returns))
    assert np.sqrt(variance[:-1]) == pytest.approx(found.conditional_volatility, rel=1e-9)
    assert residual == pytest.approx(found.std_resid, rel=1e-9, abs=1e-12)
    assert variance[-1] == pytest.approx(float(found.forecast(horizon=1).variance.iloc[-1, 0]), rel=1e-9)
    assert first_square(returns) == pytest.approx(found.model.volatility.backcast(returns - returns.mean()), rel=1e-12)


def test_parameters_that_made_a_series_are_found_again():
    made = arch_model(None, mean="Constant", vol="GARCH", p=1, o=1, q=1, dist="t")
    made.distribution = type(made.distribution)(seed=np.random.RandomState(7))
    drawn_returns = made.simulate([0.05, 0.1, 0.05, 0.1, 0.85, 6.0], 8000)["data"].to_numpy()
    garch = fit_garch(drawn_returns)
    assert garch is not None
    assert garch.alpha == pytest.approx(0.05, abs=0.03)
    assert garch.gamma == pytest.approx(0.1, abs=0.05)
    assert garch.beta == pytest.approx(0.85, abs=0.05)
    assert garch.nu == pytest.approx(6.0, abs=1.5)


def test_filtered_scenarios_are_those_of_arch():
    """The residuals of a window that was fitted just now, times the forecast of arch."""
    settings = TailSettings(window_days=400, least_days=400, refit_days=21)
    days = made_days(401, 9)
    returns = log_returns(days.close) * 100.0
    found = arch_model(returns, vol="GARCH", p=1, o=1, q=1, dist="t", rescale=False).fit(disp="off")
    sd = math.sqrt(float(found.forecast(horizon=1).variance.iloc[-1, 0]))
    scenarios = np.exp((found.params["mu"] + sd * found.std_resid) / 100.0) - 1.0
    ours = forecast(days, settings, fit_garch)
    assert ours is not None
    assert np.exp(ours.mu + ours.sigma * ours.residual) - 1.0 == pytest.approx(scenarios, rel=1e-9, abs=1e-12)
    prepared = prepare([days], settings, fit_garch)
    for confidence in (0.9, 0.95, 0.99):
        tail = portfolio_tail(np.array([250.0]), prepared, confidence).tails["filtered"]
        assert tail.var == pytest.approx(250.0 * float(value_at_risk(scenarios, beta=confidence)), rel=1e-9)
        assert tail.es == pytest.approx(250.0 * float(cvar(scenarios, beta=confidence)), rel=1e-9)


@pytest.mark.parametrize(("days", "symbols"), [(60, 2), (60, 30), (250, 10), (250, 3)])
def test_shrinkage_is_that_of_scikit_learn(days, symbols):
    rng = np.random.default_rng(symbols)
    returns = 0.02 * (rng.normal(0.0, 1.0, (days, symbols)) + rng.normal(0.0, 0.7, (days, 1)))
    theirs = LedoitWolf().fit(stats.zscore(returns)).covariance_
    assert shrunk_correlation(returns) == pytest.approx(theirs, abs=1e-12)
    assert shrunk_covariance(returns) == pytest.approx(LedoitWolf().fit(returns).covariance_, abs=1e-15)


def test_the_portfolio_is_normal_with_that_covariance():
    rng = np.random.default_rng(3)
    returns = rng.normal(0.0, 0.02, (250, 4))
    values = np.array([100.0, -50.0, 0.0, 10.0])
    covariance = shrunk_covariance(returns)
    law = stats.norm(0.0, math.sqrt(values @ covariance @ values))
    found = gaussian_tail(values, covariance, 0.99)
    assert found.tail.var == pytest.approx(-law.ppf(0.01), rel=1e-9)
    assert found.tail.es == pytest.approx(-law.expect(ub=law.ppf(0.01), conditional=True), rel=1e-6)
