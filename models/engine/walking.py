"""One bar of the only symbol of a search, with position and account as values: what the fold does with its arrays."""

from models.engine.accounts import executed_on, marked, received, renewed
from models.engine.panel import (
    ATR,
    CLOSE,
    DIVIDEND,
    EDGE,
    FROM,
    GATE,
    HIGH,
    LOW,
    OPEN,
    RANGE_HIGH,
    RANGE_LOW,
    REGIME,
    SPLIT,
    TO,
    VOLATILITY,
    VOLUME,
)
from models.engine.sizes import Room
from models.engine.step import Signal, decide
from models.execution import Bar, after_actions, is_usable, observed, settle
from models.kernels import compiled, inlined
from models.portfolio import Account, Position, carry_cost
from models.risk import RiskProfile
from models.specialists import Rules
from models.types import FloatArray, Instrument, IntArray, Leg

ENTRY = int(Leg.ENTRY)


@inlined
def traded(
    prices: FloatArray,
    actions: FloatArray,
    finer: FloatArray,
    finer_rows: IntArray,
    t: int,
    day: float,
    position: Position,
    account: Account,
    instrument: Instrument,
) -> tuple[Position, Account, bool, bool]:
    """(position, account, whether it was opened, whether the bar is usable) before the decision at bar `t` of `day`."""
    opened, inside = False, False
    if day != account.day:
        position, account = on_new_day(position, account, day, instrument)
    if actions[t, 0, SPLIT] != 1.0 or actions[t, 0, DIVIDEND] != 0.0:
        position, income, in_lieu, realised = after_actions(
            position, actions[t, 0, SPLIT], actions[t, 0, DIVIDEND], instrument
        )
        account = received(account, income, in_lieu, realised)
    bar = Bar(prices[t, 0, OPEN], prices[t, 0, HIGH], prices[t, 0, LOW], prices[t, 0, CLOSE], prices[t, 0, VOLUME])
    usable = is_usable(bar)
    if usable:
        if position.quantity != 0.0 or position.ordered != 0.0:
            position, cash, first, second, third, inside = settle(
                position, account.cash, bar, finer, finer_rows[t, 0, FROM], finer_rows[t, 0, TO], instrument
            )
            for done in (first, second, third):
                account = executed_on(account, cash, done)
            opened = first.leg == ENTRY
        position = observed(position, bar, inside)
    return position, account, opened, usable


@inlined
def decided_on(
    prices: FloatArray,
    figures: FloatArray,
    codes: IntArray,
    t: int,
    usable: bool,
    position: Position,
    account: Account,
    profile: RiskProfile,
    rules: Rules,
    instrument: Instrument,
) -> tuple[Position, Account, int]:
    """(position, account, Reason code) after the decision at the close of bar `t`."""
    account, pause = marked(account, position.quantity * position.last, profile)
    # A position or an order of the only symbol takes no room from another, and decides nothing by it.
    room = Room(account.equity, account.cash, 0.0, 0.0, 0.0)
    signal = Signal(
        prices[t, 0, CLOSE],
        figures[t, 0, EDGE],
        figures[t, 0, VOLATILITY],
        figures[t, 0, ATR],
        figures[t, 0, RANGE_LOW],
        figures[t, 0, RANGE_HIGH],
        codes[t, 0, REGIME],
        codes[t, 0, GATE],
    )
    position, reason, _ = decide(position, usable, signal, pause, room, profile, rules, instrument)
    return position, account, reason


@compiled
def on_new_day(position: Position, account: Account, day: float, instrument: Instrument) -> tuple[Position, Account]:
    """(position, account) before the first bar of a new UTC day: none was opened yet, and carry is charged."""
    carry = 0.0
    if account.day >= 0.0 and position.quantity != 0.0:
        carry = carry_cost(
            position.quantity, position.last, day - account.day, instrument.long_carry, instrument.short_carry
        )
    position = aged(position, position.last, position.best, position.age, position.stop, 0.0)
    return position, renewed(account, day, carry)


@compiled
def aged(position: Position, last: float, best: float, age: float, stop: float, entries: float) -> Position:
    """The position after bars in which nothing was done with it."""
    return Position(
        quantity=position.quantity,
        cost=position.cost,
        entry=position.entry,
        last=last,
        best=best,
        atr=position.atr,
        age=age,
        stop=stop,
        target=position.target,
        partial=position.partial,
        part=position.part,
        ordered=position.ordered,
        limit=position.limit,
        regime=position.regime,
        entries=entries,
    )
