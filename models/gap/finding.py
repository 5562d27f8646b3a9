"""The session as it was, bar by bar from its own recorded states: where fills and orders are not what the model and the
rules here make of the same states and figures.
"""

from dataclasses import dataclass, field

import numpy as np

from models.engine import Panel, State
from models.engine.state import ORDERED, QUANTITY
from models.gap.comparing import Later, Waits, apart, given_of
from models.gap.executions import Apart, is_of_order
from models.gap.kinds import CHAIN
from models.gap.orders import Ordered, ordered_apart
from models.gap.stepping import Modelled, bar_at, modelled, stepped
from models.gap.tape import Tape
from models.gap.valuing import cash_of, worth
from models.types import FloatArray


@dataclass(slots=True)
class Found:
    """What differs on one tape.

    Attributes:
        fills: by row of its panels.
        orders: by decided row.
        values: shape (n_times,): what the account was worth after each bar, quote currency.
        state: recorded at its end.
        cash, units: what the fills brought and the recorded states do not have; units by row of the book.
    """

    fills: dict[int, Apart] = field(default_factory=dict)
    orders: dict[int, tuple[Ordered, ...]] = field(default_factory=dict)
    values: list[float] = field(default_factory=list)
    state: State | None = None
    cash: float = 0.0
    units: FloatArray = field(default_factory=lambda: np.zeros(0))


def find(tape: Tape, marks: FloatArray, start: State, cash: float = 0.0, units: FloatArray | None = None) -> Found:
    """Of one tape, from the recorded state before its first bar. `marks`: see `worth`; `cash` and `units` as the tape
    before it left them.
    """
    panel = tape.panel(frozenset(CHAIN))
    found = Found(cash=cash, units=np.zeros(start.book.shape[0]) if units is None else units.copy())
    state = start
    for t in range(tape.ts.size):
        bar, real = bar_at(panel, t), tape.done.get(t, [])
        model = modelled(bar, tape.parameters, state)
        differs = _apart(tape, bar, t, state, model)
        clean = differs == Apart() and tuple(real) == model.done
        run = stepped(bar, tape.parameters, state, None if clean else given_of(model, real, differs))
        if not clean:
            found.fills[t] = differs
        state = run.state
        if t in tape.moments:
            after = tape.moments[t].after
            orders = ordered_apart(state, after)
            if orders:
                found.orders[t] = orders
            found.cash += (
                cash_of(state) - cash_of(after) if (state.accounts[:, 0] != after.accounts[:, 0]).any() else 0.0
            )
            found.units += state.book[:, QUANTITY] - after.book[:, QUANTITY]
            state = after
        found.values.append(worth(state, marks[t]) + found.cash + float(found.units @ marks[t]))
    found.state = state
    return found


def _apart(tape: Tape, bar: Panel, t: int, state: State, model: Modelled) -> Apart:
    """What differs in row `t`.

    An order that was not filled in it and is not recorded after it was over; but where the rules themselves withdraw it
    at the decision it only waited, and so it does where nobody decided.
    """
    following = next((k for k in range(t, tape.ts.size) if k in tape.moments), t)
    real, later, outlives = tape.done.get(t, []), _later(tape, t), _is_recorded(tape, following, state)

    def found(waits: Waits) -> Apart:
        return apart(bar, tape.parameters, state, model, real, later, waits, outlives)

    if following != t:
        return found(lambda _: True)
    differs = found(outlives)
    over = {one.model.row for one in differs.shifts if one.kept == 0.0}
    if not over:
        return differs
    run = stepped(bar, tape.parameters, state, given_of(model, real, found(lambda _: True)))
    over &= {one.row for one in ordered_apart(run.state, tape.moments[t].after)}
    return found(lambda row: row not in over)


def _later(tape: Tape, t: int) -> Later:
    """Base units that the order of a row gets after the bar, before the row is ordered anything anew."""

    def units(row: int) -> float:
        total = 0.0
        for k in range(t, tape.ts.size):
            if k > t:
                total += sum(one.quantity for one in tape.done.get(k, []) if one.row == row and is_of_order(one.leg))
            if k in tape.moments and row in tape.moments[k].ordered:
                break
        return total

    return units


def _is_recorded(tape: Tape, t: int, state: State) -> Waits:
    """Whether the order that a row has in `state` is still there after the decision in row `t`."""

    def there(row: int) -> bool:
        moment = tape.moments.get(t)
        if moment is None or row in moment.ordered:
            return False
        return bool(moment.after.book[row, ORDERED] * state.book[row, ORDERED] > 0.0)

    return there
