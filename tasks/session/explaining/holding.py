"""Files of the lake and of models, held against what a decision was made from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from data.features import FeatureStore
from data.model_files import ModelCard
from data.verify import damaged_of
from models.features import KEPT
from models.predictors.predictions import FINAL_FOLD
from models.types import BadInput, Damaged, FloatArray, IntArray, KeelError, Series, Unavailable, iso
from models.types.speakers import HEAVY, META
from tasks.session.desk import Desk
from tasks.session.explaining.knowing import knowing
from tasks.session.explaining.recomputing import Again
from tasks.session.explaining.report import Difference, What
from tasks.session.learning.speaking import words_of
from tasks.session.learning.versions import NONE, versions_in
from tasks.session.made_from import words_seen
from tasks.session.market import MarketView, declaration_of, market_view

KINDS = {"bars": What.BARS, "predictions": What.WORDS, "features": What.FEATURES}
WORDS = ("edge_bps", "confidence", "raw", "probability", "familiarity")
FOREVER = 2**62


def damaged_files(desk: Desk, series: Series) -> Iterator[Difference]:
    """Files of the series that are not what was written, and stored features that are not what the bars give."""
    for kind, one in damaged_of(desk.lake, series):
        yield Difference(KINDS[kind], str(one.path), "", None, None, one.reason)


def other_features(desk: Desk, view: MarketView) -> Iterator[Difference]:
    """Stored features of the view that are not, to the bit, what its bars give: their file was written anew."""
    store, declaration = FeatureStore(desk.lake), declaration_of(desk, view.series)
    try:
        record = store.find(view.series, declaration, view.inputs)
        stored = None if record is None else store.read(view.series, declaration, record)
    except (Damaged, Unavailable):
        return  # the files have been named
    if record is None or stored is None:
        return
    made = view.features
    columns = [(name, stored.matrix[:, k], made.matrix[:, k]) for k, name in enumerate(declaration.predictors)]
    columns += [(name, getattr(stored, name), getattr(made, name)) for name in KEPT]
    for name, one, other in columns:
        apart = np.flatnonzero(_bits(one) != _bits(other[: record.rows]))
        if apart.size:
            row = int(apart[0])
            where = f"{desk.lake.derived('features', view.series)}/version={record.version[:16]}"
            why = f"{apart.size} stored values are not what the bars give, the first at {iso(int(view.bars.ts[row]))}"
            yield Difference(What.FEATURES, where, name, repr(float(one[row])), repr(float(other[row])), why)


@dataclass(slots=True)
class Holding:
    """Of one home; what was found of a version of a model is remembered."""

    desk: Desk
    versions: dict[tuple[Series, str, str], tuple[ModelCard | None, str]] = field(default_factory=dict)

    def held(self, again: Again, made_from: Mapping[str, Any] | None) -> Iterator[Difference]:
        """What is there now against what the decision was made from, as far as that was recorded; the models that it
        names in any case.
        """
        for series in again.book.series:
            sealed = {} if made_from is None else made_from.get("models", {}).get(series.symbol, {})
            yield from self._models(series, again.decision.models.get(series.symbol, ""), sealed, again.decision.bar)
        if made_from is not None:
            yield from self._bars(again, made_from)

    def notes(self, again: Again, made_from: Mapping[str, Any] | None) -> Iterator[str]:
        """What is another one now and is no difference by itself."""
        if made_from is None or not made_from:
            yield "it has no record of what it was made from: an older Keel made it"
            return
        now = again.origins
        if made_from.get("keel") != now["keel"]:
            yield f"Keel {made_from.get('keel')} made it, this is {now['keel']}"
        for name, text in (("features", "features are declared otherwise"), ("regimes", "regimes are found otherwise")):
            if made_from.get(name) != now[name]:
                yield f"{text} by this Keel than when it was made"
        for symbol, version in now["actions"].items():
            if made_from.get("actions", {}).get(symbol, version) != version:
                yield f"corporate actions of {symbol} have come since; those that were known then count"

    def _models(self, series: Series, text: str, sealed: Mapping[str, Any], bar: int) -> Iterator[Difference]:
        named = {model: one for model, one in versions_in(text).items() if one != NONE}
        named |= {model: one["version"] for model, one in sealed.items()}
        for model, version in named.items():
            card, why = self._card(series, model, version)
            if why:
                yield Difference(What.MODEL, f"{model} {version} of {series}", "", None, None, why)
            files = sealed.get(model, {}).get("files", {})
            if card is not None and files and card.files != files:
                other = ", ".join(
                    sorted(name for name in {*files, *card.files} if files.get(name) != card.files.get(name))
                )
                why = "its card names other files than those that spoke"
                yield Difference(What.MODEL, f"{model} {version} of {series}", other, None, None, why)
            yield from self._words(series, model, version, sealed.get(model, {}).get("words", {}), bar)

    def _words(
        self, series: Series, model: str, version: str, sealed: Mapping[str, str], bar: int
    ) -> Iterator[Difference]:
        if not sealed:
            return
        try:
            now = words_seen(self.desk, series, model, version, bar)
        except Damaged as error:
            yield Difference(What.WORDS, f"{model} {version} of {series}", "", None, None, str(error))
            return
        folder = self.desk.lake.folder("predictions", series) / f"model={model}" / f"version={version}"
        for period in (one for one in sealed if sealed[one] != now.get(one)):
            kind = What.HISTORY if period not in now else What.WORDS
            why = "the words of then are not there" if period not in now else "not the words that were heard"
            yield Difference(kind, f"{folder}/period={period}", "", now.get(period), sealed[period], why)

    def _card(self, series: Series, model: str, version: str) -> tuple[ModelCard | None, str]:
        key = series, model, version
        if key not in self.versions:
            try:
                card = self.desk.models.card(series, model, version)
                self.desk.models.read(series, card)
                self.versions[key] = card, ""
            except (BadInput, Damaged, Unavailable) as error:
                self.versions[key] = None, str(error)
        return self.versions[key]

    def _bars(self, again: Again, made_from: Mapping[str, Any]) -> Iterator[Difference]:
        for series in again.book.series:
            sealed = made_from.get("bars", {}).get(str(series), {})
            now = again.origins["bars"][str(series)]
            folder = self.desk.lake.folder("bars", series)
            yield from _periods(sealed.get("seen", {}), now["seen"], f"{folder}/period=", "bars", self._part(series))
            beside, known = made_from.get("beside", {}).get(series.symbol, {}), again.origins["beside"][series.symbol]
            for name in beside:
                found = known.get(name, {})
                yield from _periods(beside[name], found, f"the {name} beside {series}, ", name, lambda one: one)

    def _part(self, series: Series) -> Any:
        parts = {part.period: part.path.split("/")[-1] for part in self.desk.bars.dataset(series).manifest().parts}
        return lambda period: f"{period}/{parts[period]}" if period in parts else period


def _periods(
    sealed: Mapping[str, str], now: Mapping[str, str], place: str, name: str, part: Any
) -> Iterator[Difference]:
    for period in (one for one in sealed if sealed[one] != now.get(one)):
        if period in now:
            why = f"{name} that were known then are not those that were seen"
            yield Difference(What.BARS, f"{place}{part(period)}", "", now[period], sealed[period], why)
        else:
            why = f"{name} of then are no longer there: retention has dropped them, or somebody has"
            yield Difference(What.HISTORY, f"{place}{part(period)}", "", None, sealed[period], why)


def other_words(desk: Desk, view: MarketView, text: str, first: int, last: int) -> Iterator[Difference]:
    """Words of the final light models about the view's bars from `first` to `last` that are not, to the bit, what their
    files say of them now; what a heavy model said is not made again.
    """
    for model, version in versions_in(text).items():
        if version == NONE or model in HEAVY or model == META:
            continue
        try:
            card = desk.models.card(view.series, model, version)
            stored = desk.predictions.read(view.series, model, version).aligned(view.bars.ts)
            rows = np.flatnonzero((view.bars.ts >= first) & (view.bars.ts <= last) & (stored.fold == FINAL_FOLD))
            if not rows.size:
                continue
            made = words_of(desk, view, card, slice(int(rows[0]), int(rows[-1]) + 1))
        except KeelError:
            continue  # its file has been named
        for name in WORDS:
            one, other = getattr(stored, name)[rows], getattr(made, name)[rows - rows[0]]
            apart = np.flatnonzero(_bits(one) != _bits(other))
            if apart.size:
                row = int(apart[0])
                first_bar = iso(int(view.bars.ts[rows[row]]))
                why = f"{apart.size} stored words are not what its files say, the first about {first_bar}"
                where = f"{desk.lake.folder('predictions', view.series)}/model={model}/version={version}"
                yield Difference(What.WORDS, where, name, repr(float(one[row])), repr(float(other[row])), why)


def _bits(column: FloatArray) -> IntArray:
    return np.ascontiguousarray(column).view(np.int64)


def view_of(desk: Desk, series: Series) -> MarketView:
    """All that the lake has of the series; nothing is written."""
    return market_view(knowing(desk, FOREVER), series, FOREVER)
