"""The same market where something comes late or not at all."""

import zlib
from dataclasses import replace

import numpy as np

from models.engine import Panel, SymbolInputs, align
from models.types import BoolArray, FloatArray, IntArray, Regime
from tasks.session.inputs import BookInputs
from tasks.session.validating.ground import Ground

SEED = 20_260_205


def late(inputs: BookInputs, bars: int) -> BookInputs:
    """Predictions and regimes of each symbol arrive so many of its own bars late; prices and figures do not."""
    return replace(inputs, symbols=tuple(_late(one, bars) for one in inputs.symbols))


def without_bars(inputs: BookInputs, ground: Ground, share: float, draw: int) -> Panel:
    """The window's rows, of each symbol a random `share` of its bars gone: the step sees none there, nothing is decided
    for it and its orders and levels wait. What was computed of the bars that are left stays as it was.

    A bar that is gone at a share is gone at every greater one. The first and the last of a symbol's bars stay, and so
    do those that go ex: a split that nobody heard of would be another fault than a bar that is missing.
    """
    pairs = zip(inputs.symbols, ground.market.book.symbols, strict=True)
    return align(tuple(one.rows(_left(one, symbol, ground, share, draw)) for one, symbol in pairs), inputs.links)


def _late(one: SymbolInputs, bars: int) -> SymbolInputs:
    edge: FloatArray = np.full(bars + one.edge.size, np.nan)
    regime: IntArray = np.full(bars + one.regime.size, int(Regime.RANGING), np.int64)
    edge[bars:], regime[bars:] = one.edge, one.regime
    return replace(one, edge=edge[: one.edge.size], regime=regime[: one.regime.size])


def _left(one: SymbolInputs, symbol: str, ground: Ground, share: float, draw: int) -> BoolArray:
    """Which of the symbol's bars there are, shape (n_bars,)."""
    chosen = ground.holds(one.ts)
    drawn = np.random.default_rng([SEED, draw, zlib.crc32(symbol.encode())]).random(one.ts.size)
    stays: BoolArray = (drawn >= share) | (one.split != 1.0) | (one.dividend != 0.0)
    stays[np.flatnonzero(chosen)[[0, -1] if chosen.any() else []]] = True
    return chosen & stays
