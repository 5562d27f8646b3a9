"""What the step carries for one symbol and for the account: values that compiled code keeps in registers."""

from typing import NamedTuple

from models.kernels import compiled


class Position(NamedTuple):
    """One symbol's holding, the levels that protect it, and its waiting order. Levels and `limit` are zero where there
    is none; while an entry waits, the levels are those that it will have.

    Attributes:
        quantity: base units held, negative for a short position.
        cost: what the position was bought for, fees included; for a short minus what its sale brought after fees.
        entry: price of its opening fill.
        last: last usable close.
        best: highest high since the entry, lowest low for a short.
        atr: average true range at the entry's decision, quote currency.
        age: bars since the opening fill, or since another specialist took over, that of the fill included.
        stop: price at which it is closed at a loss, or liquidated.
        target: price at which it is closed with a profit.
        partial: price at which `part` base units of it are closed with a profit.
        part: see `partial`.
        ordered: base units ordered at market or at `limit` and not filled yet, signed.
        limit: worst price that the order may be filled at.
        regime: of the bar that decided the entry.
        owner: specialist that the position or its waiting entry lives by: row of the rules.
        entries: positions opened on the present UTC day.
        charge: specialist in charge at the last decision, -1.0 for nobody.
        mandate: regime at the last decision, -1.0 before the first.
        earned: profit of what was closed of the position so far.
        spent: value of its entry and of what was added to it.
    """

    quantity: float
    cost: float
    entry: float
    last: float
    best: float
    atr: float
    age: float
    stop: float
    target: float
    partial: float
    part: float
    ordered: float
    limit: float
    regime: float
    owner: float
    entries: float
    charge: float
    mandate: float
    earned: float
    spent: float


@compiled
def flat(position: Position, last: float) -> Position:
    """What is left when neither the position nor its order is: the specialist in charge, and the day's entries."""
    return Position(
        quantity=0.0,
        cost=0.0,
        entry=0.0,
        last=last,
        best=0.0,
        atr=0.0,
        age=0.0,
        stop=0.0,
        target=0.0,
        partial=0.0,
        part=0.0,
        ordered=0.0,
        limit=0.0,
        regime=position.regime,
        owner=position.owner,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=0.0,
        spent=0.0,
    )


@compiled
def with_order(position: Position, ordered: float, stop: float) -> Position:
    """The position with `ordered` base units at market in the place of its order, and with `stop`."""
    return Position(
        quantity=position.quantity,
        cost=position.cost,
        entry=position.entry,
        last=position.last,
        best=position.best,
        atr=position.atr,
        age=position.age,
        stop=stop,
        target=position.target,
        partial=position.partial,
        part=position.part,
        ordered=ordered,
        limit=0.0,
        regime=position.regime,
        owner=position.owner,
        entries=position.entries,
        charge=position.charge,
        mandate=position.mandate,
        earned=position.earned,
        spent=position.spent,
    )


class Account(NamedTuple):
    """What all symbols share; quote currency.

    Attributes:
        cash: may only be negative against margin.
        equity: cash and positions at their last closes, as of the last decision.
        peak: highest equity since the last pause for drawdown ended.
        day: UTC day number of the last bar, -1 before the first.
        paused_until: day number on which a pause of the system for its drawdown ends, 0 without one.
        realised: profits of everything closed, after fees.
        fees: paid on fills.
        slip: what fills cost against their reference prices; part of `realised` already.
        carry: funding and borrow costs paid.
        income: dividends received; paid, where short.
        traded: value of all fills.
    """

    cash: float
    equity: float
    peak: float
    day: float
    paused_until: float
    realised: float
    fees: float
    slip: float
    carry: float
    income: float
    traded: float
