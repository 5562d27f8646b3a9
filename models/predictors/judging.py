"""How good the predictions of a fold were, beside how good they looked on what it learnt from."""

from dataclasses import dataclass

from models.predictors.labels import Labels
from models.predictors.predictions import Predictions


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
    """Figures of what was said about the bars of both slices of the series that `labels` is of."""
    raise NotImplementedError
