"""Walk-forward splits: train on the past, leave a gap as long as a label reaches, test on what follows."""

from dataclasses import dataclass

from models.types import BadInput


@dataclass(frozen=True, slots=True)
class Split:
    """Row ranges of one fold: train on 0..train_stop, test on test_start..test_stop."""

    train_stop: int
    test_start: int
    test_stop: int


def walk_forward_splits(rows: int, folds: int, horizon: int, embargo: int) -> tuple[Split, ...]:
    """`folds` equal test blocks over the last folds / (folds + 1) of `rows`, each behind an expanding training window.

    A label at row i ends at row i + 1 + horizon; training stops early enough that none ends inside the test block
    (purge), and `embargo` rows earlier still.

    Raises:
        BadInput: fewer than 100 training rows would be left for the first fold.
    """
    block = rows // (folds + 1)
    gap = horizon + 1 + embargo
    if block - gap < 100:
        needed = (100 + gap) * (folds + 1)
        raise BadInput(
            f"{rows} usable bars are too few for {folds} walk-forward folds with a horizon of {horizon} bars; "
            f"bring at least {needed} bars or set model.folds lower"
        )
    first = rows - folds * block
    starts = [first + k * block for k in range(folds)]
    return tuple(Split(start - gap, start, start + block) for start in starts)
