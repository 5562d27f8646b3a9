"""The edge of every bar: what the models that are routed there said, harmonised."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.predictors import Predictions
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD
from models.risk.harmoniser import Beliefs, harmonised
from models.types import BoolArray, FloatArray, IntArray
from models.types.speakers import ALPHAS, MODELS
from tasks.session.bar_routes import speaks_at
from tasks.session.desk import Desk
from tasks.session.learning.speaking import Spoken
from tasks.session.market import MarketView

# Formulas are at home in every market: what is out of the ordinary concerns what was learnt.
LEARNT = np.array([one not in ALPHAS for one in MODELS])
# How familiar a learnt model is taken to be that should speak and is not heard while others are: nobody knows whether
# the market is one that it knows, so that a silent guard must not give more than a speaking one.
UNHEARD = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Columns of shape (n_bars,).

    Attributes:
        edge_bps, error_bps: posterior mean and standard deviation of the expected return over the horizon, basis
            points, NaN where nobody speaks.
        weight: of those that speak.
        trust: 0..1, the share of its size that an entry gets: how familiar the least familiar of the routed learnt
            models is with such a bar; 1 where none is routed, or nobody is heard at all.
    """

    edge_bps: FloatArray
    error_bps: FloatArray
    weight: FloatArray
    trust: FloatArray

    def behind(self, ts: IntArray, bar: int) -> dict[str, float | None]:
        """What stands behind the edge of the bar that opened at `bar`, by the names of a decision's inputs; None where
        it is NaN or not there. `ts` are the bars' opens.
        """
        row = int(np.searchsorted(ts, bar))
        if row == ts.size or ts[row] != bar:
            return {"edge_error": None, "edge_weight": None, "edge_trust": None}
        figures = {"edge_error": self.error_bps, "edge_weight": self.weight, "edge_trust": self.trust}
        return {name: one if math.isfinite(one := float(column[row])) else None for name, column in figures.items()}

    @classmethod
    def none(cls, bars: int) -> "Edges":
        """Nobody speaks on any of so many bars."""
        return cls(np.full(bars, np.nan), np.full(bars, np.nan), np.zeros(bars), np.ones(bars))


def edges_of(desk: Desk, view: MarketView, spoken: Spoken, speaks: BoolArray | None = None) -> Edges:
    """The edges of the view's bars by what has been `spoken` about each of them.

    `speaks` (n_bars, n_models) says whose words count at which bar; without it the router's rules do. The edge of a bar
    is the same in a view that ends with it, so `spoken` has to be the whole record of those versions.

    Raises:
        BadInput: no rule applies to the series.
    """
    settings = desk.loaded.settings
    routed = speaks_at(desk, view) if speaks is None else speaks
    bars, horizon = len(view.bars), settings.model.horizon
    said = [spoken.said.get(model) for model in MODELS]
    fold = _columns(said, "fold", NO_FOLD, bars)
    found = harmonised(
        _columns(said, "edge_bps", np.nan, bars),
        np.where(fold == LATE_FOLD, np.nan, _columns(said, "confidence", 0.0, bars)),
        view.adjusted.close,
        horizon,
        routed,
        Beliefs(**settings.risk.harmoniser.model_dump()),
    )
    familiar = _heard(_columns(said, "familiarity", 1.0, bars), fold, horizon)
    least = np.where(routed & LEARNT, familiar, 1.0).min(axis=1)
    edge, error, weight = np.ascontiguousarray(found.T)
    return Edges(edge, error, weight, np.where(np.isnan(edge), 1.0, least))


def _heard(familiarity: FloatArray, fold: FloatArray, horizon: int) -> FloatArray:
    """The familiarity behind what is heard at each bar, shape (n_bars, n_models): a word that stands in for a later bar
    keeps its own. UNHEARD where nothing is heard.
    """
    rows = np.arange(len(fold))[:, None]
    last = np.maximum.accumulate(np.where((fold >= FINAL_FOLD) | (fold == LATE_FOLD), rows, -1), axis=0)
    heard = (last >= 0) & (rows - last <= horizon) & np.take_along_axis(fold >= FINAL_FOLD, np.maximum(last, 0), axis=0)
    known: FloatArray = np.take_along_axis(familiarity, np.maximum(last, 0), axis=0)
    return np.where(heard, known, UNHEARD)


def _columns(said: Sequence[Predictions | None], name: str, silent: float, bars: int) -> FloatArray:
    columns = [np.full(bars, silent) if one is None else getattr(one, name) for one in said]
    return np.column_stack(columns)
