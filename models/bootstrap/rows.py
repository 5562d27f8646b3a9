"""Rows drawn in blocks of random length, that begin anywhere and go on at the first row after the last.

Politis and Romano, "The Stationary Bootstrap", Journal of the American Statistical Association 89, 1994: lengths are
geometric with a mean of `block`, so that what is drawn is as stationary as what it is drawn from.
"""

import math

import numpy as np

from models.kernels import compiled
from models.types import BadInput, FloatArray, IntArray


def stationary_rows(n: int, length: int, block: float, generator: np.random.Generator) -> IntArray:
    """`length` rows out of `n`, int64 of shape (length,); one block only where `block` is infinite.

    Raises:
        BadInput: there is nothing to draw from, nothing to draw, or the mean block is shorter than a row.
    """
    if n < 1:
        raise BadInput(f"{n} rows to draw from; give one at least")
    check_draw(length, block)
    rows = np.empty(length, np.int64)
    write_rows(n, block, generator, rows)
    return rows


def check_draw(length: int, block: float) -> None:
    """What every draw needs.

    Raises:
        BadInput: nothing is to be drawn, or the mean block is shorter than a row or NaN.
    """
    if length < 1:
        raise BadInput(f"{length} rows were asked for; ask for one at least")
    if not block >= 1.0:
        raise BadInput(f"a mean block of {block} rows; 1 draws every row by itself: take that or more")


def check_returns(returns: FloatArray, name: str) -> None:
    """Those that are drawn from.

    Raises:
        BadInput: they are not in one row, there is none, or one is not finite.
    """
    if returns.ndim != 1 or returns.size == 0:
        raise BadInput(f"{name} of shape {returns.shape}; give them in one row, one at least")
    strange = np.flatnonzero(~np.isfinite(returns))
    if strange.size:
        first = int(strange[0])
        raise BadInput(f"{name}: number {first} is {returns[first]}; give finite fractions only")


def check_paths(paths: int) -> None:
    """How often is drawn.

    Raises:
        BadInput: not once.
    """
    if paths < 1:
        raise BadInput(f"{paths} paths were asked for; take 1 at least, 1000 for stable percentiles")


@compiled
def first_row(n: int, generator: np.random.Generator) -> int:
    """Where the first block begins."""
    return int(generator.random() * n)


@compiled
def row_after(row: int, n: int, block: float, generator: np.random.Generator) -> int:
    """The next row: the one after `row`, or with a chance of 1 / `block` the first of a new block."""
    drawn = generator.random() * block if block < math.inf else 1.0
    # Below one, what was drawn is spread evenly over 0..1 once more: it also says where the block begins.
    row = int(drawn * n) if drawn < 1.0 else row + 1
    return row if row < n else 0


@compiled
def write_rows(n: int, block: float, generator: np.random.Generator, rows: IntArray) -> None:
    """As `stationary_rows`, unchecked, into `rows` of shape (length,): for hot loops."""
    row = first_row(n, generator)
    for k in range(rows.size):
        if k > 0:
            row = row_after(row, n, block, generator)
        rows[k] = row
