"""The one decision path: inputs of a bar, the compiled step, and the fold that backtest, paper and live share."""

from models.engine.backtest import Run, run_backtest
from models.engine.evaluator import Course, Evaluations, course_of, evaluate, evaluate_on
from models.engine.given import GivenFill
from models.engine.inputs import Happenings, Links, SymbolInputs, TailFigures, align, symbol_inputs
from models.engine.panel import Panel
from models.engine.parameters import Parameters, Slot, System, parameters_of
from models.engine.state import State, first_state

__all__ = [
    "Course",
    "Evaluations",
    "GivenFill",
    "Happenings",
    "Links",
    "Panel",
    "Parameters",
    "Run",
    "Slot",
    "State",
    "SymbolInputs",
    "System",
    "TailFigures",
    "align",
    "course_of",
    "evaluate",
    "evaluate_on",
    "first_state",
    "parameters_of",
    "run_backtest",
    "symbol_inputs",
]
