"""What a decision is made from, by hash: written with it, and held against what is there when somebody asks why."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from data.model_files import ModelCard
from models.features import code_revision, declared
from models.predictors import Predictions
from models.types import Bars, Calendar, Series
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.market import MarketView
from tasks.session.release import release_id

DIGITS = 16
Origins = dict[str, Any]
Cards = Mapping[str, Mapping[str, ModelCard]]


def made_from(desk: Desk, book: Book, views: Sequence[MarketView], cards: Cards) -> Origins:
    """The views end with the bar that is decided on; `cards` are of the versions that speak, by symbol and model.

    By period (`seen`, `words`) stands a digest of all rows up to that bar; `manifest` is the version of the whole
    dataset. Nothing in here depends on the machine.
    """
    return {
        "keel": release_id(),
        "bars": {str(view.series): bars_seen(desk, view.series, view.bars) for view in views},
        "actions": {view.series.symbol: desk.actions.version(view.series.venue, view.series.symbol) for view in views},
        "beside": {view.series.symbol: beside_of(desk, view) for view in views},
        "features": {view.series.symbol: declared_sha256(desk, view) for view in views},
        "regimes": _sha256(repr(book.regimes)),
        "models": {
            view.series.symbol: {
                model: model_of(desk, view.series, card, int(view.bars.ts[-1]) if len(view.bars) else 0)
                for model, card in cards.get(view.series.symbol, {}).items()
            }
            for view in views
        },
    }


def bars_seen(desk: Desk, series: Series, bars: Bars) -> Origins:
    """Of a series' bars up to some bar."""
    dataset = desk.bars.dataset(series)
    columns = [getattr(bars, name) for name in Bars.__slots__]
    return {
        "rows": len(bars),
        "manifest": dataset.manifest().sha256,
        "seen": desk.seen.digests(("bars", str(series)), columns, dataset.periods(bars.ts)),
    }


def beside_of(desk: Desk, view: MarketView) -> Origins:
    """Of what is read beside a series' own bars: the volatility index as it was known, and the leader."""
    found: Origins = {}
    periods, index = desk.bars.dataset(view.series).periods(view.bars.ts), view.inputs.known_index[: len(view.bars)]
    if np.isfinite(index).any():
        found["index"] = desk.seen.digests(("index", str(view.series)), [index], periods)
    if view.inputs.leader is not None and len(view.bars):
        bars = view.inputs.leader.bars.until(int(view.bars.ts[-1]))
        columns = [getattr(bars, name) for name in Bars.__slots__]
        periods = desk.bars.dataset(view.series).periods(bars.ts)
        found["leader"] = desk.seen.digests(("leader", str(view.series)), columns, periods)
    return found


def model_of(desk: Desk, series: Series, card: ModelCard, bar: int) -> Origins:
    """Of a version of a model: its files, and its words up to the bar that opened at `bar`."""
    return {
        "version": card.version,
        "files": dict(card.files),
        "words": words_seen(desk, series, card.model, card.version, bar),
    }


def words_seen(desk: Desk, series: Series, model: str, version: str, bar: int) -> dict[str, str]:
    """Of what is stored of a version's words up to the bar that opened at `bar`."""
    said = desk.predictions.read(series, model, version)
    rows = int(np.searchsorted(said.ts, bar, side="right"))
    columns = [getattr(said, name)[:rows] for name in Predictions.__slots__]
    periods = desk.bars.dataset(series).periods(said.ts[:rows])
    return desk.seen.digests(("words", str(series), model, version), columns, periods)


def declared_sha256(desk: Desk, view: MarketView) -> str:
    """Of what the view's features are declared as, and of the code that makes them."""
    model, leader = desk.loaded.settings.model, view.inputs.leader
    symbol = None if leader is None else leader.symbol
    return _declared(view.inputs.calendar, view.series.timeframe, model.momentum_short, model.momentum_long, symbol)


@cache
def _declared(calendar: Calendar, timeframe: str, short: int, long: int, leader: str | None) -> str:
    return _sha256(f"{declared(calendar, timeframe, short, long, leader).canonical()} {code_revision()}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
