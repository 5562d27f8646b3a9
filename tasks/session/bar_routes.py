"""What the router's rules say about the bars of a view."""

import numpy as np

from models.risk.routing import Route, routes_per_bar
from models.types import BoolArray
from models.types.routes import Rule
from models.types.speakers import MODELS
from tasks.session.desk import Desk
from tasks.session.detection import regime_settings
from tasks.session.market import MarketView
from tasks.session.routing import route_of


def speaks_at(desk: Desk, view: MarketView) -> BoolArray:
    """Whose words count at each bar, shape (n_bars, n_models).

    The regimes are those of the configured genomes, whatever genome a search is trying.

    Raises:
        BadInput: no rule applies to the series.
    """
    route = route_of(desk, view.series)
    if _same_in_all(route):
        return np.broadcast_to(route.speaks[0], (len(view.bars), len(MODELS)))
    return routes_per_bar(route, desk.regimes.of(view.series, view.inputs, regime_settings(desk)))


def wanted_rule(desk: Desk, view: MarketView) -> Rule:
    """The rule that applies at the view's newest bar; in a view without bars that of the first regime."""
    route = route_of(desk, view.series)
    if _same_in_all(route) or not len(view.bars):
        return route.rules[0]
    return route.rules[int(desk.regimes.of(view.series, view.inputs, regime_settings(desk))[-1])]


def _same_in_all(route: Route) -> bool:
    return all(rule == route.rules[0] for rule in route.rules)
