"""The backtest: the fold over a panel, and what came of it as values."""

from dataclasses import dataclass

import numpy as np

from models.engine.fold import fold
from models.engine.panel import Panel
from models.engine.parameters import Parameters
from models.engine.results import fills_of, intents_of
from models.engine.state import State
from models.engine.tables import FILL_COLUMNS, MOST_FILLS, ORDER_COLUMNS
from models.types import Fill, FloatArray, IntArray, Intent

# Rows that the tables begin with; they grow by half when they are full.
FIRST_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a fold did.

    Attributes:
        orders, fills: tables with the columns of models.engine.tables.
        reasons: shape (n_times, n_symbols), Reason codes.
        held: shape (n_times, n_symbols), base units after each bar.
        equity: shape (n_times,), cash and positions at their closes, after each decision.
        state: at the end.
    """

    symbols: tuple[str, ...]
    panel: Panel
    orders: FloatArray
    fills: FloatArray
    reasons: IntArray
    held: FloatArray
    equity: FloatArray
    state: State

    def intents(self) -> list[Intent]:
        """Every order in the order it was decided: by time, then by symbol."""
        return intents_of(self.orders, self.panel, self.symbols)

    def executions(self) -> list[Fill]:
        """Every fill in the order it happened."""
        return fills_of(self.fills, self.panel, self.symbols)


def run_backtest(symbols: tuple[str, ...], panel: Panel, parameters: Parameters, start: State) -> Run:
    """Fold over the panel from `start`, which is not changed."""
    state = start.copy()
    times, count = panel.close.shape
    orders = np.empty((max(FIRST_ROWS, count), ORDER_COLUMNS))
    fills = np.empty((max(FIRST_ROWS, MOST_FILLS * count), FILL_COLUMNS))
    counts = np.zeros(2, np.int64)
    reasons, held, equity = np.zeros((times, count), np.int64), np.zeros((times, count)), np.zeros(times)
    at = 0
    while True:
        at = fold(
            panel,
            at,
            parameters.profile,
            parameters.rules,
            parameters.instruments,
            state.account,
            state.book,
            orders,
            fills,
            counts,
            reasons,
            held,
            equity,
        )
        if at == times:
            break
        orders, fills = _grown(orders), _grown(fills)
    return Run(symbols, panel, orders[: counts[0]], fills[: counts[1]], reasons, held, equity, state)


def _grown(table: FloatArray) -> FloatArray:
    return np.concatenate([table, np.empty((table.shape[0] // 2 + 1, table.shape[1]))])
