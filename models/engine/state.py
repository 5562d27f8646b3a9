"""What the step carries from bar to bar, as arrays, and its rows as values."""

from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.portfolio import Account, Position
from models.types import FloatArray

# Columns of the book that are read by themselves.
QUANTITY, LAST, ORDERED, ENTRIES = (Position._fields.index(name) for name in ("quantity", "last", "ordered", "entries"))


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """`account` of shape (12,) and `book` of shape (n_symbols, 15), float64: the fields of Account and Position.

    The step writes into the arrays; whoever needs the old state takes a `copy` first.
    """

    account: FloatArray
    book: FloatArray

    def copy(self) -> "State":
        """A state of its own."""
        return State(self.account.copy(), self.book.copy())

    @property
    def money(self) -> Account:
        """The account as a value."""
        return Account(*self.account.tolist())

    def position(self, row: int) -> Position:
        """One symbol's position as a value."""
        return Position(*self.book[row].tolist())


def first_state(capital: float, symbols: int) -> State:
    """Nothing but cash."""
    nothing = Account(*[0.0] * len(Account._fields))
    account = nothing._replace(cash=capital, equity=capital, peak=capital, day=-1.0, day_start=capital)
    return State(np.array(account), np.zeros((symbols, len(Position._fields))))


@compiled
def position_at(book: FloatArray, row: int) -> Position:
    """Row of the book as a value."""
    return Position(
        quantity=book[row, 0],
        cost=book[row, 1],
        entry=book[row, 2],
        last=book[row, 3],
        best=book[row, 4],
        atr=book[row, 5],
        age=book[row, 6],
        stop=book[row, 7],
        target=book[row, 8],
        partial=book[row, 9],
        part=book[row, 10],
        ordered=book[row, 11],
        limit=book[row, 12],
        regime=book[row, 13],
        entries=book[row, 14],
    )


@compiled
def keep_position(book: FloatArray, row: int, position: Position) -> None:
    """Write a position into its row."""
    book[row, 0] = position.quantity
    book[row, 1] = position.cost
    book[row, 2] = position.entry
    book[row, 3] = position.last
    book[row, 4] = position.best
    book[row, 5] = position.atr
    book[row, 6] = position.age
    book[row, 7] = position.stop
    book[row, 8] = position.target
    book[row, 9] = position.partial
    book[row, 10] = position.part
    book[row, 11] = position.ordered
    book[row, 12] = position.limit
    book[row, 13] = position.regime
    book[row, 14] = position.entries


@compiled
def account_of(array: FloatArray) -> Account:
    """The account as a value."""
    return Account(
        cash=array[0],
        equity=array[1],
        peak=array[2],
        day=array[3],
        day_start=array[4],
        paused_until=array[5],
        realised=array[6],
        fees=array[7],
        slip=array[8],
        carry=array[9],
        income=array[10],
        traded=array[11],
    )


@compiled
def keep_account(array: FloatArray, account: Account) -> None:
    """Write the account into its array."""
    array[0] = account.cash
    array[1] = account.equity
    array[2] = account.peak
    array[3] = account.day
    array[4] = account.day_start
    array[5] = account.paused_until
    array[6] = account.realised
    array[7] = account.fees
    array[8] = account.slip
    array[9] = account.carry
    array[10] = account.income
    array[11] = account.traded
