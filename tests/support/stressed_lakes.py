"""Made markets for stress tests: a desk that knows them, its book, and the same bars with a scenario really behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from lakes import PLAIN, merge
from tail_fits_made import made_fit

from conf.scenarios import Proxy
from data.bars import BarStore
from models.actions import CorporateAction
from models.engine import Panel
from models.sessions import expected_opens
from models.tails import Garch, fit_key
from models.types import CALENDARS, Bars, FloatArray, IntArray, Series, bar_micros, parse_time
from tasks.bootstrap import build_desk
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges
from tasks.session.inputs import book_inputs
from tasks.session.market import MarketView, market_view
from tasks.session.stressing.panels import StressMarket, stress_market
from tasks.session.tails import Tails

Lake = Mapping[Series, Bars]
START = parse_time("2021-01-01")
TAILS = {"window_days": 80, "least_days": 60, "refit_days": 21, "correlation_days": 70}
CRYPTO = {"trading.venue": "binance", "trading.symbols": ["AAA/USDT", "BBB/USDT"], "trading.haven": "GLD/USDT"}
STOCKS = {"trading.venue": "alpaca", "trading.symbols": ["SPY", "TLT"]}


@dataclass(frozen=True, slots=True)
class NotedFits:
    """Made fits, and which windows were asked for; once `closed` it gives those only."""

    known: dict[str, Garch | None] = field(default_factory=dict)
    closed: bool = False
    asked: list[int] = field(default_factory=list)

    def __call__(self, returns: FloatArray) -> Garch | None:
        self.asked.append(returns.size)
        if not self.closed:
            self.known[fit_key(returns)] = made_fit(returns)
        return self.known.get(fit_key(returns))


def drawn(seed: int, ts: IntArray, size: float = 0.02, price: float = 100.0, volume: float = 50.0) -> Bars:
    """Bars that wander, the even seeds a little as their neighbours do; two days in seven are wilder."""
    own = np.random.default_rng(seed).normal(0.0, size, (2, ts.size))
    common = np.random.default_rng(9).normal(0.0, size, ts.size)
    wild = 1.0 + (np.arange(ts.size) // 5 % 7 == 3)
    close = price * np.exp(np.cumsum(wild * (0.6 * own[0] + 0.5 * common)))
    before = np.concatenate(([price], close[:-1]))
    opens = before * np.exp(0.2 * own[1])
    high, low = (edge(opens, close) for edge in (np.maximum, np.minimum))
    extra = np.abs(own[1])
    volumes = volume * np.exp(np.random.default_rng(seed + 1).normal(0.0, 0.4, ts.size))
    return Bars(ts, opens, high * np.exp(extra), low * np.exp(-0.5 * extra), close, volumes)


def opens(calendar: str, timeframe: str, count: int, start: int = START) -> IntArray:
    """So many opens from a moment on."""
    weeks = 2 + count // (5 if bar_micros(timeframe) >= 86_400_000_000 else 35)
    return expected_opens(CALENDARS[calendar], timeframe, start, start + (weeks * 8 + 10) * 86_400_000_000)[:count]


def crypto(
    timeframe: str, bars: int, symbols: tuple[str, ...] = ("AAA/USDT", "BBB/USDT", "GLD/USDT", "BTC/USDT")
) -> Lake:
    """Books follow the first two, hold the third in crisis, and are led by the last one."""
    ts, size = opens("24/7", timeframe, bars), 0.03 if timeframe == "1d" else 0.006
    return {Series("binance", one, timeframe): drawn(k, ts, size) for k, one in enumerate(symbols)}


def stocks(bars: int, share: float = 1.0) -> Lake:
    """With an index that is known of a share of each fifty days."""
    ts = opens("XNYS", "1d", bars)
    rng = np.random.default_rng(4)
    level = np.where(np.arange(bars) // 30 % 2 == 0, 15.0, 40.0) + rng.uniform(0.0, 5.0, bars)
    index = Bars(ts, level, level, level, level, np.zeros(bars))
    return {
        Series("alpaca", "SPY", "1d"): drawn(1, ts, 0.01),
        Series("alpaca", "TLT", "1d"): drawn(2, ts, 0.006),
        Series("alpaca", "VIX", "1d"): index.rows(np.arange(bars) % 50 < share * 50),
    }


def lake_desk(
    folder: Path,
    lake: Lake,
    flags: Mapping[str, Any],
    actions: Sequence[CorporateAction] = (),
    fits: NotedFits | None = None,
    now: int | None = None,
) -> Desk:
    """A desk whose lake has these bars, just after the newest of them closed unless `now` says when it is."""
    newest = max((int(bars.ts[-1]) + bar_micros(one.timeframe) for one, bars in lake.items()), default=0)
    given = {"trading.finer": "none"} | {f"risk.var.{name}": days for name, days in TAILS.items()} | dict(flags)
    desk = build_desk(given, as_of=newest if now is None else now, folder=folder)
    desk = replace(desk, bars=BarStore(desk.lake, desk.bars.cache, PLAIN), tails=Tails(fits or NotedFits()))
    for series, bars in lake.items():
        merge(desk.bars, series, bars)
    if actions:
        desk.actions.merge(str(flags["trading.venue"]), list(actions))
    return desk


def seen(desk: Desk, book: Book) -> list[MarketView]:
    """The book's series as known by the desk's clock."""
    return [market_view(desk, one, known_by=desk.clock.now()) for one in book.series]


def market_of(desk: Desk, betas: Mapping[str, tuple[Proxy, ...]] | None = None) -> StressMarket:
    """The configured book's, with these proxies."""
    book = configured_book(desk, timed=True)
    return stress_market(desk, book, seen(desk, book), betas or {})


def really(desk: Desk, after: int) -> Panel:
    """What the book's step reads of the bars that opened after `after` where they are in the lake."""
    book = configured_book(desk, timed=True)
    views = seen(desk, book)
    inputs = book_inputs(desk, book, views, [Edges.none(len(view.bars)) for view in views])
    return inputs.panel(lambda one: one.ts > after)


def joined(before: Bars, after: Bars) -> Bars:
    """One behind the other."""
    return Bars(*(np.concatenate((getattr(before, name), getattr(after, name))) for name in Bars.__slots__))
