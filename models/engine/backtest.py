"""The backtest: the fold over a panel, and what came of it as values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.engine.fold import fold
from models.engine.given import GivenFill, given_table
from models.engine.panel import CUT, Panel
from models.engine.parameters import Parameters
from models.engine.results import events_of, fills_of, intents_of, switches_of
from models.engine.state import State
from models.engine.tables import FILL_COLUMNS, MOST_FILLS, ORDER_COLUMNS, SWITCH_COLUMNS, TRIP_COLUMNS
from models.types import Fill, FloatArray, IntArray, Intent, LadderEvent, Switch

# Rows that the tables begin with; they grow by half when they are full.
FIRST_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a fold did.

    Attributes:
        orders, fills, switches, trips: tables with the columns of models.engine.tables.
        reasons: shape (n_times, n_rows), Reason codes.
        held: shape (n_times, n_rows), base units after each bar.
        equities: shape (n_times, n_systems), cash and positions at their closes, after each decision.
        state: at the end.
    """

    panel: Panel
    parameters: Parameters
    orders: FloatArray
    fills: FloatArray
    switches: FloatArray
    trips: FloatArray
    reasons: IntArray
    held: FloatArray
    equities: FloatArray
    state: State

    @property
    def equity(self) -> FloatArray:
        """Of the whole account, shape (n_times,)."""
        total: FloatArray = self.equities.sum(axis=1)
        return total

    def intents(self) -> list[Intent]:
        """Every order in the order it was decided: by time, then by row of the book."""
        return intents_of(self.orders, self.panel, self.parameters)

    def executions(self) -> list[Fill]:
        """Every fill, by time, then by system, in the order it happened there."""
        return fills_of(self.fills, self.panel, self.parameters)

    def switched(self) -> list[Switch]:
        """Every change of the specialist in charge, by time, then by row of the book."""
        return switches_of(self.switches, self.panel, self.parameters)

    def ladder_events(self) -> list[LadderEvent]:
        """Every stop that tripped or was released, by time."""
        return events_of(self.trips, self.panel, self.parameters)


def run_backtest(
    panel: Panel, parameters: Parameters, start: State, given: Sequence[GivenFill] = (), simulates: bool = True
) -> Run:
    """Fold over the panel from `start`, which is not changed; `given` is what a venue did with its orders. In a live
    book that is all that happens, and the bars do not fill anything (`simulates`).

    Raises:
        ValueError: something came from outside in a row on which nobody decides: it would be lost. Or a given fill is
            not sound, see `given_table`, or of no row.
    """
    if panel.events[~panel.decided].any() or panel.tails[~panel.decided, :, CUT].any():
        raise ValueError("events act at decisions; write them into a row of the panel that is decided")
    state = start.copy()
    times, rows = panel.ts.size, parameters.slots.shape[0]
    done = given_table(given)
    if any(not (0 <= one.t < times and 0 <= one.row < rows) for one in given):
        raise ValueError(f"found fills of rows that are not there; the panel has {times}, the book {rows}")
    orders = np.empty((max(FIRST_ROWS, rows), ORDER_COLUMNS))
    fills = np.empty((max(FIRST_ROWS, MOST_FILLS * rows) + len(given), FILL_COLUMNS))
    switches = np.empty((max(FIRST_ROWS, rows), SWITCH_COLUMNS))
    trips = np.empty((FIRST_ROWS, TRIP_COLUMNS))
    counts = np.zeros(4, np.int64)
    reasons, held = np.zeros((times, rows), np.int64), np.zeros((times, rows))
    equities = np.zeros((times, len(parameters.systems)))
    at = 0
    while True:
        at = fold(
            panel,
            at,
            done,
            simulates,
            parameters.house,
            parameters.profiles,
            parameters.controllers,
            parameters.firsts,
            parameters.rules,
            parameters.instruments,
            parameters.slots,
            state.ladder,
            state.accounts,
            state.book,
            state.records,
            orders,
            fills,
            switches,
            trips,
            counts,
            reasons,
            held,
            equities,
        )
        if at == times:
            break
        orders, fills, switches, trips = _grown(orders), _grown(fills), _grown(switches), _grown(trips)
    tables = orders[: counts[0]], fills[: counts[1]], switches[: counts[2]], trips[: counts[3]]
    return Run(panel, parameters, *tables, reasons, held, equities, state)


def _grown(table: FloatArray) -> FloatArray:
    return np.concatenate([table, np.empty((table.shape[0] // 2 + 1, table.shape[1]))])
