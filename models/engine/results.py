"""Rows of the fold's tables as values."""

import math

from models.engine.panel import Panel
from models.engine.parameters import Parameters
from models.engine.tables import (
    FILL_FEE,
    FILL_LEG,
    FILL_OWNER,
    FILL_PRICE,
    FILL_QUANTITY,
    FILL_REALISED,
    FILL_REGIME,
    FILL_ROW,
    FILL_SLIP,
    FILL_T,
    ORDER_BOUND,
    ORDER_CAPS,
    ORDER_LIMIT,
    ORDER_OWNER,
    ORDER_PART,
    ORDER_PARTIAL,
    ORDER_QUANTITY,
    ORDER_REASON,
    ORDER_REGIME,
    ORDER_ROW,
    ORDER_STOP,
    ORDER_T,
    ORDER_TARGET,
    SWITCH_AFTER,
    SWITCH_BEFORE,
    SWITCH_CAUSE,
    SWITCH_ROW,
    SWITCH_T,
    TRIP_BREAKER,
    TRIP_KIND,
    TRIP_LEVEL,
    TRIP_LIMIT,
    TRIP_SYSTEM,
    TRIP_T,
    TRIP_VALUE,
)
from models.risk import CAP_BOUNDS
from models.types import (
    Bound,
    Breaker,
    Cause,
    Fill,
    FloatArray,
    Intent,
    LadderEvent,
    Leg,
    Level,
    Reason,
    Regime,
    Switch,
)


def intents_of(orders: FloatArray, panel: Panel, parameters: Parameters) -> list[Intent]:
    """The table of orders as intents, in its order."""
    return [_intent(row, panel, parameters) for row in orders.tolist()]


def fills_of(fills: FloatArray, panel: Panel, parameters: Parameters) -> list[Fill]:
    """The table of fills as values, in its order."""
    rows = parameters.rows
    found = []
    for row in fills.tolist():
        system, slot = rows[int(row[FILL_ROW])]
        fill = Fill(
            symbol=slot.symbol,
            ts=int(panel.ts[int(row[FILL_T])]),
            quantity=row[FILL_QUANTITY],
            price=row[FILL_PRICE],
            fee=row[FILL_FEE],
            leg=Leg(int(row[FILL_LEG])),
            regime=Regime(int(row[FILL_REGIME])),
            realised=row[FILL_REALISED],
            slip=row[FILL_SLIP],
            system=system.name,
            specialist=specialist_name(row[FILL_OWNER]),
        )
        found.append(fill)
    return found


def switches_of(switches: FloatArray, panel: Panel, parameters: Parameters) -> list[Switch]:
    """The table of switches as values, in its order."""
    rows = parameters.rows
    found = []
    for row in switches.tolist():
        system, slot = rows[int(row[SWITCH_ROW])]
        before, after = (None if one < 0.0 else Regime(int(one)) for one in (row[SWITCH_BEFORE], row[SWITCH_AFTER]))
        bar = int(panel.ts[int(row[SWITCH_T])])
        found.append(Switch(bar, system.name, slot.symbol, before, after, Cause(int(row[SWITCH_CAUSE]))))
    return found


def events_of(trips: FloatArray, panel: Panel, parameters: Parameters) -> list[LadderEvent]:
    """The table of trips as values, in its order."""
    found = []
    for row in trips.tolist():
        system = int(row[TRIP_SYSTEM])
        event = LadderEvent(
            bar=int(panel.ts[int(row[TRIP_T])]),
            system="" if system < 0 else parameters.systems[system].name,
            tripped=row[TRIP_KIND] == 1.0,
            level=Level(int(row[TRIP_LEVEL])),
            breaker=Breaker(int(row[TRIP_BREAKER])),
            value=row[TRIP_VALUE],
            limit=row[TRIP_LIMIT],
        )
        found.append(event)
    return found


def specialist_name(owner: float) -> str:
    """What a specialist is called where fills and trades are attributed to it."""
    return Regime(int(owner)).name.lower()


def _intent(row: list[float], panel: Panel, parameters: Parameters) -> Intent:
    t, (system, slot) = int(row[ORDER_T]), parameters.rows[int(row[ORDER_ROW])]
    return Intent(
        bar=int(panel.ts[t]),
        symbol=slot.symbol,
        quantity=row[ORDER_QUANTITY],
        price=float(panel.close[t, slot.column]),
        reason=Reason(int(row[ORDER_REASON])),
        bound=Bound(int(row[ORDER_BOUND])),
        edge_bps=float(panel.edge[t, slot.column]),
        regime=Regime(int(row[ORDER_REGIME])),
        limit=row[ORDER_LIMIT] or None,
        stop=row[ORDER_STOP] or None,
        target=row[ORDER_TARGET] or None,
        partial=row[ORDER_PARTIAL] or None,
        part=row[ORDER_PART],
        system=system.name,
        specialist=specialist_name(row[ORDER_OWNER]),
        caps=tuple(
            (bound.name, cap) for bound, cap in zip(CAP_BOUNDS, row[ORDER_CAPS:], strict=True) if math.isfinite(cap)
        ),
    )
