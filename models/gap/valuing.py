"""One ledger for every world: cash, and what is held at the closes as they are known now."""

import math

import numpy as np

from models.engine import Panel, Parameters, State
from models.engine.parameters import COLUMN
from models.engine.state import LAST, QUANTITY
from models.portfolio import Account
from models.types import FloatArray

CASH = Account._fields.index("cash")


def cash_of(state: State) -> float:
    """Of all systems, quote currency."""
    return math.fsum(state.accounts[:, CASH])


def worth(state: State, marks: FloatArray) -> float:
    """Cash and positions, quote currency; `marks` of shape (n_rows,): a price for each row of the book."""
    held = state.book[:, QUANTITY]
    return cash_of(state) + math.fsum(float(one) * float(mark) for one, mark in zip(held, marks, strict=True) if one)


def marks_of(panel: Panel, parameters: Parameters, before: FloatArray) -> FloatArray:
    """The last known close of each row of the book after each bar, shape (n_times, n_rows); `before` the first of them,
    shape (n_rows,), NaN where none was known.
    """
    closes = panel.close[:, parameters.slots[:, COLUMN]]
    marks, last = np.empty_like(closes), before
    for t in range(closes.shape[0]):
        last = np.where(np.isfinite(closes[t]), closes[t], last)
        marks[t] = last
    return marks


def first_marks(state: State) -> FloatArray:
    """What the rows of a book stood at, shape (n_rows,)."""
    return state.book[:, LAST].copy()
