"""A scenario's bars behind the present ones, and what the step reads of them, by the functions that it always is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.engine import Happenings, SymbolInputs, symbol_inputs
from models.features import Declaration, FeatureInputs, Leader, compute_declared, range_figures
from models.regime import regime_history
from models.types import Bars, FloatArray, IntArray, Regime, bar_micros
from tasks.session.book import Book
from tasks.session.inputs import with_known_volume
from tasks.session.stressing.present import Asset


@dataclass(frozen=True, slots=True, eq=False)
class Spliced:
    """One column of the book: `inputs` and the `volatility` of a bar's return (n_bars,) from the kept stretch of the
    present to the scenario's end; the `row` of the panel is only of the bars after now.
    """

    inputs: FeatureInputs
    volatility: FloatArray
    row: SymbolInputs


def spliced(
    assets: Sequence[Asset],
    paths: Sequence[tuple[Bars, FloatArray]],
    declaration: Declaration,
    book: Book,
    after: int,
) -> tuple[Spliced, ...]:
    """The book's columns; `paths` are of all assets, with the index as known at each bar. Bars after now open after
    `after`, UTC microseconds.
    """
    whole = [_behind(one.bars, bars) for one, (bars, _) in zip(assets, paths, strict=True)]
    leaders = {one.series.symbol: bars for one, bars in zip(assets, whole, strict=True)}
    made = []
    for column in range(len(book.series)):
        inputs = _inputs(assets[column], whole[column], paths[column][1], leaders)
        made.append(_column(inputs, declaration, book, column, after))
    return tuple(made)


def _inputs(asset: Asset, bars: Bars, index: FloatArray, leaders: Mapping[str, Bars]) -> FeatureInputs:
    leader = asset.inputs.leader
    if leader is not None and leader.symbol in leaders:
        leader = Leader(leader.symbol, leaders[leader.symbol].until(int(bars.ts[-1])))
    known = np.concatenate((asset.inputs.known_index, index))
    return replace(asset.inputs, bars=bars, known_index=known, leader=leader)


def _column(inputs: FeatureInputs, declaration: Declaration, book: Book, column: int, after: int) -> Spliced:
    bars = inputs.bars
    features = compute_declared(declaration, inputs)
    symbol = symbol_inputs(
        with_known_volume(bars),
        bar_micros(inputs.timeframe),
        features,
        range_figures(bars, features.atr, book.period),
        _labels(inputs, book, column),
        np.full(len(bars), np.nan),
        Happenings.none(len(bars)),
    )
    return Spliced(inputs, features.volatility, symbol.rows(bars.ts > after))


def _labels(inputs: FeatureInputs, book: Book, column: int) -> IntArray:
    """As `book_inputs` has them: a haven's own regime says nothing."""
    if column >= book.traded:
        return np.full(len(inputs.bars), int(Regime.RANGING))
    return regime_history(inputs, book.regimes).label


def _behind(present: Bars, path: Bars) -> Bars:
    return Bars(*(np.concatenate((getattr(present, name), getattr(path, name))) for name in Bars.__slots__))
