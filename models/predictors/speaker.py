"""A fitted model with all that turns its score into what is said: calibrations, and what its inputs were like."""

from dataclasses import dataclass

import numpy as np

from models.predictors.calibration import Calibration, calibrate
from models.predictors.guards import Familiarity, familiarity, familiarity_of
from models.predictors.kind import Core, Kind
from models.predictors.labels import Labels
from models.predictors.odds import Odds, fit_odds, probability, sigmoid
from models.predictors.predictions import NO_FOLD, Predictions
from models.predictors.splits import require_purged
from models.types import BadInput, BoolArray, FloatArray, IntArray

# The last fifth of a training window calibrates what the first four fifths learnt.
CALIBRATION_SHARE = 0.2
# What was learnt is overfitted if anything: its odds may be shrunk, never stretched.
OWN_ODDS = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """`gives_odds` as of the kind that learnt `core`."""

    gives_odds: bool
    core: Core
    edge: Calibration
    odds: Odds
    familiar: Familiarity


def fit_speaker(kind: Kind, inputs: FloatArray, labels: Labels, rows: slice, horizon: int) -> Speaker:
    """Learn from the bars of `rows` alone: no label that reaches behind them is read.

    A kind that learns is fitted on the first four fifths and calibrated on the last, purged of labels that reach into
    it; one that does not learn is calibrated on all of them. `inputs` (n_bars, n_inputs) is the whole series.
    """
    cut = rows.stop - round((rows.stop - rows.start) * CALIBRATION_SHARE) if kind.learns else rows.start
    known: BoolArray = np.asarray(np.isfinite(inputs).any(axis=1))
    early = _within(known, labels, rows.start, cut)
    late = _within(known, labels, cut, rows.stop)
    require_purged(labels, early, cut)
    require_purged(labels, late, rows.stop)
    core = kind.fit(inputs, labels, early, late)
    score = np.full(rows.stop - cut, np.nan)
    score[:] = core.scores(inputs, slice(cut, rows.stop))
    score = score[late - cut]
    return Speaker(
        gives_odds=kind.gives_odds,
        core=core,
        edge=calibrate(score, labels.outcome_bps[late], horizon, np.inf),
        odds=fit_odds(score, labels.rose[late], labels.weight[late], OWN_ODDS if kind.gives_odds else np.inf),
        familiar=familiarity_of(inputs[early if kind.learns else late]),
    )


def speak(speaker: Speaker, ts: IntArray, inputs: FloatArray, rows: slice, fold: int, seen_until: int) -> Predictions:
    """What the speaker says about the bars of `rows`, shape (n_rows,); nobody's where it has no score.

    `ts` (n_bars,) and `inputs` (n_bars, n_inputs) are the whole series; `fold` and `seen_until` as in Predictions.

    Raises:
        BadInput: there are more or fewer inputs than were learnt from.
    """
    if inputs.shape[1] != speaker.familiar.low.size:
        raise BadInput(f"{speaker.familiar.low.size} inputs were learnt from, found {inputs.shape[1]}")
    score = speaker.core.scores(inputs, rows)
    known = np.isfinite(score)
    out = Predictions.none(ts[rows])
    out.fold[:] = np.where(known, fold, NO_FOLD)
    out.seen_until[known] = seen_until
    out.edge_bps[known] = speaker.edge.slope * score[known]
    out.confidence[known] = speaker.edge.confidence
    if speaker.gives_odds:
        out.raw[known] = sigmoid(score[known])
    out.probability[known] = probability(score[known], speaker.odds)
    out.familiarity[known] = familiarity(inputs[rows][known], speaker.familiar)
    return out


def _within(known: BoolArray, labels: Labels, start: int, stop: int) -> IntArray:
    """Rows from `start` to before `stop` whose inputs are known, and whose labels are by then."""
    rows = np.arange(start, stop)
    ends = np.maximum(labels.rose_end[rows], labels.outcome_end[rows])
    return rows[known[rows] & (ends < stop)]
