"""One path through the full step, in room that is used again for the next one."""

from dataclasses import dataclass

import numpy as np

from models.engine import Panel, Parameters, State
from models.engine.fold import fold
from models.engine.given import nothing_given
from models.engine.marking import ACCOUNT, EQUITY
from models.engine.tables import (
    FILL_COLUMNS,
    FILL_LEG,
    MOST_FILLS,
    MOST_PAUSES,
    MOST_TRIPS,
    ORDER_COLUMNS,
    SWITCH_COLUMNS,
    TRIP_COLUMNS,
    TRIP_KIND,
    TRIP_SYSTEM,
    TRIP_T,
)
from models.ensemble.path import empty_path
from models.kernels import compiled
from models.portfolio import Account
from models.risk import Ladder
from models.types import FloatArray, IntArray, Leg

# Rows of the tables beyond what one bar may need; small enough to stay near the processor.
SPARE_ROWS = 512
ENTRY, ADD = int(Leg.ENTRY), int(Leg.ADD)
LEVEL = Ladder._fields.index("level")
COSTS = tuple(Account._fields.index(name) for name in ("fees", "slip", "carry"))
# What is counted while a path is walked: closed trades, rows stopped so far, and the row since which a stop holds.
TRADES, STOPPED, SINCE = range(3)
NOT_STOPPED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """What a thread walks its paths in, written over by each: see `fold` for all but `path` and `tally`."""

    path: Panel
    state: State
    orders: FloatArray
    fills: FloatArray
    switches: FloatArray
    trips: FloatArray
    counts: IntArray
    reasons: IntArray
    held: FloatArray
    equities: FloatArray
    tally: IntArray


def room_for(panel: Panel, start: State, length: int) -> Room:
    """For paths of `length` rows of `panel`."""
    systems, rows = start.accounts.shape[0], start.book.shape[0]
    return Room(
        path=empty_path(panel, length),
        state=start.copy(),
        orders=np.empty((SPARE_ROWS + rows, ORDER_COLUMNS)),
        fills=np.empty((SPARE_ROWS + MOST_FILLS * rows, FILL_COLUMNS)),
        switches=np.empty((SPARE_ROWS + rows, SWITCH_COLUMNS)),
        trips=np.empty((SPARE_ROWS + MOST_TRIPS + MOST_PAUSES * systems, TRIP_COLUMNS)),
        counts=np.zeros(4, np.int64),
        reasons=np.zeros((length, rows), np.int64),
        held=np.zeros((length, rows)),
        equities=np.zeros((length, systems)),
        tally=np.zeros(3, np.int64),
    )


def walk(parameters: Parameters, start: State, room: Room) -> None:
    """Fold over the path in the room from `start`; writes all of the room but the path."""
    state, length = room.state, room.path.ts.size
    for own, first in zip(_arrays(state), _arrays(start), strict=True):
        own[...] = first
    room.tally[:] = 0, 0, 0 if start.ladder[LEVEL] > 0.0 else NOT_STOPPED
    at = 0
    while at < length:
        room.counts[:] = 0
        at = fold(
            room.path,
            at,
            nothing_given(),
            True,
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
            room.orders,
            room.fills,
            room.switches,
            room.trips,
            room.counts,
            room.reasons,
            room.held,
            room.equities,
        )
        tally_tables(room.fills, room.trips, room.counts, at, room.tally)


def _arrays(state: State) -> tuple[FloatArray, ...]:
    return state.ladder, state.accounts, state.book, state.records


def figures_of(start: State, room: Room) -> tuple[float, float, float, float, float]:
    """(total return, deepest drawdown, closed trades, costs, share of rows stopped) of what was walked."""
    first = float(start.accounts[:, EQUITY].sum())
    total, depth = growth_of(room.equities, first)
    costs = float((room.state.accounts - start.accounts)[:, COSTS].sum())
    return total, depth, float(room.tally[TRADES]), costs, float(room.tally[STOPPED]) / room.equities.shape[0]


@compiled
def tally_tables(fills: FloatArray, trips: FloatArray, counts: IntArray, until: int, tally: IntArray) -> None:
    """Count what the tables hold of the rows up to before `until`, into `tally`."""
    for k in range(counts[1]):
        if fills[k, FILL_LEG] != ENTRY and fills[k, FILL_LEG] != ADD:
            tally[TRADES] += 1
    for k in range(counts[3]):
        if trips[k, TRIP_SYSTEM] == ACCOUNT:
            t = int(trips[k, TRIP_T])
            if tally[SINCE] != NOT_STOPPED:
                tally[STOPPED] += t - tally[SINCE]
            tally[SINCE] = t if trips[k, TRIP_KIND] == 1.0 else NOT_STOPPED
    if tally[SINCE] != NOT_STOPPED:
        tally[STOPPED] += until - tally[SINCE]
        tally[SINCE] = until


@compiled
def growth_of(equities: FloatArray, first: float) -> tuple[float, float]:
    """(total return, deepest drawdown) of the sum of `equities` (n_rows, n_systems) after `first`.

    Fractions; an account that is ruined stays ruined, as in models.portfolio.returns.
    """
    last, top, depth = first, first, 0.0
    for t in range(equities.shape[0]):
        equity = 0.0
        for system in range(equities.shape[1]):
            equity += equities[t, system]
        if equity <= 0.0 or last <= 0.0:
            return -1.0, 1.0
        last, top = equity, max(top, equity)
        depth = max(depth, 1.0 - equity / top)
    return last / first - 1.0, depth
