"""Where words and prices come from: feeds, bars, models, and how sure the detector is of the regime."""

from collections.abc import Sequence

import numpy as np

from data.journal import FeedLog, Journal
from models.regime import regime_history
from models.types import Series, iso
from models.types.timeframes import SECOND
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.feeds.building import feeds_in_use
from tasks.session.learning.listing import Listed
from tasks.session.market import market_view
from tasks.session.news.health import feed_of
from tasks.session.overview.views import BarsNow, FeedNow, ModelNow

NEWEST = -1


def feeds_now(desk: Desk, journal: Journal) -> tuple[FeedNow, ...]:
    """Of the feeds in use, and of the sources of news as news/NAME, those that were ever asked."""
    now, found = desk.clock.now(), []
    names = (*feeds_in_use(desk, desk.universe()), *(feed_of(name) for name in desk.loaded.settings.news.sources))
    for one in FeedLog(journal.engine).health(names):
        age = None if one.last_success is None else (now - one.last_success) / SECOND
        since = None if one.failing_since is None else iso(one.failing_since)
        found.append(FeedNow(one.feed, one.failing_since is None, age, since, one.reason or "" if since else ""))
    return tuple(found)


def bars_now(desk: Desk) -> tuple[BarsNow, ...]:
    """Of each series of the book."""
    return tuple(_bars(desk, one) for one in desk.book_series())


def models_now(listed: Sequence[Listed]) -> tuple[ModelNow, ...]:
    """Those that were ever trained."""
    return tuple(
        ModelNow(str(one.series), one.model, one.champion.version, one.age_days, one.why)
        for one in listed
        if one.champion is not None
    )


def confidences(desk: Desk, book: Book, bar: int) -> dict[str, float | None]:
    """How sure the detector was of each symbol's regime at the close of the bar that opened at `bar`, 0..1."""
    found: dict[str, float | None] = {}
    for series in book.models:
        view = market_view(desk, series, known_by=desk.clock.now())
        row = int(np.searchsorted(view.bars.ts, bar, side="right")) - 1
        if row >= 0:
            found[series.symbol] = float(regime_history(view.inputs, book.regimes).confidence[row])
    if len(book.series) > book.traded:
        found[book.symbols[NEWEST]] = found.get(book.symbols[0])
    return found


def _bars(desk: Desk, series: Series) -> BarsNow:
    bars = desk.bars.tail(series, 1)
    if not len(bars):
        return BarsNow(series.venue, series.symbol, series.timeframe, None, None)
    newest = int(bars.ts[NEWEST])
    age = (desk.clock.now() - int(desk.closes(series, bars.ts)[NEWEST])) / SECOND
    return BarsNow(series.venue, series.symbol, series.timeframe, iso(newest), age)
