"""How orders and levels are filled, in backtest, search and on paper alike."""

from models.execution.actions import after_actions
from models.execution.bar import observed, settle
from models.execution.booking import booked
from models.execution.executions import EXPIRED, NONE, Execution
from models.execution.liquidation import liquidation_price
from models.execution.market import Bar, is_usable

__all__ = [
    "EXPIRED",
    "NONE",
    "Bar",
    "Execution",
    "after_actions",
    "booked",
    "is_usable",
    "liquidation_price",
    "observed",
    "settle",
]
