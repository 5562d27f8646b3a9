"""Which models are to be trained: those that a person names, or else those that somebody listens to."""

from collections.abc import Sequence

from data.books import book_store
from data.ticks import Market
from models.types import BadInput, Series
from models.types.speakers import MODELS
from tasks.session.desk import Desk
from tasks.session.learning.hearing import has_headlines
from tasks.session.routing import models_for

ALL = "all"
FROM_BOOKS, FROM_NEWS = "pressure", "news"


def wanted_models(desk: Desk, series: Series, names: Sequence[str]) -> tuple[str, ...]:
    """The models of `names` in the order in which they are trained; without names those whose words the router lets
    count for the series in some regime, and those that a meta-learner among them weighs. What nobody names is left out
    where there is nothing to learn it from: the pressure of order books, where none were
    recorded, and the news, where no headline has arrived.

    Raises:
        BadInput: there is no model of a name; names those that there are.
    """
    unknown = [name for name in names if name not in (*MODELS, ALL)]
    if unknown:
        raise BadInput(f"model: found {', '.join(map(repr, unknown))}, allowed is one of {', '.join((*MODELS, ALL))}")
    meant = models_for(desk, series) if not names else MODELS if ALL in names else tuple(names)
    lacking = set()
    if Market(series.venue, series.symbol) not in book_store(desk.lake).markets():
        lacking.add(FROM_BOOKS)
    if not has_headlines(desk):
        lacking.add(FROM_NEWS)
    return tuple(one for one in MODELS if one in names or (one in meant and one not in lacking))
