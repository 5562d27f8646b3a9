"""What the step carries from bar to bar, as arrays, and its rows as values."""

import math
from dataclasses import dataclass

import numpy as np

from models.engine.parameters import System
from models.kernels import compiled
from models.meta import NOBODY, no_records
from models.portfolio import Account, Position
from models.risk import Ladder, first_ladder
from models.types import FloatArray

# Columns of the book that are read by themselves.
READ = ("quantity", "last", "ordered", "owner", "entries", "charge", "mandate")
QUANTITY, LAST, ORDERED, OWNER, ENTRIES, CHARGE, MANDATE = (Position._fields.index(name) for name in READ)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What the step carries, float64.

    Attributes:
        ladder: shape (12,): the fields of Ladder, of the whole account.
        accounts: shape (n_systems, 11): the fields of Account, one row for each trading system.
        book: shape (n_rows, 20): the fields of Position, one row for each slot.
        records: shape (n_systems, n_specialists, 45), see models.meta.records.

    The step writes into the arrays; whoever needs the old state takes a `copy` first.
    """

    ladder: FloatArray
    accounts: FloatArray
    book: FloatArray
    records: FloatArray

    def copy(self) -> "State":
        """A state of its own."""
        return State(self.ladder.copy(), self.accounts.copy(), self.book.copy(), self.records.copy())

    def account(self, system: int) -> Account:
        """One system's account as a value."""
        return Account(*self.accounts[system].tolist())

    def position(self, row: int) -> Position:
        """One slot's position as a value."""
        return Position(*self.book[row].tolist())

    def total(self, figure: str) -> float:
        """Sum over the systems of one of their accounts' figures in quote currency, such as `fees`."""
        return math.fsum(self.accounts[:, Account._fields.index(figure)])


def first_state(systems: tuple[System, ...]) -> State:
    """Nothing but each system's cash."""
    nothing = Account(*[0.0] * len(Account._fields))
    accounts = [nothing._replace(cash=one.capital, equity=one.capital, peak=one.capital, day=-1.0) for one in systems]
    book = np.zeros((sum(len(one.slots) for one in systems), len(Position._fields)))
    book[:, [CHARGE, MANDATE]] = NOBODY
    ladder = first_ladder(math.fsum(one.capital for one in systems))
    return State(np.array(ladder), np.array(accounts), book, no_records(len(systems)))


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
        owner=book[row, 14],
        entries=book[row, 15],
        charge=book[row, 16],
        mandate=book[row, 17],
        earned=book[row, 18],
        spent=book[row, 19],
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
    book[row, 14] = position.owner
    book[row, 15] = position.entries
    book[row, 16] = position.charge
    book[row, 17] = position.mandate
    book[row, 18] = position.earned
    book[row, 19] = position.spent


@compiled
def account_at(accounts: FloatArray, row: int) -> Account:
    """Row of the accounts as a value."""
    return Account(
        cash=accounts[row, 0],
        equity=accounts[row, 1],
        peak=accounts[row, 2],
        day=accounts[row, 3],
        paused_until=accounts[row, 4],
        realised=accounts[row, 5],
        fees=accounts[row, 6],
        slip=accounts[row, 7],
        carry=accounts[row, 8],
        income=accounts[row, 9],
        traded=accounts[row, 10],
    )


@compiled
def keep_account(accounts: FloatArray, row: int, account: Account) -> None:
    """Write an account into its row."""
    accounts[row, 0] = account.cash
    accounts[row, 1] = account.equity
    accounts[row, 2] = account.peak
    accounts[row, 3] = account.day
    accounts[row, 4] = account.paused_until
    accounts[row, 5] = account.realised
    accounts[row, 6] = account.fees
    accounts[row, 7] = account.slip
    accounts[row, 8] = account.carry
    accounts[row, 9] = account.income
    accounts[row, 10] = account.traded


@compiled
def ladder_at(array: FloatArray) -> Ladder:
    """The account's stops as a value."""
    return Ladder(
        equity=array[0],
        peak=array[1],
        crest=array[2],
        day=array[3],
        day_start=array[4],
        week_start=array[5],
        level=array[6],
        breaker=array[7],
        until=array[8],
        scale=array[9],
        trades=array[10],
        trips=array[11],
    )


@compiled
def keep_ladder(array: FloatArray, ladder: Ladder) -> None:
    """Write the account's stops."""
    array[0] = ladder.equity
    array[1] = ladder.peak
    array[2] = ladder.crest
    array[3] = ladder.day
    array[4] = ladder.day_start
    array[5] = ladder.week_start
    array[6] = ladder.level
    array[7] = ladder.breaker
    array[8] = ladder.until
    array[9] = ladder.scale
    array[10] = ladder.trades
    array[11] = ladder.trips
