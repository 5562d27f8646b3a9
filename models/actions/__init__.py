"""Splits and dividends: what they are, and how prices are adjusted for them as of a moment.

Bars are stored as traded; adjusted ones are computed. Features see `forward_adjusted`, people see `adjust`, orders and
fills see neither.

What an action does to a position is in models/execution: a dividend becomes cash at the ex-date's open, because
CorporateAction carries no pay date.
"""

from models.actions.action import ActionKind, CorporateAction
from models.actions.backward import adjust
from models.actions.forward import forward_adjusted, total_return_factors
from models.actions.versions import as_known, combined

__all__ = [
    "ActionKind",
    "CorporateAction",
    "adjust",
    "as_known",
    "combined",
    "forward_adjusted",
    "total_return_factors",
]
