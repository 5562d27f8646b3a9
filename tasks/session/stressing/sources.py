"""What a market did in a stretch of the past: candles out of the lake, of the asset itself or of what stands in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from conf.scenarios import Proxy
from models.resampling import resample
from models.scenarios import Candles, Window, candles_of, scaled, spread_over
from models.sessions import bar_closes, expected_opens, session_dates, session_spans
from models.types import TIMEFRAMES, BadInput, Bars, Calendar, IntArray, Series, bar_micros, iso
from models.types.timeframes import DAY
from tasks.session.actions import bars_for_features
from tasks.session.desk import Desk
from tasks.session.stressing.present import USUAL_DAYS, usual_volume

# Bars that may be missing at either end of a window, and the share that has to be there.
FEW = 5
LEAST_SHARE = 0.5
# An older close says nothing about where the first bar came from.
OLDEST_CLOSE = 7 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """What a market did in a window: `ts` (n,) are the bars' own opens, UTC microseconds; `proxy` says which other
    market it was, empty for the asset itself.
    """

    ts: IntArray
    candles: Candles
    proxy: str


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """The lake as of the desk's clock, for books whose bars have this calendar and timeframe.

    `betas` are by symbol or asset class, in order of preference. What was read of a series is kept.
    """

    desk: Desk
    calendar: Calendar
    timeframe: str
    betas: Mapping[str, tuple[Proxy, ...]]
    present: frozenset[Series]
    read: dict[Series, Bars] = field(default_factory=dict)

    def past(self, series: Series, asset_class: str, window: Window) -> Past:
        """The series' own candles in the window, else those of the first proxy that has some, times its beta.

        Bars of its timeframe, else finer ones put together, else coarser ones spread out.

        Raises:
            BadInput: neither has any; the message says what the lake has.
            Damaged: stored bars do not match their checksums.
        """
        own = self._of(series.venue, series.symbol, window)
        if own is not None:
            return Past(*own, "")
        proxies = self._proxies(series.symbol, asset_class)
        for proxy in proxies:
            found = self._of(proxy.venue, proxy.symbol, window) if self._fits(proxy) else None
            if found is not None:
                ts, candles = found
                return Past(ts, scaled(candles, proxy.beta), f"{proxy.beta:g} x {proxy.venue} {proxy.symbol}")
        raise BadInput(self._what_there_is(series, proxies, window))

    def _proxies(self, symbol: str, asset_class: str) -> tuple[Proxy, ...]:
        return (*self.betas.get(symbol, ()), *self.betas.get(asset_class, ()))

    def _fits(self, proxy: Proxy) -> bool:
        """Whether its bars can be laid on the book's calendar: a market that never closes can take any."""
        return self.calendar.name in ("24/7", self._calendar(proxy.venue).name)

    def _calendar(self, venue: str) -> Calendar:
        return self.desk.calendar(Series(venue, "ANY", self.timeframe))

    def _of(self, venue: str, symbol: str, window: Window) -> tuple[IntArray, Candles] | None:
        """Opens and candles of a market, in the book's timeframe."""
        calendar = self._calendar(venue)
        for series in self._series(venue, symbol):
            bars, own = self._bars(series), bar_micros(self.timeframe)
            if _covers(bars, calendar, series.timeframe, window):
                finer = bar_micros(series.timeframe) < own
                if finer:
                    bars = _put_together(bars, calendar, series.timeframe, self.timeframe, window)
                if not finer or _covers(bars, calendar, self.timeframe, window):
                    return self._laid(*_candles(bars, window), series.timeframe)
        return None

    def _series(self, venue: str, symbol: str) -> Iterator[Series]:
        """Those of the symbol that the lake has, in the order in which they are looked at."""
        own = bar_micros(self.timeframe)
        finer = sorted((name for name, step in TIMEFRAMES.items() if step < own), key=bar_micros, reverse=True)
        coarser = sorted((name for name, step in TIMEFRAMES.items() if step > own), key=bar_micros)
        for name in (self.timeframe, *finer, *coarser):
            if Series(venue, symbol, name) in self.present:
                yield Series(venue, symbol, name)

    def _bars(self, series: Series) -> Bars:
        if series not in self.read:
            bars = self.desk.bars.read(series, known_by=self.desk.clock.now())
            self.read[series] = bars_for_features(self.desk, series, bars)
        return self.read[series]

    def _laid(self, ts: IntArray, candles: Candles, timeframe: str) -> tuple[IntArray, Candles]:
        """On bars of the book's calendar and timeframe."""
        if bar_micros(timeframe) > bar_micros(self.timeframe):
            return _spread(ts, candles, self.calendar, timeframe, self.timeframe)
        if self.calendar.name == "24/7":
            ts = ts // bar_micros(self.timeframe) * bar_micros(self.timeframe)
        return ts, candles

    def _what_there_is(self, series: Series, proxies: Sequence[Proxy], window: Window) -> str:
        markets = dict.fromkeys([(series.venue, series.symbol), *((one.venue, one.symbol) for one in proxies)])
        told = "; ".join(self._told(*market) for market in markets)
        return (
            f"{series} has no candles from {iso(window.begin)[:10]} to {iso(window.end)[:10]}, nor has a proxy on its "
            f"calendar: {told}. Import bars of that time, or name a market that has some in the file's betas"
        )

    def _told(self, venue: str, symbol: str) -> str:
        spans = []
        for series in self._series(venue, symbol):
            ts = self._bars(series).ts
            spans += [f"{series.timeframe} {iso(int(ts[0]))[:10]} to {iso(int(ts[-1]))[:10]}"] if ts.size else []
        return f"{venue} {symbol} ({self._calendar(venue).name}) has {', '.join(spans) or 'no bars in the lake'}"


def _covers(bars: Bars, calendar: Calendar, timeframe: str, window: Window) -> bool:
    """Whether there is a close shortly before the window, and bars in it from end to end but for FEW."""
    first, last = np.searchsorted(bars.ts, [window.begin, window.end]).tolist()
    if first == 0 or first == last or window.begin - int(bars.ts[first - 1]) > OLDEST_CLOSE:
        return False
    expected = expected_opens(calendar, timeframe, *_grid(window, calendar, timeframe))
    before, after = (expected < bars.ts[first]).sum(), (expected > bars.ts[last - 1]).sum()
    return bool(max(before, after) <= FEW and last - first >= LEAST_SHARE * expected.size)


def _grid(window: Window, calendar: Calendar, timeframe: str) -> tuple[int, int]:
    """First and last moment at which a bar of the window may open."""
    step = bar_micros(timeframe)
    begin = -(-window.begin // step) * step if calendar.name == "24/7" else window.begin
    return begin, window.end - 1


def _put_together(bars: Bars, calendar: Calendar, finer: str, timeframe: str, window: Window) -> Bars:
    """The window's stretch, and what volumes are compared to before it, in bars of `timeframe`."""
    begin = (window.begin - (USUAL_DAYS + 1) * DAY) // DAY * DAY
    part = bars.rows(slice(*np.searchsorted(bars.ts, [begin, window.end]).tolist()))
    first, last = int(part.ts[0]), int(part.ts[-1])
    sessions = None if calendar.name == "24/7" else session_spans(calendar, first, last)
    return resample(part, finer, timeframe, sessions, window.end).bars


def _candles(bars: Bars, window: Window) -> tuple[IntArray, Candles]:
    """Opens and candles of the bars that open in the window; volumes in what they were in the USUAL_DAYS before."""
    first, last = np.searchsorted(bars.ts, [window.begin, window.end]).tolist()
    inside = bars.rows(slice(first, last))
    return inside.ts, candles_of(inside, float(bars.close[first - 1]), usual_volume(bars, window.begin))


def _spread(ts: IntArray, candles: Candles, calendar: Calendar, coarse: str, fine: str) -> tuple[IntArray, Candles]:
    """Each candle over the `fine` bars that its market has in that time: a half day has fewer. One in whose time there
    is none is left out.
    """
    starts, ends = ts, bar_closes(calendar, coarse, ts)
    if calendar.name != "24/7" and bar_micros(coarse) >= DAY:
        first, last = int(ts[0]), int(ts[-1]) + DAY
        opens, dates = session_spans(calendar, first, last)[0], session_dates(calendar, first, last)
        starts = opens[np.minimum(np.searchsorted(dates, ts), opens.size - 1)]
    opens = expected_opens(calendar, fine, int(starts[0]), int(ends[-1]) - 1)
    owner = np.searchsorted(starts, opens, side="right") - 1
    inside = opens < ends[owner]
    opens, owner = opens[inside], owner[inside]
    counts = np.bincount(owner, minlength=ts.size)
    columns = np.empty((len(Candles.__slots__), opens.size))
    for parts in np.unique(counts[counts > 0]).tolist():
        spread = spread_over(_rows(candles, counts == parts), parts)
        columns[:, counts[owner] == parts] = [getattr(spread, name) for name in Candles.__slots__]
    # A volume is told in usual bars of its own size.
    columns[-1] *= counts[owner]
    return opens, Candles(*columns)


def _rows(candles: Candles, chosen: np.ndarray) -> Candles:
    return Candles(*(getattr(candles, name)[chosen] for name in Candles.__slots__))
