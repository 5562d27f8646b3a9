"""The one decision path: inputs of a bar, the compiled step, and the backtest that folds it."""

from models.engine.backtest import Backtest, run_backtest
from models.engine.inputs import Panel, SymbolInputs, align, symbol_inputs
from models.engine.parameters import Parameters, parameters_of
from models.engine.settle import book_fill, order_fill, settle
from models.engine.state import State, first_state
from models.engine.step import decide

__all__ = [
    "Backtest",
    "Panel",
    "Parameters",
    "State",
    "SymbolInputs",
    "align",
    "book_fill",
    "decide",
    "first_state",
    "order_fill",
    "parameters_of",
    "run_backtest",
    "settle",
    "symbol_inputs",
]
