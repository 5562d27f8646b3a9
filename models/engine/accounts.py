"""What bars do to the account."""

from models.engine.parameters import HAVEN, instrument_at
from models.engine.sizes import Room, taken
from models.engine.state import ENTRIES, LAST, QUANTITY, position_at
from models.execution import Execution
from models.kernels import compiled, inlined
from models.portfolio import Account, carry_cost
from models.risk import RiskProfile, drawdown_pause
from models.types import FloatArray, IntArray


@compiled
def received(account: Account, income: float, in_lieu: float, realised: float) -> Account:
    """The account after dividends and cash in lieu of fractions, on which `realised` was earned."""
    return Account(
        cash=account.cash + income + in_lieu,
        equity=account.equity,
        peak=account.peak,
        day=account.day,
        paused_until=account.paused_until,
        realised=account.realised + realised,
        fees=account.fees,
        slip=account.slip,
        carry=account.carry,
        income=account.income + income,
        traded=account.traded,
    )


@compiled
def executed_on(account: Account, cash: float, done: Execution) -> Account:
    """The account with `cash` after an execution."""
    return Account(
        cash=cash,
        equity=account.equity,
        peak=account.peak,
        day=account.day,
        paused_until=account.paused_until,
        realised=account.realised + done.realised,
        fees=account.fees + done.fee,
        slip=account.slip + done.slip,
        carry=account.carry,
        income=account.income,
        traded=account.traded + abs(done.quantity) * done.price,
    )


@compiled
def renewed(account: Account, day: float, carry: float) -> Account:
    """The account on a new UTC day, before its first bar, when `carry` is charged for the midnights passed."""
    return Account(
        cash=account.cash - carry,
        equity=account.equity,
        peak=account.peak,
        day=day,
        paused_until=account.paused_until,
        realised=account.realised,
        fees=account.fees,
        slip=account.slip,
        carry=account.carry + carry,
        income=account.income,
        traded=account.traded,
    )


@compiled
def marked(account: Account, value: float, profile: RiskProfile) -> tuple[Account, int]:
    """(account, code of the pause in force or 0) at a close, with positions worth `value`."""
    equity = account.cash + value
    peak, paused_until, pause = drawdown_pause(
        account.day,
        equity,
        account.peak,
        account.paused_until,
        profile.max_drawdown,
        profile.pause_days,
    )
    return with_marks(account, account.cash, equity, peak, paused_until), pause


@compiled
def with_marks(account: Account, cash: float, equity: float, peak: float, paused_until: float) -> Account:
    """The account with these of its figures."""
    return Account(
        cash=cash,
        equity=equity,
        peak=peak,
        day=account.day,
        paused_until=paused_until,
        realised=account.realised,
        fees=account.fees,
        slip=account.slip,
        carry=account.carry,
        income=account.income,
        traded=account.traded,
    )


@inlined
def begin_day(day: float, account: Account, instruments: FloatArray, book: FloatArray, begin: int, end: int) -> Account:
    """A system's account before the first bar of a new UTC day; in its rows no position was opened on it yet.

    Carry is charged on what was held over the midnights, at the last closes.
    """
    carry = 0.0
    for i in range(begin, end):
        book[i, ENTRIES] = 0.0
        if account.day >= 0.0 and book[i, QUANTITY] != 0.0:
            instrument = instrument_at(instruments, i)
            carry += carry_cost(
                book[i, QUANTITY],
                book[i, LAST],
                day - account.day,
                instrument.long_carry,
                instrument.short_carry,
            )
    return renewed(account, day, carry)


@inlined
def room_of(
    account: Account, waits: bool, instruments: FloatArray, slots: IntArray, book: FloatArray, begin: int, end: int
) -> Room:
    """What a system has, and what is taken of it already; also by entries that wait, unless they are withdrawn."""
    room = Room(account.equity, account.cash, 0.0, 0.0, 0.0, 0.0)
    for i in range(begin, end):
        position = position_at(book, i)
        if position.quantity != 0.0 or position.ordered != 0.0:
            room = taken(room, position, slots[i, HAVEN] != 0, waits, instrument_at(instruments, i))
    return room
