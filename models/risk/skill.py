"""What a model's word was worth so far, as a factor of its weight."""

import math

import numpy as np

from models.kernels import compiled
from models.types import FloatArray


@compiled
def past_skill(
    predicted_bps: FloatArray,
    close: FloatArray,
    horizon: int,
    prior_skill: float,
    prior_pairs: float,
    most_skill: float,
) -> FloatArray:
    """Skill at every bar, shape (n_bars,), of a model that said `predicted_bps` (n_bars,), NaN where it said nothing.

    A prediction at bar s is held against the log return of `close` (splits and dividends taken out) from s to
    s + horizon, at the close of that bar and not before. All pairs so far count alike: at the size of real information
    coefficients a few hundred independent pairs hardly tell one from zero, so that a shorter memory would follow noise.
    A pair with a NaN does not count.
    """
    out = np.empty(close.size)
    products = 0.0
    predicted_power = 0.0
    realised_power = 0.0
    pairs = 0
    for t in range(close.size):
        if t >= horizon:
            predicted = predicted_bps[t - horizon]
            realised = 1e4 * math.log(close[t] / close[t - horizon])
            if math.isfinite(predicted) and math.isfinite(realised):
                products += predicted * realised
                predicted_power += predicted * predicted
                realised_power += realised * realised
                pairs += 1
        power = predicted_power * realised_power
        coefficient = products / math.sqrt(power) if power > 0.0 else math.nan
        out[t] = skill_of(coefficient, pairs / horizon, prior_skill, prior_pairs, most_skill)
    return out


@compiled
def skill_of(
    coefficient: float, independent: float, prior_skill: float, prior_pairs: float, most_skill: float
) -> float:
    """Information coefficient over the expected one, shrunk toward 1 and cut to 0..`most_skill`.

    `coefficient` is the correlation of prediction and outcome without their means (Grinold and Kahn, "Active Portfolio
    Management", 2nd ed. 2000, chapter 6), NaN where there is none: then the skill is 1. `independent` pairs stand
    against `prior_pairs` of the coefficient `prior_skill`: (n * ic + n0 * ic0) / (n + n0) / ic0, the posterior mean
    under a normal prior. Outcomes overlap by the horizon, so that pairs / horizon of them are independent (Hansen and
    Hodrick, "Forward Exchange Rates as Optimal Predictors", Journal of Political Economy 88(5), 1980).
    """
    if math.isnan(coefficient):
        return 1.0
    shrunk = (independent * coefficient / prior_skill + prior_pairs) / (independent + prior_pairs)
    return min(max(shrunk, 0.0), most_skill)
