"""The edge of every bar: what the models of one version said, harmonised."""

import math
from dataclasses import dataclass

import numpy as np

from models.predictors import Predictions
from models.risk.harmoniser import Beliefs, harmonised
from models.risk.routing import MODELS, routes_of
from models.types import FloatArray, IntArray
from tasks.session.desk import Desk
from tasks.session.market import MarketView


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Columns of shape (n_bars,): posterior mean and standard deviation of the expected return over the horizon, basis
    points, NaN where nobody speaks, and the weight of those that speak.
    """

    edge_bps: FloatArray
    error_bps: FloatArray
    weight: FloatArray

    def behind(self, ts: IntArray, bar: int) -> dict[str, float | None]:
        """What stands behind the edge of the bar that opened at `bar`, by the names of a decision's inputs; None where
        it is NaN or not there. `ts` are the bars' opens.
        """
        row = int(np.searchsorted(ts, bar))
        if row == ts.size or ts[row] != bar:
            return {"edge_error": None, "edge_weight": None}
        figures = {"edge_error": float(self.error_bps[row]), "edge_weight": float(self.weight[row])}
        return {name: one if math.isfinite(one) else None for name, one in figures.items()}

    @classmethod
    def none(cls, bars: int) -> "Edges":
        """Nobody speaks on any of so many bars."""
        return cls(np.full(bars, np.nan), np.full(bars, np.nan), np.zeros(bars))


def edges_of(desk: Desk, view: MarketView, said: Predictions) -> Edges:
    """The edges of the view's bars by what one model version `said` about each of them.

    The edge of a bar is the same in a view that ends with it, so `said` has to be that version's whole record.

    Raises:
        BadInput: no models are routed to the venue's asset class.
    """
    settings = desk.loaded.settings
    harmoniser, horizon = settings.risk.harmoniser, settings.model.horizon
    found = harmonised(
        np.column_stack([getattr(said, f"{one}_bps") for one in MODELS]),
        np.column_stack([getattr(said, f"{one}_confidence") for one in MODELS]),
        view.adjusted.close,
        horizon,
        routes_of(harmoniser.routes, horizon)[desk.venue(view.series.venue).asset_class, horizon],
        Beliefs(**harmoniser.model_dump(exclude={"routes"})),
    )
    return Edges(*np.ascontiguousarray(found.T))
