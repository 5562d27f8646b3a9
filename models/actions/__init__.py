"""Splits and dividends: what they are, and how prices are adjusted for them as of a moment.

Bars are stored as traded; adjusted ones are computed. Features see `forward_adjusted`, people see `adjust`, orders and
fills see neither.

Not here yet: what an action does to a position. At the first open on or after `ex_ts` a split multiplies the quantity
held by its ratio and divides entry price, stop and target by it (the fraction of a share below the lot is paid out in
cash at that open), resting orders of the symbol are void, and a dividend adds quantity * cash to a claim that becomes
cash on its pay date, which CorporateAction does not carry. Until the ledger does that, a position held over a split
shows a loss that nobody had.
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
