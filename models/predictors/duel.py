"""Challenger against champion: whether a newly trained model may take over, by what both said in advance."""

import math
from dataclasses import dataclass

import numpy as np

from models.predictors.labels import Labels
from models.predictors.predictions import Predictions
from models.predictors.reliability import surprise
from models.types import BoolArray, FloatArray, IntArray

# On fewer bars that both spoke about nobody can be told from the other.
FEWEST_BARS = 100


@dataclass(frozen=True, slots=True)
class Duel:
    """How two versions of a model did on the same bars.

    Attributes:
        bars: that both predicted without having seen them, and whose outcome is known.
        challenger_loss, champion_loss: weighted mean of -ln(probability of what happened), nats; None without a bar.
        better: whether the challenger may take over.
        sentence: why, for people.
    """

    bars: int
    challenger_loss: float | None
    champion_loss: float | None
    better: bool
    sentence: str


def duel(challenger: Predictions, champion: Predictions, labels: Labels, horizon: int) -> Duel:
    """Hold both against what happened. `labels` are those of the challenger's bars; the champion's are aligned to them.

    The challenger wins where its loss is not above the champion's, and on fewer than 100 shared bars or a single
    stretch of them, where nobody can be told from the other and it has seen newer bars. One that is mute (its edge is
    the same on every bar) never takes over from one that is not: saying nothing loses little. The error of the
    difference is told, not used: at the sizes of real skill a tolerance of one error lets a worse model in again and
    again. Labels overlap, so stretches of `horizon` bars, and not bars, are its units.
    """
    champion = champion.aligned(challenger.ts)
    shared = _unseen(challenger) & _unseen(champion) & np.isfinite(labels.rose) & (labels.weight > 0.0)
    rows = np.flatnonzero(shared)
    if not rows.size:
        return Duel(0, None, None, True, "no bar was predicted in advance by both; the newer model has seen more")
    rose, weight = labels.rose[rows], labels.weight[rows]
    new, old = (surprise(one.probability[rows], rose) for one in (challenger, champion))
    new_loss, old_loss = (float(np.sum(weight * one) / np.sum(weight)) for one in (new, old))
    error = _standard_error(new - old, weight, rows // horizon)
    if _is_mute(challenger, rows) and not _is_mute(champion, rows):
        return Duel(rows.size, new_loss, old_loss, False, "the challenger says the same about every bar")
    if rows.size < FEWEST_BARS or error is None:
        why = f"only {rows.size} bars were predicted in advance by both; the newer model has seen more"
        return Duel(rows.size, new_loss, old_loss, True, why)
    better = new_loss <= old_loss
    why = f"log loss {new_loss:.4f} against {old_loss:.4f} on {rows.size} bars, difference known to {error:.4f} nats"
    verdict = "the challenger is no worse" if better else "the challenger is worse"
    return Duel(rows.size, new_loss, old_loss, better, f"{verdict}: {why}")


def _unseen(said: Predictions) -> BoolArray:
    """Bars that somebody spoke about who had not seen them, shape (n_bars,)."""
    return said.spoken & (said.seen_until < said.ts) & np.isfinite(said.probability)


def _is_mute(said: Predictions, rows: IntArray) -> bool:
    return float(np.ptp(said.edge_bps[rows])) == 0.0


def _standard_error(difference: FloatArray, weight: FloatArray, stretch: IntArray) -> float | None:
    """Of the weighted mean of `difference` (n,), with the stretches that the rows fall into as independent units.

    The usual error of a ratio of sums over clusters; None for a single stretch.
    """
    mean = float(np.sum(weight * difference) / np.sum(weight))
    number = np.unique(stretch, return_inverse=True)[1]
    sums = np.bincount(number, weight * (difference - mean))
    if sums.size < 2:
        return None
    return math.sqrt(float(np.sum(sums * sums)) * sums.size / (sums.size - 1)) / float(np.sum(weight))
