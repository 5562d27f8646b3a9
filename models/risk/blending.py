"""One edge out of several: what the models say, weighed by trust, pulled toward a prior, with the error that is left.

The expected return mu over the horizon has a prior Normal(prior, prior_error**2). Model k observes it with the error
model_error / sqrt(w_k), where w_k = confidence_k * skill_k * decay_k. With precisions 1 / error**2 the posterior is
normal again (Gelman et al., "Bayesian Data Analysis", 3rd ed. 2013, section 2.5; for views on returns Black and
Litterman, "Global Portfolio Optimization", Financial Analysts Journal 48(5), 1992):

    W = sum w_k,    gain = prior_error**2 / (model_error**2 + prior_error**2 * W)
    mean = prior + gain * sum w_k * (edge_k - prior)
    error = prior_error * sqrt(model_error**2 / (model_error**2 + prior_error**2 * W))

The errors of the models count as independent.
"""

import math

import numpy as np

from models.kernels import compiled
from models.types import BoolArray, FloatArray

# Columns of what is said.
EDGE, CONFIDENCE, SKILL, DECAY = range(4)


@compiled
def blend(
    said: FloatArray, prior_bps: float, prior_error_bps: float, model_error_bps: float
) -> tuple[float, float, float]:
    """(edge, error, weight): posterior mean and standard deviation in basis points, and the models' weight W.

    `said` (n_models, 4) has edge in basis points, confidence 0..1, skill and decay of each model; an edge of NaN is a
    silent model. Where all are silent edge and error are NaN; where those that speak weigh nothing they are the prior's
    to the bit. Another order of the models changes at most the last bits, of two not even those. `model_error_bps` is
    positive.
    """
    weight = 0.0
    pull = 0.0
    speaking = 0
    for k in range(said.shape[0]):
        edge = said[k, EDGE]
        if not math.isnan(edge):
            own = said[k, CONFIDENCE] * said[k, SKILL] * said[k, DECAY]
            weight += own
            pull += own * (edge - prior_bps)
            speaking += 1
    if speaking == 0:
        return math.nan, math.nan, 0.0
    observed = model_error_bps * model_error_bps
    spread = prior_error_bps * prior_error_bps
    total = observed + spread * weight
    return prior_bps + spread / total * pull, prior_error_bps * math.sqrt(observed / total), weight


@compiled
def blend_bars(
    edge_bps: FloatArray,
    confidence: FloatArray,
    skill: FloatArray,
    speaks: BoolArray,
    decays: FloatArray,
    prior_bps: float,
    prior_error_bps: float,
    model_error_bps: float,
) -> FloatArray:
    """`blend` for every bar, shape (n_bars, 3), of the models whose words count there: `speaks`, shape (n_bars,
    n_models) as the first three arguments.

    A model that is silent at a bar (edge NaN) is heard with the edge and confidence of its last word times
    `decays[age]`, age in bars, until the table ends; after that it is silent. Where its confidence is NaN too, it was
    late or is too old: its last word is forgotten. The skill is the bar's own. A word is remembered whether
    it counted or not, so that a bar's blend does not depend on who spoke for earlier ones.
    """
    models = edge_bps.shape[1]
    last = np.full((models, 2), math.nan)
    spoke = np.full(models, -decays.size)
    said = np.full((models, 4), math.nan)
    out = np.empty((edge_bps.shape[0], 3))
    for t in range(edge_bps.shape[0]):
        for k in range(models):
            if not math.isnan(edge_bps[t, k]):
                last[k, EDGE] = edge_bps[t, k]
                last[k, CONFIDENCE] = confidence[t, k]
                spoke[k] = t
            elif math.isnan(confidence[t, k]):
                spoke[k] = -decays.size
            age = t - spoke[k]
            if speaks[t, k] and age < decays.size:
                said[k, EDGE] = last[k, EDGE]
                said[k, CONFIDENCE] = last[k, CONFIDENCE]
                said[k, SKILL] = skill[t, k]
                said[k, DECAY] = decays[age]
            else:
                said[k, EDGE] = math.nan
        out[t, 0], out[t, 1], out[t, 2] = blend(said, prior_bps, prior_error_bps, model_error_bps)
    return out


def decay_table(half_life: float, longest: int) -> FloatArray:
    """Weight of a word by its age in bars, shape (longest + 1,): 1 when fresh, half of it every `half_life` bars."""
    return np.array([math.pow(0.5, age / half_life) for age in range(longest + 1)])
