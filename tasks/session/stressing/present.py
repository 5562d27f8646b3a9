"""What the book's series are now: the newest stretch of each, behind which a scenario's bars are put."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.actions.backward import scaled
from models.features import FeatureInputs
from models.types import BadInput, Bars, FloatArray, IntArray, Series
from models.types.timeframes import DAY
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.market import MarketView

# A trailing year, and before it what the longest window of a figure needs to be full; and so many bars that an average
# over 50 of them without an end has forgotten where it began, but for the sixth digit.
KEPT_DAYS, KEPT_BARS = 420, 600
# What volume is usual is told by so many days.
USUAL_DAYS = 30
LAST = -1


@dataclass(frozen=True, slots=True, eq=False)
class Asset:
    """One series up to now.

    Attributes:
        inputs: what features are made of, the newest stretch of it: splits and dividends taken out, at the level of the
            last close as traded; `leader` as of the view.
        level: adjusted price over that level, 1.0 for a series without actions.
        usual_volume: median of the last USUAL_DAYS, units as traded now; NaN where none is known.
    """

    series: Series
    asset_class: str
    inputs: FeatureInputs
    level: float
    usual_volume: float

    @property
    def bars(self) -> Bars:
        """The newest stretch."""
        return self.inputs.bars

    @property
    def close(self) -> float:
        """The last close as traded."""
        return float(self.bars.close[LAST])


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A venue's volatility index: `close` (n,) as known at `known_at` (n,), UTC microseconds."""

    known_at: IntArray
    close: FloatArray


def present_of(desk: Desk, book: Book, views: Sequence[MarketView]) -> tuple[Asset, ...]:
    """The columns of the book, and behind them the leader of its venue where it is none of them.

    Raises:
        BadInput: a series has no bar that had closed by then.
    """
    empty = [str(view.series) for view in views if not len(view.bars)]
    if empty:
        raise BadInput(f"no bar of {', '.join(empty)} had closed by then; ingest or import some first")
    since = max(int(view.bars.ts[LAST]) for view in views) - KEPT_DAYS * DAY
    # The hidden Markov model learns at bar numbers counted from a series' origin.
    since = since if book.regimes.detector == "rules" else 0
    assets = [_asset(desk, view.series, view.inputs, view.bars, since) for view in views]
    leading = [view for view in views if view.inputs.leader is not None and len(view.inputs.leader.bars)]
    for view in leading:
        leader = view.inputs.leader
        if leader is not None and leader.symbol not in {one.series.symbol for one in assets}:
            series = replace(view.series, symbol=leader.symbol)
            unknown = np.full(len(leader.bars), np.nan)
            inputs = replace(view.inputs, bars=leader.bars, known_index=unknown, leader=None)
            assets.append(_asset(desk, series, inputs, leader.bars, since))
    return tuple(assets)


def index_of(desk: Desk, series: Series) -> Index | None:
    """The volatility index of the series' venue as far as it is known by the desk's clock; None without one."""
    symbol = desk.venue(series.venue).index
    index = None if symbol is None else Series(series.venue, symbol, "1d")
    if index is None or index not in desk.lake.series():
        return None
    values = desk.bars.columns(index)
    known = values.rows(values.known_at <= desk.clock.now())
    return Index(known.known_at, known.bars.close)


def usual_volume(bars: Bars, before: int) -> float:
    """Median of the bars' volumes in the USUAL_DAYS before a moment (UTC microseconds); NaN without a positive one."""
    rows = slice(*np.searchsorted(bars.ts, [before - USUAL_DAYS * DAY, before]).tolist())
    volume = bars.volume[rows]
    known = volume[np.isfinite(volume)]
    usual = float(np.median(known)) if known.size else 0.0
    return usual if usual > 0.0 else float("nan")


def _asset(desk: Desk, series: Series, inputs: FeatureInputs, traded: Bars, since: int) -> Asset:
    first = min(int(np.searchsorted(traded.ts, since)), len(traded) - KEPT_BARS)
    kept = slice(max(first, 0), len(traded))
    adjusted, traded = inputs.bars.rows(kept), traded.rows(kept)
    level = float(adjusted.close[LAST] / traded.close[LAST])
    bars = adjusted
    if level != 1.0:
        bars = scaled(adjusted, np.full(len(traded), 1.0 / level), np.full(len(traded), _units(adjusted, traded)))
    stretch = replace(inputs, bars=_ending_at(bars, float(traded.close[LAST])), known_index=inputs.known_index[kept])
    usual = usual_volume(bars, int(bars.ts[LAST]) + 1)
    return Asset(series, desk.venue(series.venue).asset_class, stretch, level, usual)


def _units(adjusted: Bars, traded: Bars) -> float:
    """Units as traded now for one of the origin."""
    rows = np.flatnonzero(adjusted.volume > 0.0)
    return float(traded.volume[rows[LAST]] / adjusted.volume[rows[LAST]]) if rows.size else 1.0


def _ending_at(bars: Bars, close: float) -> Bars:
    """The last close to the bit, which a quotient may have missed."""
    if float(bars.close[LAST]) == close:
        return bars
    closes = bars.close.copy()
    closes[LAST] = close
    return replace(bars, close=closes)
