"""Rows of the fold's tables as values."""

from models.engine.panel import Panel
from models.engine.tables import (
    FILL_FEE,
    FILL_LEG,
    FILL_PRICE,
    FILL_QUANTITY,
    FILL_REALISED,
    FILL_REGIME,
    FILL_ROW,
    FILL_SLIP,
    FILL_T,
    ORDER_BOUND,
    ORDER_LIMIT,
    ORDER_PART,
    ORDER_PARTIAL,
    ORDER_QUANTITY,
    ORDER_REASON,
    ORDER_REGIME,
    ORDER_ROW,
    ORDER_STOP,
    ORDER_T,
    ORDER_TARGET,
)
from models.types import Bound, Fill, FloatArray, Intent, Leg, Reason, Regime


def intents_of(orders: FloatArray, panel: Panel, symbols: tuple[str, ...]) -> list[Intent]:
    """The table of orders as intents, in its order."""
    return [_intent(row, panel, symbols) for row in orders.tolist()]


def fills_of(fills: FloatArray, panel: Panel, symbols: tuple[str, ...]) -> list[Fill]:
    """The table of fills as values, in its order."""
    return [
        Fill(
            symbol=symbols[int(row[FILL_ROW])],
            ts=int(panel.ts[int(row[FILL_T])]),
            quantity=row[FILL_QUANTITY],
            price=row[FILL_PRICE],
            fee=row[FILL_FEE],
            leg=Leg(int(row[FILL_LEG])),
            regime=Regime(int(row[FILL_REGIME])),
            realised=row[FILL_REALISED],
            slip=row[FILL_SLIP],
        )
        for row in fills.tolist()
    ]


def _intent(row: list[float], panel: Panel, symbols: tuple[str, ...]) -> Intent:
    t, i = int(row[ORDER_T]), int(row[ORDER_ROW])
    return Intent(
        bar=int(panel.ts[t]),
        symbol=symbols[i],
        quantity=row[ORDER_QUANTITY],
        price=float(panel.close[t, i]),
        reason=Reason(int(row[ORDER_REASON])),
        bound=Bound(int(row[ORDER_BOUND])),
        edge_bps=float(panel.edge[t, i]),
        regime=Regime(int(row[ORDER_REGIME])),
        limit=row[ORDER_LIMIT] or None,
        stop=row[ORDER_STOP] or None,
        target=row[ORDER_TARGET] or None,
        partial=row[ORDER_PARTIAL] or None,
        part=row[ORDER_PART],
    )
