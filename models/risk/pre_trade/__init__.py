"""A second opinion on orders before they are recorded: every limit, computed anew from what is held and what is wanted.

It shares no arithmetic with the sizing of the step. What it finds is a defect of ours, or damage.
"""

from models.risk.pre_trade.check import Account, Violation, check_orders, require_sound
from models.risk.pre_trade.codes import Check
from models.risk.pre_trade.inputs import Holdings, Orders, Purses, RowLimits, Whole
from models.risk.pre_trade.sums import GRID, LOT_ROUNDING, ROUNDING

__all__ = [
    "GRID",
    "LOT_ROUNDING",
    "ROUNDING",
    "Account",
    "Check",
    "Holdings",
    "Orders",
    "Purses",
    "RowLimits",
    "Violation",
    "Whole",
    "check_orders",
    "require_sound",
]
