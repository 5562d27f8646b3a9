"""From what the models said to one edge per bar: skill, decay, blend."""

from typing import NamedTuple

import numpy as np

from models.risk.blending import blend_bars, decay_table
from models.risk.skill import past_skill
from models.types import BoolArray, FloatArray


class Beliefs(NamedTuple):
    """What is believed before the models are heard, and how far they are.

    Attributes:
        half_life_bars: age at which a word counts half, bars.
        prior_bps, prior_error_bps: edge without any word, and its standard error, basis points.
        model_error_bps: standard error of a word of weight 1, basis points.
        prior_skill: information coefficient of a model without a record.
        prior_pairs: independent pairs of prediction and outcome that this counts.
        most_skill: largest factor that a record gives.
    """

    half_life_bars: float
    prior_bps: float
    prior_error_bps: float
    model_error_bps: float
    prior_skill: float
    prior_pairs: float
    most_skill: float


def harmonised(
    edge_bps: FloatArray, confidence: FloatArray, close: FloatArray, horizon: int, speaks: BoolArray, beliefs: Beliefs
) -> FloatArray:
    """Edge, its error and its weight at every bar, shape (n_bars, 3), as of `blend`.

    `edge_bps` and `confidence` (n_bars, n_models) are what one version of each model said, edges NaN where it was
    silent or had seen the bar in training, confidences NaN too where no earlier word stands for that bar; `speaks`
    (n_bars, n_models) whose words count at which bar; `close` (n_bars,) has splits and dividends taken out. A last word
    counts for one horizon. A bar's row depends on this and earlier bars only, and of the routes on its own alone.
    """
    expected = (beliefs.prior_skill, beliefs.prior_pairs, beliefs.most_skill)
    skill = np.ones_like(edge_bps)
    for model in np.flatnonzero(speaks.any(axis=0)):
        said = np.ascontiguousarray(edge_bps[:, model])
        if not np.isnan(said).all():  # records of skill are what this costs
            skill[:, model] = past_skill(said, close, horizon, *expected)
    decays = decay_table(beliefs.half_life_bars, horizon)
    prior = (beliefs.prior_bps, beliefs.prior_error_bps, beliefs.model_error_bps)
    # A copy: routes that are the same for all bars come as a view of one row, which would be compiled for on its own.
    return blend_bars(edge_bps, confidence, skill, np.array(speaks, order="C"), decays, *prior)
