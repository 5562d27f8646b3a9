"""What each specialist of each system did: how it entered, how long it held, and by what it left."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.engine import Run
from models.engine.tables import FILL_OWNER, FILL_PRICE, FILL_QUANTITY, FILL_ROW
from models.portfolio import RoundTrip, Trade, round_trips
from models.types import IntArray, Intent, Regime
from models.types.timeframes import HOUR

# The specialist's name where a haven is held instead of what it trades.
HAVEN = "haven"
LEAVINGS = {"stop": "stop", "target": "target", "exit_time": "time", "exit_switch": "switch"}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One specialist in one system; a trade is a round trip, from no position to no position. None where there is none.

    Attributes:
        system, specialist: names; `haven` is what is held of the haven, by whomever.
        trades: round trips that were left.
        profit: of them, after costs, account currency.
        win_rate: share of them with a profit.
        mean_hours, median_hours: from the bar of the entry to that of the last exit.
        by_stop, by_target, by_time, by_switch, by_other: share of them that were left so; a trailed stop is a stop.
        size: mean value at entry over the system's equity at the close before.
        stop_distance, target_distance: medians at the decision of the entry, fractions of the close.
        turnover: value traded in a year, times the system's mean equity.
    """

    system: str
    specialist: str
    trades: int
    profit: float
    win_rate: float | None
    mean_hours: float | None
    median_hours: float | None
    by_stop: float | None
    by_target: float | None
    by_time: float | None
    by_switch: float | None
    by_other: float | None
    size: float | None
    stop_distance: float | None
    target_distance: float | None
    turnover: float | None


def behaviours(run: Run, trades: Sequence[Trade], intents: Sequence[Intent], per_year: float) -> tuple[Behaviour, ...]:
    """One row for each specialist that traded, by system and then by its code, what is held of the haven last."""
    havens = {(system.name, slot.symbol) for system, slot in run.parameters.rows if slot.haven}
    trips: defaultdict[tuple[str, str], list[RoundTrip]] = defaultdict(list)
    for trip in round_trips(trades):
        trips[trip.system, HAVEN if (trip.system, trip.symbol) in havens else trip.specialist].append(trip)
    entries: defaultdict[tuple[str, str], list[Intent]] = defaultdict(list)
    for one in intents:
        if one.reason.name.startswith("ENTER") and (one.system, one.symbol) not in havens:
            entries[one.system, one.specialist].append(one)
    traded = _traded(run)
    names = [one.name.lower() for one in Regime] + [HAVEN]
    return tuple(
        _behaviour(run, key, trips[key], entries[key], _turnover(run, k, traded.get(key, 0.0), per_year))
        for k, system in enumerate(run.parameters.systems)
        for key in ((system.name, name) for name in names)
        if key in trips or key in traded
    )


def _behaviour(
    run: Run, key: tuple[str, str], trips: Sequence[RoundTrip], entries: Sequence[Intent], turnover: float | None
) -> Behaviour:
    hours = np.array([(one.exited - one.entered) / HOUR for one in trips])
    left = [LEAVINGS.get(one.reason, "other") for one in trips]
    shares = {name: left.count(name) / len(left) if left else None for name in (*LEAVINGS.values(), "other")}
    return Behaviour(
        system=key[0],
        specialist=key[1],
        trades=len(trips),
        profit=sum(one.profit for one in trips),
        win_rate=sum(one.profit > 0.0 for one in trips) / len(trips) if trips else None,
        mean_hours=float(hours.mean()) if trips else None,
        median_hours=float(np.median(hours)) if trips else None,
        by_stop=shares["stop"],
        by_target=shares["target"],
        by_time=shares["time"],
        by_switch=shares["switch"],
        by_other=shares["other"],
        size=_mean_size(run, key[0], trips),
        stop_distance=_median([abs(1.0 - one.stop / one.price) for one in entries if one.stop is not None]),
        target_distance=_median([abs(one.target / one.price - 1.0) for one in entries if one.target is not None]),
        turnover=turnover,
    )


def _mean_size(run: Run, system: str, trips: Sequence[RoundTrip]) -> float | None:
    column = [one.name for one in run.parameters.systems].index(system)
    if not trips:
        return None
    rows: IntArray = np.searchsorted(run.panel.ts, [one.entered for one in trips])
    equity = run.equities[np.maximum(rows - 1, 0), column]
    return float((np.array([one.value for one in trips]) / equity).mean())


def _median(values: list[float]) -> float | None:
    return float(np.median(values)) if values else None


def _traded(run: Run) -> Mapping[tuple[str, str], float]:
    """Value of the fills of each specialist, by system and name."""
    rows, found = run.parameters.rows, defaultdict[tuple[str, str], float](float)
    for fill in run.fills[:, [FILL_ROW, FILL_OWNER, FILL_QUANTITY, FILL_PRICE]].tolist():
        system, slot = rows[int(fill[0])]
        name = HAVEN if slot.haven else Regime(int(fill[1])).name.lower()
        found[system.name, name] += abs(fill[2]) * fill[3]
    return found


def _turnover(run: Run, system: int, traded: float, per_year: float) -> float | None:
    years, mean = (run.panel.ts.size - 1) / per_year, float(run.equities[:, system].mean())
    return traded / mean / years if years > 0.0 and mean > 0.0 else None
