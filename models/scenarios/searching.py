"""The smallest shock that is too much."""

import math
from collections.abc import Callable

from models.types import BadInput


def smallest(breaches: Callable[[float], bool], most: float, scan: int = 16, steps: int = 40) -> float | None:
    """The smallest x in (0, most] found to breach, or None where no x of the grid does.

    The grid has `scan` equal steps up to `most`, tried from below; the first one that breaches is then halved `steps`
    times against the one before it (0 is taken not to breach and is never tried). What is given back did breach, and
    lies within most / scan / 2**steps above an x that did not. A breach that comes and goes between two points of the
    grid is not seen.

    Raises:
        BadInput: `most` is not finite and positive, `scan` below 1, `steps` below 0.
    """
    if not (math.isfinite(most) and most > 0.0):
        raise BadInput(f"the search goes up to {most!r}; allowed is a finite number above 0: correct it")
    if scan < 1 or steps < 0:
        raise BadInput(f"the search has {scan} grid points and {steps} halvings; give 1 or more and 0 or more")
    first = next((one for one in range(1, scan + 1) if breaches(most * one / scan)), None)
    if first is None:
        return None
    holds, breaks = most * (first - 1) / scan, most * first / scan
    for _ in range(steps):
        middle = holds + (breaks - holds) / 2.0
        if not holds < middle < breaks:
            break
        if breaches(middle):
            breaks = middle
        else:
            holds = middle
    return breaks
