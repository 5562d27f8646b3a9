"""What the step reads of a book, the same for backtest and paper."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.engine import Links, Panel, SymbolInputs, TailFigures, align, symbol_inputs
from models.features import range_figures
from models.regime import RegimeHistory
from models.types import Bars, BoolArray, IntArray, Regime, bar_micros
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.edges import Edges
from tasks.session.happenings import happenings
from tasks.session.market import MarketView
from tasks.session.tails import TailView, book_tails, tail_plan


@dataclass(frozen=True, slots=True, eq=False)
class BookInputs:
    """Everything that the step reads of a book's bars: by symbol, and how they move together."""

    symbols: tuple[SymbolInputs, ...]
    links: Links

    def panel(self, chosen: Callable[[SymbolInputs], BoolArray]) -> Panel:
        """The rows that are chosen of each symbol."""
        return align(tuple(one.rows(chosen(one)) for one in self.symbols), self.links)


def book_inputs(
    desk: Desk,
    book: Book,
    views: Sequence[MarketView],
    edges: Sequence[Edges],
    regimes: Sequence[RegimeHistory] | None = None,
) -> BookInputs:
    """Of each view of the book's series, whose bars have these `edges`; the `regimes` of the traded ones are found here
    unless they are given.

    Raises:
        Damaged: stored data does not match its checksum.
    """
    seen = [TailView(view.series, view.inputs, view.features.volatility) for view in views]
    tails, links = book_tails(desk.tails, seen, book.traded, tail_plan(desk.loaded))
    found: Sequence[RegimeHistory | None] = [None] * len(views)
    if regimes is not None:
        found = [*regimes, *found[len(regimes) :]]
    rows = zip(views, edges, found, tails, strict=True)
    return BookInputs(tuple(_inputs_of(desk, book, *row) for row in rows), links)


def _inputs_of(
    desk: Desk, book: Book, view: MarketView, edge: Edges, regimes: RegimeHistory | None, tails: TailFigures
) -> SymbolInputs:
    return symbol_inputs(
        with_known_volume(view.bars),
        bar_micros(view.series.timeframe),
        view.features,
        range_figures(view.adjusted, view.features.atr, book.period),
        _labels(desk, view, book, regimes),
        edge.edge_bps,
        happenings(desk, view.series, view.bars),
        tails,
        edge.trust,
    )


def _labels(desk: Desk, view: MarketView, book: Book, regimes: RegimeHistory | None) -> IntArray:
    """Regime codes; a haven is traded by the regime of what it is a haven from, and its own says nothing."""
    if view.series not in book.models:
        return np.full(len(view.bars), int(Regime.RANGING))
    return desk.regimes.of(view.series, view.inputs, book.regimes) if regimes is None else regimes.label


def with_known_volume(bars: Bars) -> Bars:
    """The bars with an unknown volume (NaN) as long as the series has never had any: an index comes without."""
    if not len(bars) or bars.volume[0] > 0.0:
        return bars
    return replace(bars, volume=np.where(np.maximum.accumulate(bars.volume) > 0.0, bars.volume, np.nan))
