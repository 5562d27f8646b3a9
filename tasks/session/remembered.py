"""A desk that reads every version of what the lake has once: for work that reads the same bars hundreds of times."""

from dataclasses import dataclass, field, replace

import numpy as np

from data.bars import BarStore
from data.columns import Columns
from data.predictions import PredictionStore, joined
from models.features import FeatureInputs
from models.predictors import Predictions
from models.regime import RegimeSettings
from models.types import IntArray, Series
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.labels import RegimeLabels
from tasks.session.market import inputs_from

# Detectors that learn as they go take seconds for a long series; the others are asked anew for each bar, as live does.
SLOW = ("hmm",)


@dataclass(frozen=True, slots=True)
class RememberedBars(BarStore):
    """Bars by the version of their manifest: what was read of another version is read again."""

    known: dict[Series, tuple[str, Columns]] = field(default_factory=dict)

    def columns(self, series: Series) -> Columns:
        """As of BarStore."""
        version = self.dataset(series).manifest().sha256
        if self.known.get(series, ("",))[0] != version:
            self.known[series] = (version, BarStore.columns(self, series))
        return self.known[series][1]


@dataclass(frozen=True, slots=True)
class UnkeptPredictions(PredictionStore):
    """Predictions of which new ones are forgotten with this object: nothing is written."""

    made: dict[tuple[Series, str, str], Predictions] = field(default_factory=dict)

    def read(self, series: Series, model: str, version: str) -> Predictions:
        """As of PredictionStore, with what was made since."""
        stored = PredictionStore.read(self, series, model, version)
        made = self.made.get((series, model, version))
        return stored if made is None else joined(stored, made)

    def append(self, series: Series, model: str, version: str, made: Predictions) -> None:
        """As of PredictionStore, for as long as this object lives."""
        before = self.made.get((series, model, version), Predictions.none(np.empty(0, np.int64)))
        self.made[series, model, version] = joined(before, made)


@dataclass(frozen=True, slots=True)
class RememberedLabels(RegimeLabels):
    """Codes of whole series, of which those of a part are the first ones: detectors do not look ahead."""

    known: dict[tuple[Series, RegimeSettings], tuple[FeatureInputs, IntArray]] = field(default_factory=dict)

    def of(self, series: Series, inputs: FeatureInputs, settings: RegimeSettings) -> IntArray:
        """As of RegimeLabels; `inputs` that the whole series does not begin with are looked at anew."""
        bars = len(inputs.bars)
        whole, labels = self.known.get((series, settings), (inputs, None))
        if labels is None or bars > labels.size or whole.sha256(bars) != inputs.sha256(bars):
            return RegimeLabels.of(self, series, inputs, settings)
        return labels[:bars]


def remembering(desk: Desk) -> Desk:
    """The same desk with a memory of what it has read."""
    bars = RememberedBars(desk.bars.lake, desk.bars.cache, desk.bars.grading)
    return replace(desk, bars=bars)


def remembering_regimes(desk: Desk, book: Book) -> Desk:
    """The same desk with a memory of the regimes of the book's whole series, where it takes long to find them."""
    known = {}
    for series in book.models if book.regimes.detector in SLOW else ():
        whole, _ = inputs_from(desk, series, desk.bars.read(series))
        known[series, book.regimes] = (whole, desk.regimes.of(series, whole, book.regimes))
    return replace(desk, regimes=RememberedLabels(known))
