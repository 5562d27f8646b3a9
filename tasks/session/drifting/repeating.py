"""Whatever models said live, said again by the research code: the same inputs have to give the same bits.

The day's words are made from files, bars and features that are computed from the series' origin, as a training does it:
neither the stored features that the live process extended nor its stored words take part, the meta-learner's parents
aside. Bars that were repaired since then are other inputs, and a difference says so too.
"""

from collections.abc import Iterator

import numpy as np

from data.model_files import ModelCard
from models.predictors import Predictions
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD
from models.types import BoolArray, Damaged, FloatArray, IntArray
from models.types.speakers import MODELS
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.drifting.report import Difference, Repeat
from tasks.session.learning.kinds import recipe
from tasks.session.learning.speaking import words_of
from tasks.session.market import MarketView

COLUMNS = Predictions.__slots__[1:]


def repeats_of(desk: Desk, view: MarketView) -> tuple[Repeat, ...]:
    """Every version that spoke live about the day before the view's newest bar, that bar included, or was late there.

    `view` must be computed from the origin, as `market_view` does for one that ends at a given time.

    Raises:
        Damaged: stored predictions do not match their checksums.
    """
    newest = view.bars.ts >= view.bars.ts[-1] - DAY
    found = []
    for model in MODELS:
        for card in desk.models.versions(view.series, model):
            stored = desk.predictions.read(view.series, model, card.version).aligned(view.bars.ts)
            live, late = (newest & (stored.fold == fold) for fold in (FINAL_FOLD, LATE_FOLD))
            if live.any() or late.any():
                found.append(_repeat(desk, view, card, stored, live, int(late.sum())))
    return tuple(found)


def differences(live: Predictions, research: Predictions) -> Iterator[Difference]:
    """Every figure of the same bars that is not the same to the bit, by bar and column; NaN is NaN."""
    unlike = [_unlike(getattr(live, name), getattr(research, name)) for name in COLUMNS]
    for row, column in np.argwhere(np.column_stack(unlike)):
        name = COLUMNS[column]
        sides = (getattr(said, name)[row].item() for said in (live, research))
        yield Difference(int(live.ts[row]), name, *sides)


def _repeat(desk: Desk, view: MarketView, card: ModelCard, stored: Predictions, live: BoolArray, late: int) -> Repeat:
    if not live.any():
        return Repeat(card.model, card.version, 0, late, None, ())
    if card.recipe != recipe(desk, view.series, card.model):
        why = "trained by other settings or inputs than the present ones: what it saw cannot be computed"
        return Repeat(card.model, card.version, 0, late, why, ())
    first, stop = int(np.argmax(live)), live.size - int(np.argmax(live[::-1]))
    try:
        research = words_of(desk, view, card, slice(first, stop))
    except Damaged as error:
        return Repeat(card.model, card.version, 0, late, str(error), ())
    ts = view.bars.ts[live]
    found = differences(stored.aligned(ts), research.aligned(ts))
    return Repeat(card.model, card.version, ts.size, late, None, tuple(found))


def _unlike(one: FloatArray | IntArray, other: FloatArray | IntArray) -> BoolArray:
    unlike: BoolArray = one.view(np.int64) != other.view(np.int64)
    return unlike & ~(np.isnan(one) & np.isnan(other))
