"""Whether something sold at a loss was bought again soon: said, never counted."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

from models.taxes.movements import Kind, Movement, Part

Bought = Mapping[str, Sequence[tuple[int, str]]]


def purchases(movements: Iterable[Movement]) -> Bought:
    """Day and key of every purchase by asset, in order."""
    found: dict[str, list[tuple[int, str]]] = {}
    for one in movements:
        if one.kind is Kind.ACQUIRED:
            found.setdefault(one.asset, []).append((one.day, one.key))
    return {asset: sorted(some) for asset, some in found.items()}


def is_bought_again(part: Part, bought: Bought, days: int) -> bool:
    """Whether a part that made a loss has a purchase of the same asset at most `days` before or after its sale, beside
    the lot that was sold (26 U.S.C. 1091 speaks of 30 days).
    """
    if part.gain is None or part.gain >= 0:
        return False
    day, some = part.movement.day, bought.get(part.movement.asset, ())
    near = some[bisect_left(some, (day - days, "")) : bisect_right(some, (day + days + 1, ""))]
    return any(key not in (part.lot, part.movement.key) for _, key in near)
