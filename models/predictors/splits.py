"""Walk-forward splits: train on the past, leave a gap, test on what follows; and the check that nothing overlaps."""

from dataclasses import dataclass

import numpy as np

from models.predictors.labels import Labels
from models.types import BadInput, IntArray

# Rows with a known label that the first fold has to have.
FEWEST_TRAINING_ROWS = 100


@dataclass(frozen=True, slots=True)
class Split:
    """Row ranges of one fold: train on 0..train_stop, test on test_start..test_stop."""

    train_stop: int
    test_start: int
    test_stop: int


def walk_forward_splits(rows: int, folds: int, horizon: int, embargo: int) -> tuple[Split, ...]:
    """`folds` equal test blocks over the last folds / (folds + 1) of `rows`, each behind an expanding training window.

    Training ends `embargo` rows before the test block. Rows before `train_stop` whose labels end at or after it are to
    be purged by their own ends; no label reaches further than horizon + 1 rows.

    Raises:
        BadInput: fewer than 100 training rows would be left for the first fold once it is purged.
    """
    block = rows // (folds + 1)
    gap = horizon + 1 + embargo
    if block - gap < FEWEST_TRAINING_ROWS:
        needed = (FEWEST_TRAINING_ROWS + gap) * (folds + 1)
        raise BadInput(
            f"{rows} usable bars are too few for {folds} walk-forward folds with a horizon of {horizon} bars; "
            f"bring at least {needed} bars or set model.folds lower"
        )
    first = rows - folds * block
    starts = [first + k * block for k in range(folds)]
    return tuple(Split(start - embargo, start, start + block) for start in starts)


def require_purged(labels: Labels, rows: IntArray, stop: int) -> None:
    """Nothing where no label of the training `rows` reaches into the bar `stop` or later ones.

    Raises:
        ValueError: one does, or is not known; names the first such row.
    """
    ends = np.maximum(labels.rose_end[rows], labels.outcome_end[rows])
    reaching = np.flatnonzero(ends >= stop)
    if reaching.size:
        row, end = int(rows[reaching[0]]), int(ends[reaching[0]])
        raise ValueError(
            f"training row {row} has a label that ends at row {end}; allowed are labels that end before row {stop}, "
            f"where what is held out begins: leave out the rows whose labels reach it"
        )
