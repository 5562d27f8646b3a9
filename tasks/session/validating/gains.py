"""Whose gain it was: the change of equity from bar to bar, shared out to the rows of the book and to regimes."""

import numpy as np

from models.engine import Run
from models.engine.panel import DIVIDEND
from models.engine.parameters import COLUMN, GUIDE
from models.engine.tables import FILL_FEE, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_T
from models.types import FloatArray, IntArray, Reason, Regime
from tasks.session.backtesting.measuring import last_closes, rows_of

NAMES = tuple(one.name.lower() for one in Regime)
NO_BAR = int(Reason.REFUSED_NO_BAR)


def row_gains(run: Run) -> FloatArray:
    """What each row of the book gained in each bar after fees, account currency, shape (n_times, n_rows).

    The rows of a system sum to the change of its equity: what no fill, price or dividend explains (carry, cash in lieu)
    is shared out to what it held before, by value.
    """
    columns = run.parameters.slots[:, COLUMN]
    value = run.held * last_closes(run)[:, columns]
    gains = np.diff(value, axis=0, prepend=0.0)
    gains[1:] += run.held[:-1] * run.panel.actions[1:, columns, DIVIDEND]
    paid = run.fills[:, FILL_QUANTITY] * run.fills[:, FILL_PRICE] + run.fills[:, FILL_FEE]
    np.subtract.at(gains, (run.fills[:, FILL_T].astype(np.int64), run.fills[:, FILL_ROW].astype(np.int64)), paid)
    before = np.abs(np.vstack([np.zeros((1, columns.size)), value[:-1]]))
    for system in range(len(run.parameters.systems)):
        rows = rows_of(run, system)
        change = np.diff(run.equities[:, system], prepend=run.equities[0, system])
        held = before[:, rows].sum(axis=1, keepdims=True)
        rest = (change - gains[:, rows].sum(axis=1))[:, None]
        gains[:, rows] += np.where(held > 0.0, rest * before[:, rows] / np.where(held > 0.0, held, 1.0), 0.0)
    return gains


def regimes_when_begun(run: Run) -> IntArray:
    """Code of the regime of each row's symbol (a haven's guide) that was known when each bar began, shape (n_times,
    n_rows): that of the newest bar before; at the first the bar's own.
    """
    there = run.panel.gate != NO_BAR
    latest = np.maximum.accumulate(np.where(there, np.arange(there.shape[0])[:, None], 0), axis=0)
    known = np.take_along_axis(run.panel.regime, latest, axis=0)
    codes: IntArray = np.vstack([known[:1], known[:-1]])[:, run.parameters.slots[:, GUIDE]]
    return codes


def shares_of_bars(run: Run, traded: int) -> FloatArray:
    """Share of the bars of the first `traded` symbols on which each regime held, shape (n_regimes,), 0..1."""
    codes = run.panel.regime[:, :traded][run.panel.gate[:, :traded] != NO_BAR]
    return np.array([float((codes == one).mean()) if codes.size else 0.0 for one in Regime])
