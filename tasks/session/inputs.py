"""One symbol's inputs to the step, the same for backtest and paper."""

from dataclasses import replace

import numpy as np

from models.engine import SymbolInputs, symbol_inputs
from models.features import range_figures
from models.regime import RegimeHistory
from models.types import Bars, FloatArray, IntArray, Regime, bar_micros
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.happenings import happenings
from tasks.session.market import MarketView


def inputs_of(
    desk: Desk, view: MarketView, edge: FloatArray, book: Book, regimes: RegimeHistory | None = None
) -> SymbolInputs:
    """Everything that the step reads of the view's bars, of which each has its `edge`; `regimes` are found here unless
    they are given.

    Raises:
        Damaged: stored data does not match its checksum.
    """
    return symbol_inputs(
        with_known_volume(view.bars),
        bar_micros(view.series.timeframe),
        view.features,
        range_figures(view.adjusted, view.features.atr, book.period),
        _labels(desk, view, book, regimes),
        edge,
        happenings(desk, view.series, view.bars),
    )


def _labels(desk: Desk, view: MarketView, book: Book, regimes: RegimeHistory | None) -> IntArray:
    """Regime codes; a haven is traded by the regime of what it is a haven from, and its own says nothing."""
    if view.series not in book.models:
        return np.full(len(view.bars), int(Regime.RANGING))
    return desk.regimes.of(view.series, view.inputs, book.regimes) if regimes is None else regimes.label


def with_known_volume(bars: Bars) -> Bars:
    """The bars with an unknown volume (NaN) as long as the series has never had any: an index comes without."""
    if not len(bars) or bars.volume[0] > 0.0:
        return bars
    return replace(bars, volume=np.where(np.maximum.accumulate(bars.volume) > 0.0, bars.volume, np.nan))
