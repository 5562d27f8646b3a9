"""The news as a model hears it: headlines of the lake that had arrived by the closes of a series' bars."""

from collections.abc import Iterator

import numpy as np

from data.news import NEWS, news_store, read_headlines
from models.news.signal import SignalSettings, Told, news_signal, told_about
from models.types import FloatArray, Series
from models.types.news import Headline
from models.types.timeframes import DAY, HOUR
from tasks.session.desk import Desk
from tasks.session.market import MarketView

# Years of headlines are too much to hold as they are.
AT_ONCE = 30 * DAY


def news_of(desk: Desk, view: MarketView, first: int) -> FloatArray:
    """Signal of the news about the series' asset at each bar's close, shape (n_bars,), from row `first` on; NaN where
    none was heard. Only the headlines that these rows need are read.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    out = np.full(len(view.bars), np.nan)
    if first < out.size and has_headlines(desk):
        closes = desk.closes(view.series, view.bars.ts[first:])
        told = told_of(desk, view.series, int(closes[0]))
        out[first:] = news_signal(closes, told, signal_settings(desk))
    return out


def told_of(desk: Desk, series: Series, close: int) -> Told:
    """The headlines that count at the close of a bar (UTC microseconds), and those that arrived since.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    return told_about(asset_of(series.symbol), _headlines(desk, close - signal_settings(desk).reach))


def asset_of(symbol: str) -> str:
    """What headlines are linked to: the base of BTC/USDT, the ticker of a stock."""
    return symbol.partition("/")[0]


def has_headlines(desk: Desk) -> bool:
    """Whether there is any headline in the lake."""
    return NEWS in news_store(desk.lake).markets()


def signal_settings(desk: Desk) -> SignalSettings:
    """By the settings in force."""
    news = desk.loaded.settings.model.news
    hours = (round(one * HOUR) for one in (news.decay_hours, news.window_hours))
    return SignalSettings(*hours, round(news.coverage_days * DAY))


def _headlines(desk: Desk, since: int) -> Iterator[Headline]:
    """Everything from `since` on. Without an upper bound: what is known at a close is told by the time of arrival, and
    the lake's key is later by a moment where many arrive at once.
    """
    parts = news_store(desk.lake).dataset(NEWS).manifest().parts
    begin = max(since, parts[0].first) if parts else since
    while parts and begin + AT_ONCE <= parts[-1].last:
        yield from read_headlines(desk.lake, begin, begin + AT_ONCE - 1)
        begin += AT_ONCE
    yield from read_headlines(desk.lake, begin)
