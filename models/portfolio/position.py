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
        age: bars since the opening fill, that of the fill included.
        stop: price at which it is closed at a loss, or liquidated.
        target: price at which it is closed with a profit.
        partial: price at which `part` base units of it are closed with a profit.
        part: see `partial`.
        ordered: base units ordered at market or at `limit` and not filled yet, signed.
        limit: worst price that the order may be filled at.
        regime: of the bar that decided the entry: the row of the rules that it lives by.
        entries: positions opened on the present UTC day.
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
    entries: float


@compiled
def flat(last: float, regime: float, entries: float) -> Position:
    """No position and no order."""
    return Position(0.0, 0.0, 0.0, last, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, regime, entries)


class Account(NamedTuple):
    """What all symbols share; quote currency.

    Attributes:
        cash: may only be negative against margin.
        equity: cash and positions at their last closes, as of the last decision.
        peak: highest equity since the last pause for drawdown ended.
        day: UTC day number of the last bar, -1 before the first.
        day_start: equity at the last decision before that day.
        paused_until: day number on which a pause for drawdown ends, 0 without one.
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
    day_start: float
    paused_until: float
    realised: float
    fees: float
    slip: float
    carry: float
    income: float
    traded: float
