"""How genomes become the next ones: drawn, chosen, crossed, mutated, and put back onto values that are allowed.

Genes are float64 matrices, one row a genome and one column a gene; no function changes what it is given. Every random
number comes from the generator: the same state gives the same genomes to the bit.

Whole numbers and switches are bred as floats in bounds that are half a step wider, and rounded half up: the first and
the last then stand for as long an interval as every other, and are drawn as often.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.types import BadInput, BoolArray, FloatArray, IntArray

# Parents closer than this have no distance that children could be spread by.
CLOSEST = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class Breeding:
    """How k genes are bred.

    Attributes:
        low, high: shape (k,): least and largest value, both allowed.
        whole, switch: shape (k,): which are whole numbers, and which 0.0 or 1.0; the others are any float.
        grids: allowed values, ascending, of the columns that have only some.
        eta_cross, eta_mutate: distribution indices: the larger, the nearer children are to their parents. Usual are 15
            and 20.
        rate_cross, rate_mutate: chance that a gene is crossed, and that it is mutated, 0..1.
        tournament: genomes that compete to be a parent.
        immigrants: share of the children that are drawn anew, 0..1.

    Raises:
        BadInput: bounds, grids, rates or sizes that nothing can be bred by.
    """

    low: FloatArray
    high: FloatArray
    whole: BoolArray
    switch: BoolArray
    grids: Mapping[int, FloatArray]
    eta_cross: float
    eta_mutate: float
    rate_cross: float
    rate_mutate: float
    tournament: int
    immigrants: float

    def __post_init__(self) -> None:
        _check_columns(self)
        for column, grid in self.grids.items():
            _check_grid(self, column, np.asarray(grid))
        for name in ("rate_cross", "rate_mutate", "immigrants"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise BadInput(f"{name} is {getattr(self, name)}; give a share from 0 to 1")
        for name, least in (("eta_cross", 0.0), ("eta_mutate", 0.0), ("tournament", 1)):
            if not least <= getattr(self, name) < np.inf:
                raise BadInput(f"{name} is {getattr(self, name)}; give {least} or more")

    def wide(self) -> tuple[FloatArray, FloatArray]:
        """The bounds, each (k,), half a step wider where values are rounded."""
        step = np.where(self.whole | self.switch, 0.5, 0.0)
        return self.low - step, self.high + step


def children(
    generator: np.random.Generator, parents: FloatArray, fitness: FloatArray, count: int, breeding: Breeding
) -> FloatArray:
    """The genomes (count, k) that follow `parents` (n, k): chosen by `fitness` (n,), crossed, mutated, settled.

    The last rows are the immigrants. NaN as a fitness is as bad as -inf.

    Raises:
        BadInput: no parents, parents out of bounds, or another number of fitnesses.
    """
    _check_parents(parents, fitness, breeding)
    strangers = round(breeding.immigrants * count)
    pairs = (count - strangers + 1) // 2
    chosen = parents[tournament(generator, fitness, 2 * pairs, breeding.tournament)]
    bred = mutated(generator, crossed(generator, chosen[:pairs], chosen[pairs:], breeding), breeding)
    born = settled(bred[: count - strangers], breeding)
    return distinct(generator, np.concatenate((born, latin_hypercube(generator, strangers, breeding))), breeding)


def latin_hypercube(generator: np.random.Generator, count: int, breeding: Breeding) -> FloatArray:
    """Genomes (count, k) that owe nothing to others: in each of `count` equal parts of every gene's range lies one.

    Whole numbers come equally often, give or take one, and so do switches; values of a grid as often as they are near.
    McKay, Beckman and Conover, "A Comparison of Three Methods for Selecting Values of Input Variables in the Analysis
    of Output from a Computer Code", Technometrics 21, 1979.
    """
    low, high = breeding.wide()
    parts = generator.permuted(np.tile(np.arange(count)[:, None], (1, len(low))), axis=0)
    share = (parts + generator.random(parts.shape)) / max(count, 1)
    return settled(low + share * (high - low), breeding)


def tournament(generator: np.random.Generator, fitness: FloatArray, count: int, size: int) -> IntArray:
    """Rows (count,) of the best of `size` competitors each; of equal ones the draw decides. NaN is as bad as -inf.

    Competitors are dealt from shuffled decks of all rows, so that each of the n competes as often as the others, give
    or take one: the best, where no other equals it, wins `size` times in every n (Sokolov and Whitley, "Unbiased
    Tournament Selection", GECCO 2005).
    """
    n = len(fitness)
    decks = -(-count * size // n)
    dealt = generator.permuted(np.tile(np.arange(n), (decks, 1)), axis=1).ravel()[: count * size].reshape(count, size)
    known = np.where(np.isnan(fitness), -np.inf, fitness)
    best: IntArray = dealt[np.arange(count), known[dealt].argmax(axis=1)]
    return best


def crossed(generator: np.random.Generator, mothers: FloatArray, fathers: FloatArray, breeding: Breeding) -> FloatArray:
    """Two children of each pair, all first ones before all second ones: (2n, k) of (n, k) and (n, k), not rounded."""
    bounds = breeding.wide()
    floats = np.concatenate(sbx(generator, mothers, fathers, *bounds, breeding.eta_cross, breeding.rate_cross))
    switches = np.concatenate(uniform(generator, mothers, fathers))
    return np.where(breeding.switch, switches, floats)


def mutated(generator: np.random.Generator, genes: FloatArray, breeding: Breeding) -> FloatArray:
    """Genes (n, k), each changed with the mutation's rate: switches flipped, others moved, not rounded."""
    floats = polynomial(generator, genes, *breeding.wide(), breeding.eta_mutate, breeding.rate_mutate)
    return np.where(breeding.switch, flipped(generator, genes, breeding.rate_mutate), floats)


def sbx(
    generator: np.random.Generator,
    mothers: FloatArray,
    fathers: FloatArray,
    low: FloatArray,
    high: FloatArray,
    eta: float,
    rate: float,
) -> tuple[FloatArray, FloatArray]:
    """Simulated binary crossover of `mothers` and `fathers` (n, k) within bounds (k,): two children, (n, k) each.

    A gene is crossed with chance `rate`, and is its parents' own otherwise. Crossed, the children lie about the
    parents' mean, one on either side, each at a multiple of the parents' distance that is drawn with the polynomial
    density of index `eta`, cut at the bound; where the bounds are far, their mean is the parents'. Which child gets
    the lower value is a draw.

    Deb and Agrawal, "Simulated Binary Crossover for Continuous Search Space", Complex Systems 9, 1995; the bounds are
    those of Deb and Agrawal, "A Niched-Penalty Approach for Constraint Handling in Genetic Algorithms", ICANNGA 1999.
    """
    drawn, along, order = generator.random((3, *mothers.shape))
    distance = np.abs(mothers - fathers)
    takes_part = (drawn < rate) & (distance > CLOSEST)
    lower, upper = np.minimum(mothers, fathers), np.maximum(mothers, fathers)
    distance = np.where(takes_part, distance, 1.0)
    middle = 0.5 * (lower + upper)
    below = middle - 0.5 * distance * _stretch(along, 1.0 + 2.0 * (lower - low) / distance, eta)
    above = middle + 0.5 * distance * _stretch(along, 1.0 + 2.0 * (high - upper) / distance, eta)
    first, second = np.where(order < 0.5, (above, below), (below, above))
    return (
        np.where(takes_part, _within(first, low, high), mothers),
        np.where(takes_part, _within(second, low, high), fathers),
    )


def polynomial(
    generator: np.random.Generator, genes: FloatArray, low: FloatArray, high: FloatArray, eta: float, rate: float
) -> FloatArray:
    """Genes (n, k), each moved with chance `rate` by a share of its range, within bounds (k,).

    The share has the polynomial density of index `eta`, cut so that neither bound is passed; up and down are as likely.
    Deb and Goyal, "A Combined Genetic Adaptive Search (GeneAS) for Engineering Design", Computer Science and
    Informatics 26, 1996; the bounds are those of Deb and Agrawal, 1999.
    """
    drawn, along = generator.random((2, *genes.shape))
    width = high - low
    up = along > 0.5
    room = np.where(up, high - genes, genes - low) / np.where(width > 0.0, width, 1.0)
    tail = 2.0 * np.where(up, 1.0 - along, along)
    move = 1.0 - (tail + (1.0 - tail) * (1.0 - room) ** (eta + 1.0)) ** (1.0 / (eta + 1.0))
    moved = _within(genes + np.where(up, move, -move) * width, low, high)
    return np.where(drawn < rate, moved, genes)


def uniform(generator: np.random.Generator, mothers: FloatArray, fathers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two children, (n, k) each: of every gene one has the mother's and the other the father's (Syswerda 1989)."""
    swap = generator.random(mothers.shape) < 0.5
    return np.where(swap, fathers, mothers), np.where(swap, mothers, fathers)


def flipped(generator: np.random.Generator, switches: FloatArray, rate: float) -> FloatArray:
    """Values 0.0 or 1.0, (n, k), each turned into the other with chance `rate`."""
    return np.where(generator.random(switches.shape) < rate, 1.0 - switches, switches)


def settled(genes: FloatArray, breeding: Breeding) -> FloatArray:
    """Genes (n, k) on allowed values: the nearest of a grid, whole numbers and switches rounded half up, in bounds."""
    near = snapped(genes, breeding.grids)
    rounded = np.where(breeding.whole | breeding.switch, np.floor(near + 0.5), near)
    return _within(rounded, breeding.low, breeding.high) + 0.0  # no negative zero: equal genes are equal texts


def snapped(genes: FloatArray, grids: Mapping[int, FloatArray]) -> FloatArray:
    """Genes (n, k) with the columns of `grids` on the nearest value of their ascending grid; halfway goes down."""
    near = genes.copy()
    for column, grid in grids.items():
        halfway = 0.5 * (grid[:-1] + grid[1:])
        near[:, column] = grid[np.searchsorted(halfway, genes[:, column])]
    return near


def distinct(generator: np.random.Generator, genes: FloatArray, breeding: Breeding) -> FloatArray:
    """Genes (n, k) with fresh rows for those that repeat an earlier one: what was tried once tells nothing twice.

    A fresh row may repeat another one only where there is no gene of many values.
    """
    repeated = repeats(genes)
    if not repeated.any():
        return genes
    different = genes.copy()
    different[repeated] = latin_hypercube(generator, int(repeated.sum()), breeding)
    return different


def repeats(genes: FloatArray) -> BoolArray:
    """Which rows of (n, k) equal one before them, (n,)."""
    order = np.lexsort(genes.T)
    same = (genes[order[1:]] == genes[order[:-1]]).all(axis=1)
    found = np.zeros(len(genes), np.bool_)
    found[order[1:]] = same
    return found


def spread(genes: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """Mean over the genes (n, k) of their standard deviation as a share of their range; 0.0 where none has a range."""
    free = high > low
    if not free.any():
        return 0.0
    return float((genes[:, free].std(axis=0) / (high - low)[free]).mean())


def _stretch(along: FloatArray, room: FloatArray, eta: float) -> FloatArray:
    """How many times their parents' distance children are apart: inverse of the density cut at `room` (1 or more)."""
    share = along * (2.0 - room ** -(eta + 1.0))
    return np.where(share <= 1.0, share, 1.0 / (2.0 - share)) ** (1.0 / (eta + 1.0))


def _within(genes: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """np.clip, at half of what that costs for so few values."""
    return np.minimum(np.maximum(genes, low), high)


def _check_columns(breeding: Breeding) -> None:
    shapes = [one.shape for one in (breeding.low, breeding.high, breeding.whole, breeding.switch)]
    if len(set(shapes)) > 1 or len(shapes[0]) != 1:
        raise BadInput(f"low, high, whole and switch have shapes {shapes}; give one value of each for every gene")
    bounds = np.stack((breeding.low, breeding.high))
    if not np.isfinite(bounds).all() or (breeding.low > breeding.high).any():
        raise BadInput(f"bounds are {bounds.tolist()}; give finite ones, the least value first")
    if (bounds[:, breeding.whole] % 1.0).any():
        raise BadInput(f"bounds of whole numbers are {bounds[:, breeding.whole].tolist()}; give whole numbers")
    if (bounds[:, breeding.switch] != [[0.0], [1.0]]).any():
        raise BadInput(f"bounds of switches are {bounds[:, breeding.switch].tolist()}; give 0 and 1")


def _check_grid(breeding: Breeding, column: int, grid: FloatArray) -> None:
    if not 0 <= column < len(breeding.low):
        raise BadInput(f"a grid for gene {column} of {len(breeding.low)}; genes are counted from 0")
    low, high = breeding.low[column], breeding.high[column]
    if not len(grid) or (np.diff(grid) <= 0.0).any() or not low <= grid[0] <= grid[-1] <= high:
        raise BadInput(f"the grid of gene {column} is {grid.tolist()}; give ascending values from {low:g} to {high:g}")
    if breeding.whole[column] and (grid % 1.0).any():
        raise BadInput(f"the grid of gene {column} is {grid.tolist()}; its values are whole numbers")


def _check_parents(parents: FloatArray, fitness: FloatArray, breeding: Breeding) -> None:
    if not len(parents) or fitness.shape != parents.shape[:1]:
        raise BadInput(f"{len(parents)} parents have a fitness of shape {fitness.shape}; give one for each, and one")
    if not ((parents >= breeding.low) & (parents <= breeding.high)).all():
        raise BadInput("parents have genes out of bounds, or NaN; settle them first")
