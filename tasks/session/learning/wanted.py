"""Which models are to be trained: those that a person names, or else those that somebody listens to."""

from collections.abc import Sequence

from models.types import BadInput, Series
from models.types.speakers import MODELS
from tasks.session.desk import Desk
from tasks.session.routing import models_for

ALL = "all"


def wanted_models(desk: Desk, series: Series, names: Sequence[str]) -> tuple[str, ...]:
    """The models of `names` in the order in which they are trained; without names those whose words the router lets
    count for the series in some regime, and those that a meta-learner among them weighs.

    Raises:
        BadInput: there is no model of a name; names those that there are.
    """
    unknown = [name for name in names if name not in (*MODELS, ALL)]
    if unknown:
        raise BadInput(f"model: found {', '.join(map(repr, unknown))}, allowed is one of {', '.join((*MODELS, ALL))}")
    if not names:
        return models_for(desk, series)
    return tuple(one for one in MODELS if one in names or ALL in names)
