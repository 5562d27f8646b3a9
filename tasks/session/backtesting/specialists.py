"""What each specialist of each system did: how it entered, how long it held, and by what it left."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.engine import Run
from models.engine.tables import FILL_LEG, FILL_OWNER, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_T
from models.portfolio import RoundTrip, Trade, round_trips
from models.types import Intent, Leg, Regime
from models.types.timeframes import HOUR
from tasks.session.backtesting.measuring import in_charge

# The specialist's name where a haven is held instead of what it trades.
HAVEN = "haven"
LEAVINGS = {"stop": "stop", "target": "target", "exit_time": "time", "exit_switch": "switch"}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One specialist in one system; a trade is a round trip, from no position to no position. None where there is none.

    Attributes:
        system, specialist: names; `haven` is what is held of the haven, by whomever.
        in_charge: share of the bars of the traded symbols on which it was; 0 for `haven`.
        trades: round trips that it left.
        taken_over: how many of them another specialist had entered.
        profit: of them, after costs, account currency.
        win_rate: share of them with a profit.
        mean_hours, median_hours: from the bar of the entry to that of the last exit, of those it entered itself.
        by_stop, by_target, by_time, by_switch, by_other: share of them that were left so; a trailed stop is a stop.
        size: mean value at entry over the system's equity at the close before.
        stop_distance, target_distance: medians at the decision of the entry, fractions of the close.
        turnover: value traded in a year, times the system's mean equity.
    """

    system: str
    specialist: str
    in_charge: float
    trades: int
    taken_over: int
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


@dataclass(slots=True)
class _Filled:
    """Of one specialist: value of all its fills, account currency; symbol and bar of each entry, UTC microseconds, and
    its value over the system's equity at the close before.
    """

    value: float = 0.0
    entered: set[tuple[str, int]] = field(default_factory=set)
    sizes: list[float] = field(default_factory=list)


def behaviours(run: Run, trades: Sequence[Trade], intents: Sequence[Intent], per_year: float) -> tuple[Behaviour, ...]:
    """One row for each specialist that traded or was in charge, by system and then by its code; what is held of the
    haven comes last.
    """
    havens = {(system.name, slot.symbol) for system, slot in run.parameters.rows if slot.haven}
    trips: defaultdict[tuple[str, str], list[RoundTrip]] = defaultdict(list)
    for trip in round_trips(trades):
        trips[trip.system, HAVEN if (trip.system, trip.symbol) in havens else trip.specialist].append(trip)
    entries: defaultdict[tuple[str, str], list[Intent]] = defaultdict(list)
    for one in intents:
        if one.reason.name.startswith("ENTER") and (one.system, one.symbol) not in havens:
            entries[one.system, one.specialist].append(one)
    filled, charged = _filled(run), _charged(run)
    names = [one.name.lower() for one in Regime] + [HAVEN]
    found = []
    for k, system in enumerate(run.parameters.systems):
        for key in ((system.name, name) for name in names):
            if key in filled or key in charged:
                turnover = _turnover(run, k, filled[key].value, per_year)
                found.append(_behaviour(key, charged.get(key, 0.0), trips[key], entries[key], filled[key], turnover))
    return tuple(found)


def _behaviour(
    key: tuple[str, str],
    charged: float,
    trips: Sequence[RoundTrip],
    entries: Sequence[Intent],
    filled: _Filled,
    turnover: float | None,
) -> Behaviour:
    own = [one for one in trips if (one.symbol, one.entered) in filled.entered]
    hours = [(one.exited - one.entered) / HOUR for one in own]
    left = [LEAVINGS.get(one.reason, "other") for one in trips]
    shares = {name: left.count(name) / len(left) if left else None for name in (*LEAVINGS.values(), "other")}
    return Behaviour(
        system=key[0],
        specialist=key[1],
        in_charge=charged,
        trades=len(trips),
        taken_over=len(trips) - len(own),
        profit=sum(one.profit for one in trips),
        win_rate=sum(one.profit > 0.0 for one in trips) / len(trips) if trips else None,
        mean_hours=sum(hours) / len(hours) if hours else None,
        median_hours=_median(hours),
        by_stop=shares["stop"],
        by_target=shares["target"],
        by_time=shares["time"],
        by_switch=shares["switch"],
        by_other=shares["other"],
        size=sum(filled.sizes) / len(filled.sizes) if filled.sizes else None,
        stop_distance=_median([abs(1.0 - one.stop / one.price) for one in entries if one.stop is not None]),
        target_distance=_median([abs(one.target / one.price - 1.0) for one in entries if one.target is not None]),
        turnover=turnover,
    )


def _median(values: list[float]) -> float | None:
    return float(np.median(values)) if values else None


def _filled(run: Run) -> dict[tuple[str, str], _Filled]:
    """What was filled for each specialist, by system and name."""
    rows, found = run.parameters.rows, defaultdict[tuple[str, str], _Filled](_Filled)
    places = {one.name: k for k, one in enumerate(run.parameters.systems)}
    for fill in run.fills.tolist():
        system, slot = rows[int(fill[FILL_ROW])]
        own = found[system.name, HAVEN if slot.haven else Regime(int(fill[FILL_OWNER])).name.lower()]
        value = abs(fill[FILL_QUANTITY]) * fill[FILL_PRICE]
        own.value += value
        if fill[FILL_LEG] == Leg.ENTRY:
            t = int(fill[FILL_T])
            own.entered.add((slot.symbol, int(run.panel.ts[t])))
            own.sizes.append(value / float(run.equities[t - 1, places[system.name]]))
    return found


def _charged(run: Run) -> dict[tuple[str, str], float]:
    """Share of the bars of a system's traded symbols on which each specialist was in charge, where it was at all."""
    found = {}
    for system in run.parameters.systems:
        rows = [k for k, (own, slot) in enumerate(run.parameters.rows) if own is system and not slot.haven]
        codes = np.concatenate([in_charge(run, row) for row in rows] or [np.empty(0, np.int64)])
        for one in Regime:
            if (codes == one).any():
                found[system.name, one.name.lower()] = float((codes == one).mean())
    return found


def _turnover(run: Run, system: int, traded: float, per_year: float) -> float | None:
    years, mean = (run.panel.ts.size - 1) / per_year, float(run.equities[:, system].mean())
    return traded / mean / years if years > 0.0 and mean > 0.0 else None
