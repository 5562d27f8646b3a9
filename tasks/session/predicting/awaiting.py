"""What the trading loop does about heavy models: it waits for their words, up to a deadline."""

import time

import numpy as np

from models.types import Damaged, Series
from models.types.speakers import HEAVY
from tasks.session.desk import Desk
from tasks.session.learning.speaking import Manner, spoken_of, usable_card, why_silent
from tasks.session.market import market_view
from tasks.session.routing import models_for

# The predictor looks for new bars once a second.
PAUSE = 0.1


def await_words(desk: Desk) -> float:
    """Wait until every heavy model that speaks about the book has spoken about its newest closed bar, at most
    model.deadline_seconds; the seconds that it took, zero where no heavy model is routed. Who is not heard by then is
    late, and nothing here fails: the cycle says what is wrong with whom.
    """
    begun = time.monotonic()
    deadline = begun + desk.loaded.settings.model.deadline_seconds
    waiting = [(series, model) for series in desk.universe() for model in models_for(desk, series) if model in HEAVY]
    while waiting and time.monotonic() < deadline:
        waiting = [one for one in waiting if _is_awaited(desk, *one)]
        if waiting:
            time.sleep(PAUSE)
    return time.monotonic() - begun


def complete_words(desk: Desk) -> None:
    """Let every model say what it has not said yet about the bars of the book that had closed by the desk's clock: a
    replay of the past has nobody who spoke in time.

    Raises:
        BadInput: the lake lacks a series of the book.
        Damaged: stored data does not match its checksum.
    """
    for series in desk.universe():
        models = models_for(desk, series)
        if any(model in HEAVY for model in models):
            spoken_of(desk, market_view(desk, series, known_by=desk.clock.now()), models, Manner.COMPLETE)


def _is_awaited(desk: Desk, series: Series, model: str) -> bool:
    """Whether the model may speak about the newest bar that had closed by now, and has not yet."""
    try:
        newest = desk.bars.read(series, known_by=desk.clock.now()).ts[-1:]
        card = usable_card(desk, series, model)
        if card is None or not newest.size or why_silent(desk, series, model, int(newest[0])) is not None:
            return False
        return not np.isin(newest, desk.predictions.read(series, model, card.version).ts).all()
    except Damaged:
        return False
