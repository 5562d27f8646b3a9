"""One bar at a time: what the model fills in it, and the fold over it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.engine import GivenFill, Panel, Parameters, Run, State, run_backtest
from models.engine.panel import CUT
from models.engine.state import ORDERED, QUANTITY
from models.engine.tables import FILL_FEE, FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_SLIP
from models.gap.executions import Done, is_of_order
from models.types import Leg


@dataclass(frozen=True, slots=True)
class Modelled:
    """What the model makes of a bar.

    Attributes:
        done: fills in the order they happen.
        expired: rows whose entry or addition is over without one.
    """

    done: tuple[Done, ...]
    expired: frozenset[int]


def bar_at(panel: Panel, t: int) -> Panel:
    """The panel of one of its rows."""
    rows = slice(t, t + 1)
    return panel._replace(
        ts=panel.ts[rows],
        prices=panel.prices[rows],
        figures=panel.figures[rows],
        codes=panel.codes[rows],
        actions=panel.actions[rows],
        decided=panel.decided[rows],
        finer_rows=panel.finer_rows[rows],
        tails=panel.tails[rows],
        link_rows=panel.link_rows[rows],
        events=panel.events[rows],
    )


def modelled(bar: Panel, parameters: Parameters, state: State) -> Modelled:
    """What the model fills in the bar, a panel of one row; the state is not changed."""
    waits, holds = state.book[:, ORDERED] != 0.0, state.book[:, QUANTITY] != 0.0
    if not (waits | holds).any():
        return Modelled((), frozenset())
    tails = bar.tails.copy()
    tails[:, :, CUT] = 0.0
    quiet = bar._replace(decided=np.zeros(1, np.bool_), tails=tails, events=np.zeros_like(bar.events))
    run = run_backtest(quiet, parameters, state)
    done = tuple(
        Done(
            int(row[FILL_ROW]),
            Leg(int(row[FILL_LEG])),
            row[FILL_QUANTITY],
            row[FILL_PRICE],
            row[FILL_FEE],
            row[FILL_SLIP],
        )
        for row in run.fills.tolist()
    )
    opening = waits & (state.book[:, ORDERED] * state.book[:, QUANTITY] >= 0.0)
    over = opening & (run.state.book[:, ORDERED] == 0.0)
    filled = {one.row for one in done if is_of_order(one.leg)}
    return Modelled(done, frozenset(int(row) for row in over.nonzero()[0] if row not in filled))


def stepped(bar: Panel, parameters: Parameters, state: State, given: Sequence[GivenFill] | None) -> Run:
    """The fold over the bar: the model fills, or exactly what is given happens."""
    if given is None:
        return run_backtest(bar, parameters, state)
    return run_backtest(bar, parameters, state, given, simulates=False)
