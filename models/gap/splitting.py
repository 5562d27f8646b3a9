"""The difference between what was made and the backtest, cause by cause.

Worlds differ by one cause each: the backtest has none, the next one reads what was known then, the next one is ordered
what was really ordered, then filled when it was filled, at the price and in the size it was, and at the fees. Whatever
follows from a cause, larger or smaller orders later on included, is the cause's. The sum is exact by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.engine import Panel, Run, State
from models.engine.tables import FILL_PRICE, FILL_QUANTITY
from models.gap.executions import OUTSIDE
from models.gap.finding import Found, find
from models.gap.giving import given_in
from models.gap.kinds import CHAIN, Causes, Kind
from models.gap.orders import order_in
from models.gap.stepping import bar_at, modelled, stepped
from models.gap.tape import Tape
from models.gap.valuing import first_marks, marks_of, worth
from models.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Quote currency.

    Attributes:
        ts: opens of the bars, UTC microseconds, shape (n_times,).
        start: what the account was worth before the first of them.
        made, backtest: what it was worth after each bar, shape (n_times,).
        parts: what each cause had brought by then, shape (n_times,): together made - backtest.
        traded: value of the backtest's fills.
        unexplained: of the signal's part at the end, what not even the recorded orders and fills explain.
        found: by tape, what differs.
    """

    ts: IntArray
    start: float
    made: FloatArray
    backtest: FloatArray
    parts: dict[Kind, FloatArray]
    traded: float
    unexplained: float
    found: tuple[Found, ...]

    @property
    def total(self) -> float:
        """What was made more than the backtest, negative for less."""
        return float(self.made[-1] - self.backtest[-1])


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What an account is worth after each bar, shape (n_times,), and what it traded; quote currency."""

    values: FloatArray
    traded: float


def split(tapes: Sequence[Tape], start: State) -> Split:
    """Of tapes one after the other, each with at least one bar, from the recorded state `start` before the first."""
    marks, last = [], first_marks(start)
    for tape in tapes:
        marks.append(marks_of(tape.now, tape.parameters, last))
        last = marks[-1][-1]
    found = _found(tapes, marks, start)
    made = np.array([one for each in found for one in each.values])
    folded = [_world(tapes, marks, start, found, frozenset(CHAIN[:k])) for k in range(len(CHAIN) + 1)]
    worlds = [one.values for one in folded]
    parts = {kind: worlds[k + 1] - worlds[k] for k, kind in enumerate(CHAIN)}
    parts[Kind.SIGNAL] = parts[Kind.SIGNAL] + (made - worlds[-1])
    return Split(
        ts=np.concatenate([one.ts for one in tapes]),
        start=worth(start, first_marks(start)),
        made=made,
        backtest=worlds[0],
        parts=parts,
        traded=folded[0].traded,
        unexplained=float(made[-1] - worlds[-1][-1]),
        found=found,
    )


def _found(tapes: Sequence[Tape], marks: Sequence[FloatArray], start: State) -> tuple[Found, ...]:
    found: list[Found] = []
    for tape, prices in zip(tapes, marks, strict=True):
        before = found[-1] if found else None
        if before is None or before.state is None:
            found.append(find(tape, prices, start))
        else:
            found.append(find(tape, prices, before.state, before.cash, before.units))
    return tuple(found)


def _world(
    tapes: Sequence[Tape], marks: Sequence[FloatArray], start: State, found: Sequence[Found], causes: Causes
) -> World:
    """The world with these causes."""
    state, traded, values = start.copy(), 0.0, []
    for tape, prices, differs in zip(tapes, marks, found, strict=True):
        panel = tape.panel(causes)
        for t in range(tape.ts.size):
            run = _step(tape, panel, t, state, differs, causes)
            state = run.state
            traded += float((np.abs(run.fills[:, FILL_QUANTITY]) * run.fills[:, FILL_PRICE]).sum())
            values.append(worth(state, prices[t]))
    return World(np.array(values), traded)


def _step(tape: Tape, panel: Panel, t: int, state: State, differs: Found, causes: Causes) -> Run:
    """The fold over one bar; the state at its end has what was really ordered, where that is a cause."""
    bar = bar_at(panel, t)
    given = None
    if t in differs.fills:
        outside = [one for one in tape.done.get(t, []) if one.leg in OUTSIDE]
        model = modelled(bar, tape.parameters, state)
        given = given_in(model, differs.fills[t], outside, causes, tape.parameters, state)
    run = stepped(bar, tape.parameters, state, given)
    if Kind.SIGNAL in causes:
        for one in differs.orders.get(t, ()):
            order_in(run.state, one, tape.parameters)
    return run
