"""The news as a model hears it: headlines of the lake that had arrived by the closes of a series' bars."""

import numpy as np

from data.news import news_store
from data.news_about import read_about
from models.news.signal import SignalSettings, Told, news_signal
from models.types import FloatArray, Series
from models.types.news import scorer_name
from models.types.timeframes import DAY, HOUR
from tasks.session.desk import Desk
from tasks.session.market import MarketView


def news_of(desk: Desk, view: MarketView, first: int) -> FloatArray:
    """Signal of the news about the series' asset at each bar's close, shape (n_bars,), from row `first` on; NaN where
    none was heard. Only the headlines that these rows need are read.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    out = np.full(len(view.bars), np.nan)
    if first < out.size and has_headlines(desk):
        closes = desk.closes(view.series, view.bars.ts[first:])
        told = told_of(desk, view.series, int(closes[0]), int(closes[-1]))
        out[first:] = news_signal(closes, told, signal_settings(desk))
    return out


def told_of(desk: Desk, series: Series, first: int, last: int) -> Told:
    """The headlines that count at the closes from `first` to `last`, UTC microseconds.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    scorer = scorer_name(desk.loaded.settings.news.scorer)
    return read_about(desk.lake, asset_of(series.symbol), scorer, first - signal_settings(desk).reach, last)


def asset_of(symbol: str) -> str:
    """What headlines are linked to: the base of BTC/USDT, the ticker of a stock."""
    return symbol.partition("/")[0]


def has_headlines(desk: Desk) -> bool:
    """Whether there is any headline in the lake."""
    return any(True for _ in news_store(desk.lake).markets())


def signal_settings(desk: Desk) -> SignalSettings:
    """By the settings in force."""
    news = desk.loaded.settings.model.news
    return SignalSettings(
        decay=round(news.decay_hours * HOUR),
        window=round(news.window_hours * HOUR),
        coverage=round(news.coverage_days * DAY),
    )
