"""Bootstrapped years: blocks of a panel's rows become panels of their own and go through the full step.

Blocks as in models.bootstrap.rows, of all symbols together, so that what moves together still does. What the rows were
predicted to bring comes along with them: how good the predictions are is taken from the panel, not tested.
"""

from dataclasses import dataclass

import numpy as np

from models.bootstrap import write_rows
from models.engine import Panel, Parameters, State
from models.ensemble.path import closes_before, write_path
from models.ensemble.walking import figures_of, room_for, walk
from models.kernels import in_threads
from models.types import BadInput, FloatArray

FEWEST_ROWS = 2


@dataclass(frozen=True, slots=True, eq=False)
class EnsembleFigures:
    """What came of each path, shape (paths,).

    Attributes:
        total_return: equity at the end over that of the start, minus one; -1 for an account that was ruined.
        max_drawdown: deepest fall of the equity at the closes from the highest before, 0..1.
        trades: closed trades; a position left in parts counts once a part.
        costs: fees, slippage and carry of the path, quote currency.
        stopped: share of its rows after whose decision a stop of the account held, 0..1.
    """

    total_return: FloatArray
    max_drawdown: FloatArray
    trades: FloatArray
    costs: FloatArray
    stopped: FloatArray


def bootstrap_candles(
    panel: Panel, parameters: Parameters, start: State, paths: int, length: int, block: float, seed: int
) -> EnsembleFigures:
    """Draw `paths` paths of `length` rows from blocks of `block` rows on average, and fold over each from `start`.

    A path goes on from the panel's newest closes and times, see `write_path`; the panel's first row is never drawn,
    nothing is known of the bar before. It has no finer bars and no events, and every row is decided. The same seed
    gives the same bits however many threads there are; each needs room for one path.

    Raises:
        BadInput: the panel has less than two rows, a path or row is not asked for, the mean block is shorter than a
            row, or the seed is negative.
    """
    if panel.ts.size < FEWEST_ROWS:
        raise BadInput(f"a panel of {panel.ts.size} rows; a path is drawn from the second row on: give two at least")
    if paths < 1 or length < 1:
        raise BadInput(f"{paths} paths of {length} rows were asked for; ask for one of each at least")
    if not block >= 1.0:
        raise BadInput(f"a mean block of {block} rows; 1 draws every row by itself: take that or more")
    if seed < 0:
        raise BadInput(f"a seed of {seed}; give a whole number from 0 on")
    before = closes_before(panel)
    figures = np.empty((paths, 5))

    def draw(begin: int, end: int) -> None:
        room, rows = room_for(panel, start, length), np.empty(length, np.int64)
        for path in range(begin, end):
            # The same as the generator that the seed's own sequence would spawn for this number.
            generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(path,)))
            write_rows(panel.ts.size - 1, block, generator, rows)
            rows += 1
            write_path(panel, before, rows, before[-1].copy(), int(panel.ts[-1]), room.path)
            walk(parameters, start, room)
            figures[path] = figures_of(start, room)

    in_threads(draw, paths)
    return EnsembleFigures(*np.ascontiguousarray(figures.T))
