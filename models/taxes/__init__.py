"""Tax lots: what was acquired, what was disposed of, and which units the law takes them to be. Pure arithmetic.

Quantities are exact decimals and stay so. Money is in one currency, given in steps of `QUANTUM`: where it is divided
the last part takes what is left, so that every sum holds to the last digit.
"""

from models.taxes.exact import EXACT, QUANTUM, prorated, rounded
from models.taxes.lots import in_lots
from models.taxes.matching import matched
from models.taxes.movements import Kind, Lot, Match, Matched, Method, Movement, Part
from models.taxes.share_pool import in_share_pool
from models.taxes.swaps import Swap, movements_of
from models.taxes.washing import Bought, is_bought_again, purchases

__all__ = [
    "EXACT",
    "QUANTUM",
    "Bought",
    "Kind",
    "Lot",
    "Match",
    "Matched",
    "Method",
    "Movement",
    "Part",
    "Swap",
    "in_lots",
    "in_share_pool",
    "is_bought_again",
    "matched",
    "movements_of",
    "prorated",
    "purchases",
    "rounded",
]
