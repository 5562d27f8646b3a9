"""How often the specialist in charge changed, why, and how many changes were taken back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from models.engine import Run
from models.types import Cause, IntArray, Switch

# A switch is thrash when it is taken back within so many bars.
THRASH_BARS = 5


@dataclass(frozen=True, slots=True)
class Switching:
    """The switches of one system's traded symbols; the appointment at the first decision is none.

    Attributes:
        count: of all symbols.
        by_cause: the same by the lower-case name of their cause.
        per_year: a year and a symbol; None without time.
        thrash_rate: share of them that the next switch of the same symbol took back within THRASH_BARS bars, 0..1;
            None without a switch.
    """

    count: int
    by_cause: dict[str, int]
    per_year: float | None
    thrash_rate: float | None


def switching(run: Run, switches: Sequence[Switch], system: int, per_year: float) -> Switching:
    """The switches of one system of the run; `per_year` is the bars of a trading year."""
    one = run.parameters.systems[system]
    traded = {slot.symbol for slot in one.slots if not slot.haven}
    own = [switch for switch in switches if switch.system == one.name and switch.symbol in traded]
    own = [switch for switch in own if not _is_first(switch)]
    years = (run.panel.ts.size - 1) / per_year
    causes = Counter(switch.cause for switch in own)
    back = _taken_back(own, run.panel.ts)
    return Switching(
        count=len(own),
        by_cause={cause.name.lower(): causes[cause] for cause in Cause},
        per_year=len(own) / years / len(traded) if years > 0.0 and traded else None,
        thrash_rate=back / len(own) if own else None,
    )


def _is_first(switch: Switch) -> bool:
    return switch.before is None and switch.cause is Cause.REGIME


def _taken_back(switches: Sequence[Switch], ts: IntArray) -> int:
    ranked = sorted(switches, key=lambda switch: (switch.symbol, switch.bar))
    count = 0
    for _, group in groupby(ranked, key=lambda switch: switch.symbol):
        own = list(group)
        rows = np.searchsorted(ts, [switch.bar for switch in own])
        for k in range(len(own) - 1):
            soon = rows[k + 1] - rows[k] <= THRASH_BARS
            count += bool(soon and own[k + 1].after == own[k].before and own[k + 1].before == own[k].after)
    return count
