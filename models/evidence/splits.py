"""Which rows are learned from and which judge: splits in time with gaps, so that no label is on both sides.

Lopez de Prado, "Advances in Financial Machine Learning", Wiley, 2018, chapters 7 (purging, embargo) and 12
(combinatorial purged splits). Rows are bars in the order of time. `purge` is the horizon of a label in rows; `embargo`
rows more are left out after a test, since what follows a bar still remembers it.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from models.types import BadInput, IntArray


@dataclass(frozen=True, slots=True)
class Block:
    """Rows 0 to before `train_stop` are learned from, `test_start` to before `test_stop` are judged on."""

    train_stop: int
    test_start: int
    test_stop: int


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows that are learned from and rows that are judged on, both ascending, shapes (n_train,) and (n_test,)."""

    train: IntArray
    test: IntArray


def walk_forward_blocks(rows: int, folds: int, purge: int, embargo: int, least_train: int) -> tuple[Block, ...]:
    """`folds` tests of equal length, one after the other, the last of which ends with the last row.

    Each is learned for from all rows before it but the `purge` + `embargo` right before it.

    Raises:
        BadInput: a count is too small, or so few rows that a test would be empty or the first training shorter than
            `least_train`.
    """
    _require_gap(purge, embargo)
    gap = purge + embargo
    if folds < 1 or least_train < 1:
        raise BadInput(f"{folds} folds and a training of {least_train} rows at least; take one of each or more")
    length = (rows - gap - least_train) // folds
    if length < 1:
        raise BadInput(
            f"{rows} rows are too few for {folds} folds after {least_train} rows of training and a gap of {gap}; give "
            f"{gap + least_train + folds} at least, or take fewer folds"
        )
    starts = range(rows - folds * length, rows, length)
    return tuple(Block(start - gap, start, start + length) for start in starts)


def combinatorial_purged_splits(
    rows: int, groups: int, test_groups: int, purge: int, embargo: int
) -> tuple[Split, ...]:
    """Every choice of `test_groups` of the time groups as a test, in lexicographic order.

    Groups have rows // groups rows, the last one also what remains. Training leaves out `purge` rows before each tested
    group and `purge` + `embargo` after it. The same rows as skfolio's CombinatorialPurgedCV.

    Raises:
        BadInput: not 1 to groups - 1 groups are tested, or a group is no longer than the gap and two rows.
    """
    size = _group_size(rows, groups, purge, embargo)
    if not 1 <= test_groups < groups:
        raise BadInput(f"{test_groups} of {groups} groups are to be tested; take 1 to {groups - 1}")
    bounds = [*range(0, groups * size, size), rows]
    return tuple(_split(bounds, chosen, purge, embargo) for chosen in combinations(range(groups), test_groups))


def group_of_rows(rows: int, groups: int, purge: int, embargo: int) -> IntArray:
    """Number of each row's time group, shape (rows,), groups as in `combinatorial_purged_splits`.

    -1 for the first `purge` + `embargo` rows of every group but the first: what neither begins nor ends there, and
    stays in one group, can be learned from or judged on with any choice of groups.

    Raises:
        BadInput: as `combinatorial_purged_splits`.
    """
    size = _group_size(rows, groups, purge, embargo)
    row = np.arange(rows)
    group = np.minimum(row // size, groups - 1)
    between = (group > 0) & (row - group * size < purge + embargo)
    return np.where(between, -1, group)


def leaks(train: IntArray, test: IntArray, ends: IntArray) -> IntArray:
    """Training rows, shape (n_leaks,), that know something of the test: their labels overlap one of its labels.

    `ends` (n_rows,): last row that each row's label looks at; a row with its end is a closed span.

    Raises:
        BadInput: a label ends before its row.
    """
    early = np.flatnonzero(ends < np.arange(ends.size))
    if early.size:
        raise BadInput(
            f"the label of row {early[0]} ends at row {ends[early[0]]}; labels look forward, or at their row"
        )
    tested = np.sort(test)
    furthest = np.maximum.accumulate(ends[tested])
    # Of the tests that begin no later than the label ends, one that ends no earlier than the label begins.
    begun = np.searchsorted(tested, ends[train], side="right")
    met = begun > 0
    met[met] = furthest[begun[met] - 1] >= train[met]
    return train[met]


def _split(bounds: list[int], chosen: tuple[int, ...], purge: int, embargo: int) -> Split:
    tested, barred = np.zeros(bounds[-1], np.bool_), np.zeros(bounds[-1], np.bool_)
    for group in chosen:
        start, stop = bounds[group], bounds[group + 1]
        tested[start:stop] = True
        barred[max(0, start - purge) : stop + purge + embargo] = True
    return Split(np.flatnonzero(~tested & ~barred), np.flatnonzero(tested))


def _group_size(rows: int, groups: int, purge: int, embargo: int) -> int:
    _require_gap(purge, embargo)
    if groups < 2:
        raise BadInput(f"{groups} groups; a test and a training need two at least")
    size, least = rows // groups, purge + embargo + 2
    if size < least:
        raise BadInput(
            f"{rows} rows in {groups} groups are {size} each, and {purge} + {embargo} of them are left out; give "
            f"{groups * least} rows at least, or take fewer groups"
        )
    return size


def _require_gap(purge: int, embargo: int) -> None:
    if purge < 0 or embargo < 0:
        raise BadInput(f"a purge of {purge} rows and an embargo of {embargo}; neither can be below 0")
