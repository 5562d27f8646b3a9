"""How orders and levels are filled, in backtest, search and on paper alike."""

from models.execution.actions import after_actions
from models.execution.bar import is_resting, levelled, observed, opened, rested, settle
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
    "is_resting",
    "is_usable",
    "levelled",
    "liquidation_price",
    "observed",
    "opened",
    "rested",
    "settle",
]
