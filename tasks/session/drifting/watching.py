"""The trained models of a series after their training: drift, age, and whether research repeats their live words."""

from dataclasses import dataclass

import numpy as np

from data.model_files import ModelCard
from models.predictors import Predictions
from models.predictors.drift import Drift, Judged, Limits, drift_of
from models.predictors.predictions import FINAL_FOLD
from models.predictors.stacked import stacked_inputs, stacked_names
from models.types import BadInput, BoolArray, FloatArray, IntArray, Series
from models.types.speakers import META, MODELS
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.drifting.repeating import repeats_of
from tasks.session.drifting.report import SeriesWatch, Watched
from tasks.session.learning.sheet import Sheet, sheet_of
from tasks.session.learning.speaking import Manner, parents_said, spoken_of
from tasks.session.market import MarketView, market_view


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A series with everything that is held against each other; `newest` (n_bars,): the days that are looked at."""

    desk: Desk
    view: MarketView
    sheet: Sheet
    newest: BoolArray


def watch(desk: Desk, series: Series) -> SeriesWatch:
    """Look at every model of the series that was ever trained, as of the desk's clock.

    What the models have not said yet about bars after their training is stored on the way, once the live words have
    been repeated.

    Raises:
        BadInput: the lake has no closed bar of the series.
        Damaged: stored data does not match its checksum.
    """
    view = market_view(desk, series, known_by=desk.clock.now())
    ts = view.bars.ts
    if not ts.size:
        raise BadInput(f"{series} has no bar that had closed; ingest or import some")
    repeats = repeats_of(desk, view)
    spoken = spoken_of(desk, view, MODELS, Manner.COMPLETE, untrusted=True)
    days = round(desk.loaded.settings.model.drift.days * DAY)
    scene = _Scene(desk, view, sheet_of(desk, view), ts > ts[-1] - days)
    models = []
    for model in MODELS:
        card, silent = spoken.cards.get(model), spoken.troubles.get(model)
        if card is not None:
            age = (int(ts[-1]) - card.trained_until) / DAY
            drift = _drift(scene, card, spoken.said[model])
            models.append(Watched(model, card.version, card.trained_until, age, silent, drift))
        elif silent is not None:
            models.append(Watched(model, None, None, None, silent, None))
    return SeriesWatch(series, int(ts[-1]), tuple(models), repeats)


def _drift(scene: _Scene, card: ModelCard, said: Predictions) -> Drift:
    names, inputs = _inputs(scene, card)
    ts: IntArray = scene.view.bars.ts
    later = ts > card.trained_until
    learnt = ~later & (ts >= card.trained_from) & np.isfinite(inputs).any(axis=1).cumsum().astype(bool)
    settings = scene.desk.loaded.settings.model.drift
    return drift_of(
        names,
        inputs[learnt],
        inputs[later & scene.newest],
        _judged(scene, said, said.fold >= 0),
        _judged(scene, said, (said.fold == FINAL_FOLD) & later & scene.newest),
        Limits(settings.population_shift, settings.shifted_share, settings.loss),
    )


def _inputs(scene: _Scene, card: ModelCard) -> tuple[tuple[str, ...], FloatArray]:
    """Names and figures, shape (n_bars, n_inputs), of what the model sees; the meta-learner its parents' words."""
    if card.model != META:
        return scene.sheet.names[card.model], scene.sheet.inputs[card.model]
    parents = tuple(card.parents)
    said = parents_said(scene.desk, scene.view, card.parents)
    return stacked_names(parents), stacked_inputs(scene.view.bars.ts, said, parents)


def _judged(scene: _Scene, said: Predictions, rows: BoolArray) -> Judged:
    """Of those rows the ones whose outcome is known by the view's end."""
    rose = scene.sheet.labels.rose
    known = rows & np.isfinite(rose) & np.isfinite(said.probability)
    return Judged(said.probability[known], rose[known])
