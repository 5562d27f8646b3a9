"""A market without memory: bars of a regime exchange what they did, so that nothing known before a bar tells of it.

What a search earns there it owes to luck and to what every bar of a regime has in common, not to foresight: searching
many such markets says how good a genome looks by chance (a permutation test: Good 2005, Permutation, Parametric and
Bootstrap Tests of Hypotheses; of trading rules: Aronson 2006, Evidence-Based Technical Analysis).
"""

from dataclasses import replace

import numpy as np

from models.engine.blocks import odd_bars
from models.engine.panel import DIVIDEND, REGIME, VOLUME, Panel
from models.ensemble.path import closes_before
from models.evolution.ground import Ground
from models.types import BoolArray, FloatArray, IntArray, Regime


def shuffled(ground: Ground, generator: np.random.Generator) -> Ground:
    """The same bars in another order within each regime of the panel's labels, chained anew from close to close.

    A bar brings along its prices as multiples of the usable close before it and the value that was traded; edges,
    figures, labels, ranges, tails and gates stay in their rows. The bars that nothing is traded on, those that go ex
    and the first usable one stay too: the path begins at its close and ends, but for rounding, at the old one. Prices
    are not rounded to ticks. Dividends keep their share of the price. Finer bars are left out: they were of another
    path.
    """
    panel = ground.panel
    closes = closes_before(panel)[:, 0]
    before, known = closes[:-1], ~np.isnan(closes[:-1])
    source = exchanged(panel, known, generator)
    path = closes.copy()
    first = np.count_nonzero(~known)
    growth = (closes[1:] / before)[source]
    path[first:] = np.cumprod(np.append(closes[first], growth[first:]))
    actions = panel.actions.copy()
    actions[known, 0, DIVIDEND] *= (path[:-1] / before)[known]
    prices = _rebuilt(panel.prices[:, 0], before, source, path[:-1], known)
    return coarse(replace(ground, panel=panel._replace(prices=prices, actions=actions)))


def coarse(ground: Ground) -> Ground:
    """The ground without finer bars: what one that was shuffled is held against. Where a bar reaches stop and target
    alike, both then take the stop.
    """
    panel = ground.panel
    rows = np.zeros_like(panel.finer_rows)
    return replace(ground, panel=panel._replace(finer=np.empty((0, 2)), finer_rows=rows))


def exchanged(panel: Panel, known: BoolArray, generator: np.random.Generator) -> IntArray:
    """The row that each row's bar comes from, shape (n_bars,); `known`: whether there is a usable close before it."""
    free = known & ~odd_bars(panel.prices, panel.codes, panel.actions, np.ones_like(panel.decided))
    source = np.arange(panel.ts.size)
    for regime in Regime:
        own = np.flatnonzero(free & (panel.codes[:, 0, REGIME] == regime))
        source[own] = generator.permutation(own)
    return source


def _rebuilt(
    prices: FloatArray, before: FloatArray, source: IntArray, path: FloatArray, known: BoolArray
) -> FloatArray:
    """Prices and volumes of `source` after the closes `path`, shape (n_bars, 1, 5); those of rows without one stay."""
    # Quotients first: each keeps its order to the bit, so that a usable bar stays one, and its close is on the path.
    moved = (prices / before[:, None])[source] * path[:, None]
    moved[:, VOLUME] = (prices[:, VOLUME] * before)[source] / path
    return np.where(known[:, None], moved, prices)[:, None]
