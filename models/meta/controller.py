"""Who is in charge of a symbol."""

import math
from typing import NamedTuple

from models.kernels import compiled, inlined
from models.types import FloatArray, Regime

NOBODY = -1
CRISIS = int(Regime.CRISIS)
# Columns of a specialist's record that say how it does; see models.meta.records.
BENCHED, PERFORMANCE = 0, 1


class Controller(NamedTuple):
    """How a system's specialists are chosen, and how its entries shrink; all floats.

    Attributes:
        adaptive: 1.0 where a specialist that underperforms is benched, 0.0 where the regime alone decides.
        underperformance: loss over its last 20 trades at which a specialist is benched, sum of fractions of what was
            put into each.
        recovery: smaller loss below which it comes back; between the two nothing changes.
        prior_trades: a record of n trades counts n / (n + prior_trades) of what it is.
        memory_days: days after which a trade no longer counts, so that a benched specialist comes back in time.
        crowded_at: value of all positions but havens, fraction of equity, above which entries get less.
        crowded_share: share of its size that an entry gets then.
    """

    adaptive: float
    underperformance: float
    recovery: float
    prior_trades: float
    memory_days: float
    crowded_at: float
    crowded_share: float


def plain_controller() -> Controller:
    """The regime alone decides, and no entry is shrunk."""
    return Controller(
        adaptive=0.0,
        underperformance=math.inf,
        recovery=math.inf,
        prior_trades=0.0,
        memory_days=math.inf,
        crowded_at=math.inf,
        crowded_share=1.0,
    )


@inlined
def in_charge(records: FloatArray, system: int, regime: int, adaptive: float, charge: int, mandate: int) -> int:
    """Code of the specialist in charge in a regime, NOBODY where none may be; `charge` and `mandate` are who was, and
    the regime, at the decision before.

    That of the regime, unless it is benched: then the one of the others with the best record that is not; never that
    of the crisis, which knows no other market, and in a crisis nobody else. Who stands in stays until it is benched
    too, or the regime changes.
    """
    chosen = regime
    if adaptive != 0.0 and records[system, regime, BENCHED] != 0.0:
        chosen = NOBODY
        best = -math.inf
        stands_in = mandate == regime and charge != NOBODY and charge != regime
        if stands_in and records[system, charge, BENCHED] == 0.0:
            chosen = charge
        elif regime != CRISIS:
            for other in range(CRISIS):
                if records[system, other, BENCHED] == 0.0 and records[system, other, PERFORMANCE] > best:
                    best = records[system, other, PERFORMANCE]
                    chosen = other
    return chosen


@compiled
def share_when_crowded(exposure: float, equity: float, controller: Controller) -> float:
    """Share of its size that an entry gets beside positions worth `exposure`."""
    return controller.crowded_share if exposure > controller.crowded_at * equity else 1.0
