"""Of a book's series what the engine reads: tails, market factors, correlations."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.engine import Links, TailFigures
from models.features import FeatureInputs
from models.kernels import as_of
from models.sessions import bar_closes
from models.tails import (
    TailHistory,
    average_correlation,
    confidence_column,
    market_scale,
)
from models.types import FloatArray, Series, bars_per_day
from tasks.session.tails.daily import daily_closes
from tasks.session.tails.memory import Tails
from tasks.session.tails.plan import TailPlan

# Standard deviations of a day that stand in for its value at risk.
STAND_IN = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class TailView:
    """One series up to some bar: what features are made of, and the `volatility` of a bar's return, shape (n_bars,)."""

    series: Series
    inputs: FeatureInputs
    volatility: FloatArray


def book_tails(
    tails: Tails, views: Sequence[TailView], traded: int, plan: TailPlan
) -> tuple[tuple[TailFigures, ...], Links]:
    """Figures of every view as of the close of each of its bars, and how all of them moved together; views in the
    order of a panel's columns. The book's average correlation is that of its first `traded` series: a haven moves
    otherwise.
    """
    days = [daily_closes(view.inputs) for view in views]
    links = tails.links(tuple(view.series for view in views), days, plan.settings)
    average = average_correlation(np.ascontiguousarray(links.matrices[:, :traded, :traded]))
    figures = tuple(
        _figures(tails.history(view.series, own, plan.settings), view, links, average, plan)
        for view, own in zip(views, days, strict=True)
    )
    return figures, links


def stand_in(tail: FloatArray, volatility: FloatArray, per_day: int) -> FloatArray:
    """`tail` (n_bars,), and where it is not known STAND_IN standard deviations of a day, out of the `volatility` of a
    bar's return (n_bars,) and bars `per_day`; NaN where that is not known either.
    """
    return np.where(np.isnan(tail), volatility * (STAND_IN * math.sqrt(per_day)), tail)


def _figures(history: TailHistory, view: TailView, links: Links, average: FloatArray, plan: TailPlan) -> TailFigures:
    inputs, column = view.inputs, confidence_column(plan.confidence)
    closes = bar_closes(inputs.calendar, inputs.timeframe, inputs.bars.ts)
    rows = as_of(closes, history.known_at)
    together = np.append(average, np.nan)[as_of(history.known_at, links.known_at)]
    scale = market_scale(history.sigma, together, plan.scale, float(inputs.calendar.days_per_year))
    per_day = bars_per_day(inputs.calendar, inputs.timeframe)
    return TailFigures(
        known_at=closes,
        long=stand_in(np.append(history.long_var[:, column], np.nan)[rows], view.volatility, per_day),
        short=stand_in(np.append(history.short_var[:, column], np.nan)[rows], view.volatility, per_day),
        scale=np.append(scale, 1.0)[rows],
    )
