"""What fills cost beside their reference prices, in basis points of their value."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.types import Fill


@dataclass(frozen=True, slots=True)
class Slippage:
    """Fills of one kind.

    Attributes:
        name: of the kind.
        fills: how many of them have a slip that is known, one at least.
        mean_bps: all their slips over all their value.
        worst_bps: the dearest of them.
        share_above: of them above the target, 0..1.
    """

    name: str
    fills: int
    mean_bps: float
    worst_bps: float
    share_above: float


def slippage_bps(fill: Fill) -> float:
    """What the fill's distance from its reference price cost, basis points of its value; negative is better than the
    reference, NaN where the slip is not known.
    """
    return 1e4 * fill.slip / (abs(fill.quantity) * fill.price)


def slippage_by(fills: Sequence[Fill], kind: Callable[[Fill], str], target_bps: float) -> tuple[Slippage, ...]:
    """One row for each kind of fill, by name."""
    groups: defaultdict[str, list[Fill]] = defaultdict(list)
    for fill in fills:
        if math.isfinite(fill.slip):
            groups[kind(fill)].append(fill)
    return tuple(_row(name, groups[name], target_bps) for name in sorted(groups))


def _row(name: str, fills: list[Fill], target_bps: float) -> Slippage:
    each = [slippage_bps(fill) for fill in fills]
    value = math.fsum(abs(fill.quantity) * fill.price for fill in fills)
    return Slippage(
        name=name,
        fills=len(fills),
        mean_bps=1e4 * math.fsum(fill.slip for fill in fills) / value,
        worst_bps=max(each),
        share_above=sum(one > target_bps for one in each) / len(each),
    )
