"""One symbol's inputs to the step, the same for backtest and paper."""

from dataclasses import replace

import numpy as np

from models.engine import SymbolInputs, symbol_inputs
from models.predictors import Predictions
from models.types import Bars, bar_micros
from tasks.session.desk import Desk
from tasks.session.happenings import happenings
from tasks.session.market import MarketView


def inputs_of(desk: Desk, view: MarketView, predictions: Predictions) -> SymbolInputs:
    """Everything that the step reads of the view's bars.

    Raises:
        Damaged: stored data does not match its checksum.
    """
    bars = with_known_volume(view.bars)
    happened = happenings(desk, view.series, view.bars)
    return symbol_inputs(bars, bar_micros(view.series.timeframe), view.features, predictions, happened)


def with_known_volume(bars: Bars) -> Bars:
    """The bars with an unknown volume (NaN) as long as the series has never had any: an index comes without."""
    if not len(bars) or bars.volume[0] > 0.0:
        return bars
    return replace(bars, volume=np.where(np.maximum.accumulate(bars.volume) > 0.0, bars.volume, np.nan))
