"""What models see of a series, and what they learn about it."""

from dataclasses import dataclass

import numpy as np

from data.books import book_store, read_books
from data.ticks import Market
from models.alpha import ALPHA_SCORES, AlphaInputs
from models.features.imbalance import book_imbalance, imbalance_as_known
from models.predictors.labels import Labels, label_bars
from models.types import FloatArray, bar_micros, parse_time
from models.types.speakers import ALPHAS, PREDICTORS
from models.types.timeframes import DAY
from tasks.session.desk import Desk
from tasks.session.learning.hearing import news_of
from tasks.session.market import MarketView

# Sizes at the best bid and ask, as the formula of the seed has them.
BOOK_LEVELS = 1


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A view as models learn from it.

    Attributes:
        inputs: of each alpha and predictor, by name, shape (n_bars, n_inputs).
        names: of their columns.
    """

    labels: Labels
    inputs: dict[str, FloatArray]
    names: dict[str, tuple[str, ...]]


def sheet_of(desk: Desk, view: MarketView) -> Sheet:
    """Inputs of all alphas and predictors and labels of all bars of the view.

    Raises:
        Damaged: stored order books or headlines do not match their checksums.
    """
    seen = AlphaInputs(view.adjusted, view.features, imbalance_of(desk, view, 0), news_of(desk, view, 0))
    inputs = {alpha: _score(alpha, seen) for alpha in ALPHAS} | dict.fromkeys(PREDICTORS, view.features.matrix)
    names = {alpha: (alpha,) for alpha in ALPHAS} | dict.fromkeys(PREDICTORS, view.features.names)
    return Sheet(labels_of(desk, view), inputs, names)


def inputs_of(desk: Desk, view: MarketView, model: str, first: int) -> FloatArray:
    """Inputs of one alpha or predictor; order books and headlines are looked up from row `first` on only.

    Raises:
        Damaged: stored order books or headlines do not match their checksums.
    """
    if model in PREDICTORS:
        return view.features.matrix
    unknown = np.full(len(view.bars), np.nan)
    imbalance = imbalance_of(desk, view, first) if model == "pressure" else unknown
    heard = news_of(desk, view, first) if model == "news" else unknown
    return _score(model, AlphaInputs(view.adjusted, view.features, imbalance, heard))


def labels_of(desk: Desk, view: MarketView) -> Labels:
    """What is known of each bar of the view by its end."""
    model = desk.loaded.settings.model
    longest = model.horizon * bar_micros(view.series.timeframe) if desk.calendar(view.series).name == "24/7" else None
    return label_bars(view.adjusted, model.horizon, view.features.volatility, model.barrier, longest)


def imbalance_of(desk: Desk, view: MarketView, first: int) -> FloatArray:
    """Imbalance of the newest order book that arrived within each bar, shape (n_bars,), from row `first` on; NaN where
    none did. Books are read a day at a time: there may be one a second.
    """
    ts = view.bars.ts
    closes = desk.closes(view.series, ts)
    out = np.full(ts.size, np.nan)
    market = Market(view.series.venue, view.series.symbol)
    earliest = _first_book(desk, market)
    if earliest is None:
        return out
    wanted = first + np.flatnonzero(closes[first:] > earliest)
    days = (closes[wanted] - 1) // DAY
    for day in np.unique(days):
        rows = wanted[days == day]
        books = read_books(desk.lake, market, int(ts[rows[0]]), int(closes[rows[-1]]))
        values = book_imbalance(books.bid_qty, books.ask_qty, BOOK_LEVELS)
        out[rows] = imbalance_as_known(ts[rows], closes[rows], books.ts, values)
    return out


def _first_book(desk: Desk, market: Market) -> int | None:
    """No book arrived before this, UTC microseconds; None where there is none at all."""
    store = book_store(desk.lake)
    if market not in store.markets():
        return None
    parts = store.dataset(market).manifest().parts
    return parse_time(f"{min(parts)}-01") if parts else 0


def _score(alpha: str, inputs: AlphaInputs) -> FloatArray:
    return ALPHA_SCORES[alpha](inputs)[:, None]
