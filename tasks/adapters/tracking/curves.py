"""Curves of a search by generation: thinned to what a picture needs, and whole as a table."""

import math
from collections.abc import Iterator, Mapping

from models.types import FloatArray

# A server takes about 10,000 points a second, and an evolution of the default size has 120 curves of 1000. With so many
# of each it is drawn by every twentieth generation, in two thirds of a second.
MOST_POINTS = 51


def drawn(generations: int, most: int = MOST_POINTS) -> tuple[int, ...]:
    """Which generations of a curve are drawn: the first, every k-th after it, and the last, in all at most `most` of
    them (2 or more); k is the least that makes it so.

    >>> drawn(5), drawn(11, most=4)
    ((0, 1, 2, 3, 4), (0, 4, 8, 10))
    """
    if generations <= most:
        return tuple(range(generations))
    last = generations - 1
    every = -(-last // (most - 1))
    return (*range(0, last, every), last)


def points(curves: Mapping[str, FloatArray]) -> Iterator[tuple[str, int, float]]:
    """Name, generation and figure of every point that is drawn; one that is not finite has no place in a picture."""
    for name, curve in curves.items():
        for generation in drawn(curve.size):
            figure = float(curve[generation])
            if math.isfinite(figure):
                yield name, generation, figure


def table(curves: Mapping[str, FloatArray]) -> str:
    """Every figure of every generation as CSV, exact to the bit: what is not drawn is not lost.

    Raises:
        ValueError: the curves are not of one length.
    """
    columns = [curve.tolist() for curve in curves.values()]
    rows = [",".join(map(repr, row)) for row in zip(*columns, strict=True)]
    lines = [",".join(("generation", *curves)), *(f"{number},{row}" for number, row in enumerate(rows))]
    return "\n".join(lines) + "\n"
