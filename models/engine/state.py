"""What the step carries from bar to bar."""

from dataclasses import dataclass

import numpy as np

from models.types import FloatArray

# Columns of State.account: cash, equity's peak, UTC day number of the last bar (-1 before the first), equity before
# that day's first bar, day number on which a pause ends (0 without one), fees and slippage paid, equity at last.
CASH, PEAK, DAY, DAY_START, PAUSED_UNTIL, COSTS, EQUITY = range(7)

# Columns of State.book: quantity held, what it was bought for (fees included), price of the last fill that bought, last
# known close, quantity ordered and not yet filled.
QUANTITY, COST, ENTRY, LAST, PENDING = range(5)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """`account` of shape (7,) and `book` of shape (n_symbols, 5), float64; columns as named in this module.

    The compiled functions write into the arrays; whoever needs the old state takes a `copy` first.
    """

    account: FloatArray
    book: FloatArray

    def copy(self) -> "State":
        """A state of its own."""
        return State(self.account.copy(), self.book.copy())


def first_state(capital: float, symbols: int) -> State:
    """Nothing but cash."""
    account = np.array([capital, capital, -1.0, capital, 0.0, 0.0, capital])
    return State(account, np.zeros((symbols, 5)))
