"""A series as the models see it: its bars from their origin, and the features on them."""

from dataclasses import dataclass

import numpy as np

from data.features import FeatureStore
from models.features import (
    Declaration,
    FeatureInputs,
    Features,
    Leader,
    compute_declared,
    declared,
    index_as_known,
)
from models.types import Bars, Damaged, FloatArray, Series, Unavailable
from tasks.session.actions import bars_for_features
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True, eq=False)
class MarketView:
    """One series up to some bar.

    Attributes:
        bars: as traded.
        inputs: what features and regimes are made of: the bars with splits and dividends taken out, the index, the
            leader.
        index_source: where the volatility index comes from.
        feature_version: None where the features are not stored.
    """

    series: Series
    bars: Bars
    inputs: FeatureInputs
    features: Features
    index_source: str
    feature_version: str | None

    @property
    def adjusted(self) -> Bars:
        """The bars, splits and dividends taken out."""
        return self.inputs.bars


def market_view(desk: Desk, series: Series, known_by: int | None = None) -> MarketView:
    """Load the bars of the series that were known at or before `known_by` (UTC microseconds), with their features.

    Those of the whole series are stored, and only new rows are added the next time. A view that ends at `known_by` is
    one of many that differ by a bar: it is computed and nothing is written, nor is it where the lake cannot be written.

    Raises:
        BadInput: the lake has no such series.
        Damaged: stored bars do not match their checksums.
    """
    bars = desk.bars.read(series, known_by=known_by)
    inputs, source = inputs_from(desk, series, bars, known_by)
    declaration = declaration_of(desk, series)
    if known_by is None:
        features, version = _stored_features(desk, series, declaration, inputs)
    else:
        features, version = compute_declared(declaration, inputs), None
    return MarketView(series, bars, inputs, features, source, version)


def inputs_from(desk: Desk, series: Series, bars: Bars, known_by: int | None = None) -> tuple[FeatureInputs, str]:
    """What features and regimes of the series' `bars` depend on, as of `known_by` (None: whatever the lake has), and
    where its volatility index comes from.
    """
    known, source = _known_index(desk, series, bars)
    adjusted = bars_for_features(desk, series, bars)
    leader = _leader(desk, series, bars, known_by)
    return FeatureInputs(adjusted, desk.calendar(series), series.timeframe, known, leader), source


def declaration_of(desk: Desk, series: Series) -> Declaration:
    """What is computed for a series under the present configuration and with what the lake has."""
    model = desk.loaded.settings.model
    leader = _leading_series(desk, series)
    return declared(
        desk.calendar(series),
        series.timeframe,
        model.momentum_short,
        model.momentum_long,
        None if leader is None else leader.symbol,
    )


def _stored_features(
    desk: Desk, series: Series, declaration: Declaration, inputs: FeatureInputs
) -> tuple[Features, str | None]:
    store = FeatureStore(desk.lake)
    try:
        try:
            return _loaded_or_extended(desk, store, series, declaration, inputs)
        except Damaged:
            store.drop(series)
            return _loaded_or_extended(desk, store, series, declaration, inputs)
    except Unavailable:
        return compute_declared(declaration, inputs), None


def _loaded_or_extended(
    desk: Desk, store: FeatureStore, series: Series, declaration: Declaration, inputs: FeatureInputs
) -> tuple[Features, str]:
    record = store.find(series, declaration, inputs)
    if record is None or record.rows < len(inputs.bars):
        features = compute_declared(declaration, inputs)
        return features, store.extend(series, declaration, inputs, features, _manifests(desk, series)).version
    return store.read(series, declaration, record), record.version


def _manifests(desk: Desk, series: Series) -> tuple[str, ...]:
    """Versions of the data that the features are computed from."""
    sources = (series, _index_series(desk, series), _leading_series(desk, series))
    return tuple("" if one is None else desk.bars.dataset(one).manifest().sha256 for one in sources)


def _known_index(desk: Desk, series: Series, bars: Bars) -> tuple[FloatArray, str]:
    nothing = np.full(len(bars), np.nan)
    symbol = desk.venue(series.venue).index
    if symbol is None or not len(bars):
        return nothing, "realised volatility"
    index = _index_series(desk, series)
    if index is None:
        return nothing, f"realised volatility ({series.venue} {symbol} 1d is not in the lake)"
    values = desk.bars.columns(index)
    known = index_as_known(desk.closes(series, bars.ts), values.known_at, values.bars.close)
    share = float(np.isfinite(known).mean())
    return known, f"{symbol} for {share:.0%} of the bars, realised volatility before it"


def _index_series(desk: Desk, series: Series) -> Series | None:
    symbol = desk.venue(series.venue).index
    return None if symbol is None else _present(desk, Series(series.venue, symbol, "1d"))


def _leader(desk: Desk, series: Series, bars: Bars, known_by: int | None) -> Leader | None:
    leading = _leading_series(desk, series)
    if leading is None:
        return None
    leading_bars = desk.bars.read(leading, int(bars.ts[-1]) if len(bars) else 0, known_by=known_by)
    return Leader(leading.symbol, bars_for_features(desk, leading, leading_bars))


def _leading_series(desk: Desk, series: Series) -> Series | None:
    symbol = desk.venue(series.venue).leader
    if symbol is None or symbol == series.symbol:
        return None
    return _present(desk, Series(series.venue, symbol, series.timeframe))


def _present(desk: Desk, series: Series) -> Series | None:
    return series if series in desk.lake.series() else None
