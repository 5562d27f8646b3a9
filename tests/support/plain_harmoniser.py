"""The harmoniser written down once more, with numpy and scipy and no regard for speed."""

import math

import numpy as np
from scipy import integrate, stats

from models.risk.blending import blend
from models.risk.harmoniser import Beliefs

BELIEFS = Beliefs(12.0, 0.0, 50.0, 25.0, 0.05, 50.0, 2.0)


def posterior_by_integration(edges, weights, prior, prior_error, model_error):
    """Mean and deviation of prior times likelihoods on the real line, by quadrature; models of no weight left out."""
    heard = [(edge, model_error / math.sqrt(weight)) for edge, weight in zip(edges, weights, strict=True) if weight > 0]
    errors = [prior_error, *(error for _, error in heard)]
    centre = np.average([prior, *(edge for edge, _ in heard)], weights=1.0 / np.square(errors))
    width = min(errors)

    def density(mu):
        total = stats.norm.logpdf(mu, prior, prior_error) + sum(stats.norm.logpdf(mu, *one) for one in heard)
        return math.exp(total - peak)

    peak = 0.0
    peak = math.log(density(centre)) if density(centre) > 0.0 else -700.0
    reach = (centre - 12.0 * width, centre + 12.0 * width)
    options = {"epsabs": 0.0, "epsrel": 1e-13, "limit": 400, "points": [centre]}
    mass = integrate.quad(density, *reach, **options)[0]
    shift = integrate.quad(lambda mu: (mu - centre) * density(mu), *reach, epsabs=1e-13 * width * mass, limit=400)[0]
    mean = centre + shift / mass
    variance = integrate.quad(lambda mu: (mu - mean) ** 2 * density(mu), *reach, **options)[0] / mass
    return mean, math.sqrt(variance)


def posterior_by_matrices(edges, weights, prior, prior_error, model_error):
    """Black and Litterman's formula for one asset and as many views; weights are positive."""
    views = np.ones((len(edges), 1))
    tau = np.array([[1.0 / prior_error**2]])
    omega = np.diag(np.asarray(weights) / model_error**2)
    covariance = np.linalg.inv(tau + views.T @ omega @ views)
    mean = covariance @ (tau @ np.array([prior]) + views.T @ omega @ np.asarray(edges))
    return float(mean[0]), float(np.sqrt(covariance[0, 0]))


def blended_bars(edges, confidences, skills, routes, half_life, longest, prior, prior_error, model_error):
    """`routed_bars` where the same models speak for every bar."""
    speaks = np.zeros(np.shape(edges), bool)
    speaks[:, list(routes)] = True
    return routed_bars(edges, confidences, skills, speaks, half_life, longest, prior, prior_error, model_error)


def routed_bars(edges, confidences, skills, speaks, half_life, longest, prior, prior_error, model_error):
    """`blend_bars`, bar by bar from the whole past; shape (n_bars, 3)."""
    out = []
    for t in range(len(edges)):
        said, weights = [], []
        for model in np.flatnonzero(speaks[t]):
            spoken = np.flatnonzero(~np.isnan(edges[: t + 1, model]))
            if spoken.size and t - spoken[-1] <= longest:
                s = spoken[-1]
                said.append(edges[s, model])
                weights.append(confidences[s, model] * skills[t, model] * 0.5 ** ((t - s) / half_life))
        if not said:
            out.append((np.nan, np.nan, 0.0))
            continue
        precision = 1.0 / prior_error**2 + sum(weights) / model_error**2
        mean = (prior / prior_error**2 + np.dot(weights, said) / model_error**2) / precision
        out.append((mean, precision**-0.5, sum(weights)))
    return np.array(out)


def skills(predicted, close, horizon, prior_skill, prior_pairs, most_skill):
    """`past_skill` from all pairs that are complete at each bar."""
    out = []
    for t in range(len(close)):
        starts = np.arange(0, max(t - horizon + 1, 0))
        starts = starts[np.isfinite(predicted[starts])]
        outcome = 1e4 * np.log(close[starts + horizon] / close[starts])
        known = np.isfinite(outcome)
        said, outcome = predicted[starts][known], outcome[known]
        if not np.any(said) or not np.any(outcome):
            out.append(1.0)
            continue
        coefficient = (said @ outcome) / np.sqrt((said @ said) * (outcome @ outcome))
        independent = said.size / horizon
        shrunk = (independent * coefficient + prior_pairs * prior_skill) / (independent + prior_pairs)
        out.append(float(np.clip(shrunk / prior_skill, 0.0, most_skill)))
    return np.array(out)


def bars_of_one_route(edges, confidences, skills, routes, decays, *beliefs):
    """`blend_bars` of the columns `routes` at every bar, with the models' own `blend`: equal to the bit."""
    said = np.full((len(routes), 4), np.nan)
    spoke = np.full(len(routes), -len(decays))
    out = np.empty((len(edges), 3))
    for t in range(len(edges)):
        for k, model in enumerate(routes):
            if not math.isnan(edges[t, model]):
                said[k, :2] = edges[t, model], confidences[t, model]
                spoke[k] = t
            age = t - spoke[k]
            if age < len(decays):
                said[k, 2:] = skills[t, model], decays[age]
            else:
                said[k, 0] = np.nan
        out[t] = blend(said, *beliefs)
    return out
