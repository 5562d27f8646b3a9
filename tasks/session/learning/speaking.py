"""What the models of a series say about its bars: stored once, by whoever says it first, and never taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from data.model_files import ModelCard
from models.predictors import Predictions
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD, SILENT_FOLD
from models.predictors.speaker import speak
from models.predictors.stacked import stacked_inputs
from models.predictors.walking import fill
from models.types import BadInput, BoolArray, Damaged, FloatArray, IntArray, Series, Unavailable, among, iso
from models.types.speakers import HEAVY, META, MODELS
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.learning.kinds import kind_of, recipe
from tasks.session.learning.sheet import inputs_of
from tasks.session.learning.trusting import why_untrusted
from tasks.session.learning.versions import NONE
from tasks.session.market import MarketView

# More than ten times the price over one horizon is no edge but a fault of the model.
MOST_BPS = 1e5


class Manner(Enum):
    """How far a view's words are made where they are not stored yet.

    COMPLETE: all of them. DECIDE: those of light models; a heavy one that has not spoken about the newest bar is late
    and stays so. READ: none.
    """

    COMPLETE = "complete"
    DECIDE = "decide"
    READ = "read"


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What the models of a series say about the bars of a view.

    Attributes:
        cards: of the versions that speak, by model, in the order of MODELS.
        said: what each of them said, a row for each bar.
        troubles: why a model that has been trained and is asked says nothing, by model.
    """

    cards: dict[str, ModelCard]
    said: dict[str, Predictions]
    troubles: dict[str, str]

    @property
    def first(self) -> int | None:
        """Open of the first bar about which somebody spoke, UTC microseconds; None where nobody did."""
        found = [int(one.ts[np.argmax(one.spoken)]) for one in self.said.values() if one.spoken.any()]
        return min(found, default=None)


NOBODY = Spoken({}, {}, {})


def spoken_of(desk: Desk, view: MarketView, models: Sequence[str], manner: Manner, untrusted: bool = False) -> Spoken:
    """What each of `models` says about the view's bars; one that is missing, of another recipe, too old, damaged or
    behind says nothing, with the reason among `troubles` where it was ever trained. Neither does one that is not
    trusted with real money in a stage that has some, unless the `untrusted` are asked too; its words are stored all the
    same.

    Raises:
        Unavailable: what is said cannot be stored; at a decision it is a trouble of that model.
    """
    spoken = Spoken({}, {}, {})
    newest = int(view.bars.ts[-1]) if len(view.bars) else 0
    for model in (one for one in MODELS if one in models):
        try:
            card = usable_card(desk, view.series, model)
            reason = _why_not(desk, view.series, model, card, newest)
            if card is not None:
                said = _said(desk, view, card, manner)
                off = None if untrusted else why_untrusted(desk, view.series, card)
                if off is None:
                    spoken.said[model], spoken.cards[model] = said, card
                reason = off or reason
        except Damaged as error:
            reason = str(error)
        except Unavailable as error:
            if manner is not Manner.DECIDE:
                raise  # only a decision cannot wait for the next try
            reason = str(error)
        if reason is not None and desk.predictions.versions(view.series, model):
            spoken.troubles[model] = reason
    return spoken


def usable_card(desk: Desk, series: Series, model: str) -> ModelCard | None:
    """Card of the version that speaks when it is of the present recipe and its parents are those that speak, else None.

    Raises:
        Damaged: the card, or a parent's, was changed or cannot be read.
    """
    card = desk.models.current(series, model)
    if card is None or card.recipe != recipe(desk, series, model):
        return None
    if any(_version(desk, series, parent) != version for parent, version in card.parents.items()):
        return None
    return card


def why_silent(desk: Desk, series: Series, model: str, bar: int) -> str | None:
    """Why a model says nothing about the bar that opens at `bar` (UTC microseconds); None where it may speak."""
    try:
        return _why_not(desk, series, model, usable_card(desk, series, model), bar)
    except Damaged as error:
        return str(error)


def words_of(desk: Desk, view: MarketView, card: ModelCard, rows: slice) -> Predictions:
    """What the final speaker of that version says about those rows of the view, whatever is stored about them. The
    meta-learner weighs what is stored of its parents.

    Raises:
        Damaged: a file does not match the card or cannot be read, or the model gives no number where it must.
    """
    speaker = desk.speakers.of(view.series, card)
    inputs = _inputs(desk, view, card, rows.start)
    try:
        made = speak(speaker, view.bars.ts, inputs, rows, FINAL_FOLD, card.trained_until)
    except (BadInput, ValueError, IndexError, OverflowError) as error:
        raise Damaged(f"{_named(view.series, card)} does not fit its inputs ({error}); train it again") from error
    _require_numbers(desk, view, card, inputs, rows, made)
    return made


def in_sample_of(desk: Desk, view: MarketView, spoken: Spoken) -> Spoken:
    """What the final speakers say about the bars that they were trained on: for comparison with the honest figures.

    Raises:
        Damaged: a file does not match its card.
    """
    said = {}
    for model, card in spoken.cards.items():
        learnt = slice(0, int(np.searchsorted(view.bars.ts, card.trained_until, side="right")))
        said[model] = words_of(desk, view, card, learnt).aligned(view.bars.ts)
    return replace(spoken, said=said)


def _said(desk: Desk, view: MarketView, card: ModelCard, manner: Manner) -> Predictions:
    """Stored words, and the final speaker's about bars after its training, which are stored as they are made.

    Raises:
        Damaged: a file does not match the card; or, at a decision, bars before the newest one are without a word that
            is still to come: with it the record would not be the one that was decided on.
    """
    stored = desk.predictions.read(view.series, card.model, card.version)
    if manner is Manner.READ or not len(view.bars):
        return _within_age(desk, card, stored.aligned(view.bars.ts))
    new = _unspoken(desk, view, card, stored)
    rows = _in_time(desk, view, card, new) if manner is Manner.DECIDE else new
    if rows.any():
        first, stop = int(np.argmax(rows)), int(rows.size - np.argmax(rows[::-1]))
        heard = card.model not in HEAVY or manner is Manner.COMPLETE
        made = words_of(desk, view, card, slice(first, stop)) if heard else _late(view.bars.ts[first:stop])
        made.fold[~rows[first:stop]] = NO_FOLD
        desk.predictions.append(view.series, card.model, card.version, made)
        stored = desk.predictions.read(view.series, card.model, card.version)
    if (new & ~rows).any():
        # No bar in the text: it is said once for as long as it lasts.
        raise Damaged(f"{_named(view.series, card)} has not spoken about all bars before the newest; run keel predict")
    if manner is Manner.DECIDE:
        stored = _with_silence(desk, view, card, stored)
    return _within_age(desk, card, stored.aligned(view.bars.ts))


def _with_silence(desk: Desk, view: MarketView, card: ModelCard, stored: Predictions) -> Predictions:
    """What is stored, after the bars about which there is no word by the decision were stored as such: inputs that come
    later must not make one.
    """
    ts: IntArray = view.bars.ts
    wordless = Predictions.none(ts[(ts > card.trained_until) & ~among(stored.ts, ts)])
    if not wordless.ts.size:
        return stored
    wordless.fold[:] = np.where(wordless.ts > _last_word(desk, card), LATE_FOLD, SILENT_FOLD)
    desk.predictions.append(view.series, card.model, card.version, wordless)
    return desk.predictions.read(view.series, card.model, card.version)


def _within_age(desk: Desk, card: ModelCard, said: Predictions) -> Predictions:
    """The same, late where the model is too old to be heard."""
    beyond = slice(int(np.searchsorted(said.ts, _last_word(desk, card), side="right")), said.ts.size)
    fill(said, beyond, _late(said.ts[beyond]))
    return said


def _unspoken(desk: Desk, view: MarketView, card: ModelCard, stored: Predictions) -> BoolArray:
    """Bars after its training, as long as it is not too old, about which it has something to say and has not yet.

    Only a heavy model fills in what lies before its last word: a light one had nothing to say there when it was asked.
    """
    ts: IntArray = view.bars.ts
    after = card.trained_until
    if card.model not in HEAVY and stored.ts.size:
        after = max(after, int(stored.ts[-1]))
    new = (ts > after) & (ts <= _last_word(desk, card))
    new[new] = ~among(stored.ts, ts[new])
    if new.any():
        first = int(np.argmax(new))
        new[first:] &= _able(desk, card, _inputs(desk, view, card, first), slice(first, ts.size))
    return new


def _in_time(desk: Desk, view: MarketView, card: ModelCard, new: BoolArray) -> BoolArray:
    """Of the bars without a word those that a decision deals with: of a heavy model the newest, whose silence is
    recorded; of one with heavy parents those about which these have been heard, or were late.
    """
    if card.model in HEAVY:
        newest = np.zeros_like(new)
        newest[-1] = True
        return new & newest
    for parent in (one for one in card.parents if one in HEAVY):
        older = desk.models.card(view.series, parent, card.parents[parent])
        said = desk.predictions.read(view.series, parent, older.version)
        new = new & ~_unspoken(desk, view, older, said)
    return new


def _late(ts: IntArray) -> Predictions:
    late = Predictions.none(ts)
    late.fold[:] = LATE_FOLD
    return late


def _inputs(desk: Desk, view: MarketView, card: ModelCard, first: int) -> FloatArray:
    if card.model != META:
        return inputs_of(desk, view, card.model, first)
    said = parents_said(desk, view, card.parents)
    return stacked_inputs(view.bars.ts, said, tuple(card.parents))


def parents_said(desk: Desk, view: MarketView, parents: Mapping[str, str]) -> dict[str, Predictions]:
    """What is stored of those versions of those models about the view's bars."""
    return {
        model: desk.predictions.read(view.series, model, version).aligned(view.bars.ts)
        for model, version in parents.items()
        if version != NONE
    }


def _require_numbers(
    desk: Desk, view: MarketView, card: ModelCard, inputs: FloatArray, rows: slice, made: Predictions
) -> None:
    """Silence is right where an input is missing, and a fault of the model elsewhere."""
    figures = (np.abs(made.edge_bps) <= MOST_BPS) & np.isfinite(made.probability) & np.isfinite(made.confidence)
    silent = _able(desk, card, inputs, rows) & ~figures
    if silent.any():
        raise Damaged(f"{_named(view.series, card)} gives no number; run keel train --model {card.model} again")


def _able(desk: Desk, card: ModelCard, inputs: FloatArray, rows: slice) -> BoolArray:
    """Whether all that a score reads is known, for each of the rows."""
    kind = kind_of(card.model, desk.loaded.settings.model)
    first = max(rows.start - kind.reach + 1, 0)
    known = np.isfinite(inputs[first : rows.stop])
    seen = np.concatenate([[0], np.cumsum(known.any(axis=1) if kind.takes_gaps else known.all(axis=1))])
    ends = np.arange(rows.start, rows.stop) + 1 - first
    able: BoolArray = (ends >= kind.reach) & (seen[ends] - seen[np.maximum(ends - kind.reach, 0)] == kind.reach)
    return able


def _why_not(desk: Desk, series: Series, model: str, card: ModelCard | None, bar: int) -> str | None:
    again = f"run keel train --model {model}"
    if card is None:
        current = desk.models.current(series, model)
        if current is None:
            return f"{model} of {series} has no version that speaks; {again}"
        if current.recipe != recipe(desk, series, model):
            return f"{_named(series, current)} was trained by other settings or inputs than the present ones; {again}"
        return f"{_named(series, current)} weighs versions of its parents that no longer speak; {again}"
    if bar > _last_word(desk, card):
        days = desk.loaded.settings.model.longest_age_days
        return (
            f"{_named(series, card)} was trained until {iso(card.trained_until)}: more than {days:g} days ago, as "
            f"model.longest_age_days allows; {again}"
        )
    return None


def _last_word(desk: Desk, card: ModelCard) -> int:
    return card.trained_until + round(desk.loaded.settings.model.longest_age_days * DAY)


def _version(desk: Desk, series: Series, model: str) -> str | None:
    card = usable_card(desk, series, model)
    return None if card is None else card.version


def _named(series: Series, card: ModelCard) -> str:
    return f"{card.model} {card.version} of {series}"
