"""Which limits hold, where each of them is written, and which ones a change loosens."""

from conf.limits.account import account_limits
from conf.limits.loosening import loosened
from conf.limits.merging import Limits, merged
from conf.limits.systems import limits_of
from conf.limits.table import NAMES, Held, book_symbols, held_limits

__all__ = [
    "NAMES",
    "Held",
    "Limits",
    "account_limits",
    "book_symbols",
    "held_limits",
    "limits_of",
    "loosened",
    "merged",
]
