"""Temperature scaling, losses and reliability beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as reference_log_loss

from models.predictors import brier, fit_odds, log_loss, probability, reliability, sigmoid


def drawn(seed, count=3000):
    rng = np.random.default_rng(seed)
    score = 0.02 * rng.standard_t(3.0, count) + 0.005
    rose = (rng.random(count) < sigmoid(20.0 * score - 0.1)).astype(float)
    return score, rose, rng.uniform(0.0, 1.0, count)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weighted", [False, True])
def test_the_odds_are_those_of_a_logistic_regression(seed, weighted):
    """Of every row once as a rise and once as a fall, weighed by Platt's targets."""
    score, rose, weight = drawn(seed)
    weight = weight if weighted else np.ones(score.size)
    up, down = (weight * rose).sum(), (weight * (1.0 - rose)).sum()
    target = np.where(rose == 1.0, (up + 1.0) / (up + 2.0), 1.0 / (down + 2.0))
    reference = LogisticRegression(C=1e12, solver="newton-cholesky", tol=1e-12, max_iter=1000, fit_intercept=False)
    reference.fit(
        np.concatenate([score, score])[:, None],
        np.repeat([1.0, 0.0], score.size),
        sample_weight=np.concatenate([weight * target, weight * (1.0 - target)]),
    )
    found = fit_odds(score, rose, weight)
    assert found.slope == pytest.approx(reference.coef_[0, 0], rel=1e-6)
    np.testing.assert_allclose(
        probability(score, found), reference.predict_proba(score[:, None])[:, 1], rtol=1e-7, atol=1e-9
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("weighted", [False, True])
def test_losses(seed, weighted):
    score, rose, weight = drawn(seed)
    weight = weight if weighted else None
    said = sigmoid(30.0 * (score - 0.5))
    said[:2] = 0.0, 1.0
    assert log_loss(said, rose, weight) == pytest.approx(
        reference_log_loss(rose, said, sample_weight=weight), rel=1e-12
    )
    assert brier(said, rose, weight) == pytest.approx(brier_score_loss(rose, said, sample_weight=weight), rel=1e-12)


@pytest.mark.parametrize("bins", [1, 4, 10])
@pytest.mark.parametrize("rounded", [False, True])
def test_reliability(bins, rounded):
    score, rose, _ = drawn(9)
    said = sigmoid(25.0 * (score - 0.5))
    said = said.round(1) if rounded else said
    share, mean = calibration_curve(rose, said, n_bins=bins, strategy="quantile")
    found = reliability(said, rose, bins)
    np.testing.assert_allclose([one.probability for one in found], mean, rtol=1e-12)
    np.testing.assert_allclose([one.rose for one in found], share, rtol=1e-12)
