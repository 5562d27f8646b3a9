"""How good the predictions of a fold were, beside how good they looked on what it learnt from."""

from dataclasses import dataclass

import numpy as np

from models.predictors.labels import Labels
from models.predictors.predictions import Predictions
from models.predictors.reliability import expected_calibration_error, log_loss
from models.types import FloatArray


@dataclass(frozen=True, slots=True)
class FoldScore:
    """Figures of one fold; None where they cannot be had (a constant edge, no raw probability, too few rows).

    Attributes:
        fold: 0..
        train_rows, test_rows: bars with a prediction and a known outcome.
        in_sample, out_of_sample: correlation of edge and outcome on the training bars and on the test block.
        log_loss: mean of -ln(probability of what happened) on the test block, nats; ln 2 = 0.693 is no skill.
        raw_error, error: expected calibration error on the test block before and after calibration, 0..1.
    """

    fold: int
    train_rows: int
    test_rows: int
    in_sample: float | None
    out_of_sample: float | None
    log_loss: float | None
    raw_error: float | None
    error: float | None

    @property
    def sentence(self) -> str:
        """For people."""
        found = "constant" if self.out_of_sample is None else f"{self.out_of_sample:+.3f}"
        return f"out-of-sample correlation {found}"


def fold_score(
    fold: int, learnt: Predictions, said: Predictions, labels: Labels, fit_rows: slice, test_rows: slice
) -> FoldScore:
    """Figures of what was said about the bars of both slices of the series that `labels` is of.

    Training bars whose label reaches behind the training window count as little as they did in training.
    """
    fit_outcome = np.where(labels.outcome_end[fit_rows] < fit_rows.stop, labels.outcome_bps[fit_rows], np.nan)
    test_outcome, rose = labels.outcome_bps[test_rows], labels.rose[test_rows]
    return FoldScore(
        fold=fold,
        train_rows=_pairs(learnt.edge_bps, fit_outcome),
        test_rows=_pairs(said.edge_bps, test_outcome),
        in_sample=_correlation(learnt.edge_bps, fit_outcome),
        out_of_sample=_correlation(said.edge_bps, test_outcome),
        log_loss=log_loss(said.probability, rose),
        raw_error=expected_calibration_error(said.raw, rose),
        error=expected_calibration_error(said.probability, rose),
    )


def _pairs(edge: FloatArray, outcome: FloatArray) -> int:
    return int(np.sum(np.isfinite(edge) & np.isfinite(outcome)))


def _correlation(edge: FloatArray, outcome: FloatArray) -> float | None:
    """Of the pairs without a NaN; None where fewer than three are left or either is constant."""
    known = np.isfinite(edge) & np.isfinite(outcome)
    x, y = edge[known], outcome[known]
    if x.size < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    return float(np.corrcoef(x, y)[0, 1])
