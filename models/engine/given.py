"""Executions that come from outside: what a venue did with a live book's orders, instead of the fill simulator."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.types import FloatArray, Leg

GIVEN_COLUMNS = 7
GIVEN_T, GIVEN_ROW, GIVEN_LEG, GIVEN_QUANTITY, GIVEN_PRICE, GIVEN_FEE, GIVEN_SLIP = range(GIVEN_COLUMNS)


@dataclass(frozen=True, slots=True)
class GivenFill:
    """What happened to a row's order or level in row `t` of the panel, before the decision there.

    Attributes:
        leg: ENTRY for an order that opens, and ADD for whatever comes to the position later; EXPIRED for an order that
            is over without a fill; EXTERNAL for units that left without an order of ours.
        quantity: base units that the position changed by, positive bought, a multiple of the lot.
        price, fee, slip: quote currency; a fee that was taken in base is in `fee` at its price, and so is all that was
            paid for an order whose fees left nothing of it (EXPIRED).
    """

    t: int
    row: int
    leg: Leg
    quantity: float
    price: float
    fee: float
    slip: float


def given_table(fills: Sequence[GivenFill]) -> FloatArray:
    """Shape (n, 7), by time, and in one row of the panel in the order given.

    Raises:
        ValueError: a figure is not finite, a price not positive, or a fill without units is none that expired.
    """
    for one in fills:
        figures = one.quantity, one.price, one.fee, one.slip
        moved = one.leg is not Leg.EXPIRED
        if not np.isfinite(figures).all() or (moved and (one.price <= 0.0 or one.quantity == 0.0)):
            raise ValueError(f"found {one}, allowed is a finite fill with a price above zero")
    rows = [(one.t, one.row, int(one.leg), one.quantity, one.price, one.fee, one.slip) for one in fills]
    table = np.array(rows, np.float64).reshape(-1, GIVEN_COLUMNS)
    return np.ascontiguousarray(table[np.argsort(table[:, GIVEN_T], kind="stable")])


def nothing_given() -> FloatArray:
    """The table of a book whose fills are all simulated."""
    return np.empty((0, GIVEN_COLUMNS))
