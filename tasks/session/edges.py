"""The edge of every bar: what the models of one version said, harmonised."""

from dataclasses import dataclass

import numpy as np

from models.predictors import Predictions
from models.risk.harmoniser import Beliefs, harmonised
from models.risk.routing import MODELS, routes_of
from models.types import FloatArray
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
