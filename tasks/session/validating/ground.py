"""What all profiles are validated on: views, models and predictions are made once, only the limits differ."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.engine import Panel
from models.portfolio import Metrics
from models.types import BadInput, BoolArray, IntArray, bars_per_day, bars_per_year, iso
from tasks.ports import Tracker
from tasks.session.backtesting.measuring import holding
from tasks.session.backtesting.running import Market, market_of, told_of
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import BookInputs, book_inputs
from tasks.session.learning.speaking import Spoken


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Attributes:
    edges, told: of each view: what was said in advance, and by the final model that had seen the bars.
    begin, end: opens of the first and the last bar, UTC microseconds.
    hold: of holding the traded symbols in equal parts over the same bars.
    per_day, per_year: bars of a trading day and year.
    days_per_year: trading days.
    """

    market: Market
    edges: tuple[Edges, ...]
    told: tuple[Edges, ...]
    begin: int
    end: int
    hold: Metrics
    per_day: int
    per_year: float
    days_per_year: int

    def holds(self, ts: IntArray) -> BoolArray:
        """Which of the bars `ts` (n,) are in the window."""
        inside: BoolArray = (ts >= self.begin) & (ts <= self.end)
        return inside

    def panel(self, inputs: BookInputs) -> Panel:
        """The window's rows."""
        return inputs.panel(lambda one: self.holds(one.ts))


@dataclass(frozen=True, slots=True, eq=False)
class Contender:
    """A profile's book and what it reads: `honest` has the edges that were said in advance, `told` those of the final
    model. `limit` is the largest drawdown that it allows.
    """

    profile: str
    limit: float
    book: Book
    honest: BookInputs
    told: BookInputs


def profiles_of(desk: Desk, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The wanted risk profiles, each once; all that are configured where none is named.

    Raises:
        BadInput: one is not configured.
    """
    known = tuple(desk.loaded.settings.risk.profiles)
    for name in wanted:
        if name not in known:
            raise BadInput(f"risk profile {name!r} is not known; it is one of {', '.join(known)}")
    return tuple(dict.fromkeys(wanted)) or known


def with_profile(desk: Desk, profile: str) -> Desk:
    """The desk with another trading.profile; what it remembers of regimes and tails is shared."""
    settings = desk.loaded.settings
    trading = settings.trading.model_copy(update={"profile": profile})
    return replace(desk, loaded=replace(desk.loaded, settings=settings.model_copy(update={"trading": trading})))


def ground_of(
    desk: Desk, tracker: Tracker, start: int | None, end: int | None, report: Callable[[str], None]
) -> Ground:
    """The configured book's market from `start` to `end` (UTC microseconds, both included). Nothing is out-of-sample
    before the first prediction: a window begins there at the earliest.

    Raises:
        BadInput: as `backtest`, or the window ends before the first prediction.
    """
    if start is not None and end is not None and end < start:
        raise BadInput(f"the window ends ({iso(end)}) before it begins ({iso(start)}); exchange --start and --end")
    book = configured_book(desk, timed=True)
    market = market_of(desk, book, tracker, report)
    ts = _window(market, start, end, report)
    series, calendar = book.series[0], desk.calendar(book.series[0])
    per_year = bars_per_year(calendar, series.timeframe)
    return Ground(
        market=market,
        edges=_edges(desk, market, market.said),
        told=_edges(desk, market, told_of(desk, market)),
        begin=int(ts[0]),
        end=int(ts[-1]),
        hold=holding(book, market.views[: book.traded], ts, per_year).metrics,
        per_day=bars_per_day(calendar, series.timeframe),
        per_year=per_year,
        days_per_year=calendar.days_per_year,
    )


def contender(desk: Desk, ground: Ground, profile: str) -> Contender:
    """The configured book under a profile; its value at risk is as sure as the profile wants it."""
    own = with_profile(desk, profile)
    book = configured_book(own, timed=True)
    honest = book_inputs(own, book, ground.market.views, ground.edges, ground.market.regimes)
    pairs = zip(honest.symbols, ground.told, strict=True)
    symbols = tuple(replace(one, edge=edges.edge_bps, trust=edges.trust) for one, edges in pairs)
    told = replace(honest, symbols=symbols)
    return Contender(profile, book.parameters.house.max_drawdown, book, honest, told)


def _window(market: Market, start: int | None, end: int | None, report: Callable[[str], None]) -> IntArray:
    """Opens of the bars, UTC microseconds, two at least."""
    first = market.first_prediction
    if end is not None and end < first:
        raise BadInput(
            f"the window ends ({iso(end)}) before the first prediction that had not seen its bar ({iso(first)}), so "
            "nothing in it is out-of-sample; give a later --end"
        )
    if start is not None and start < first:
        report(f"there is no prediction before {iso(first)}: the window begins there")
    begin = first if start is None else max(start, first)
    ts = np.unique(np.concatenate([view.bars.ts for view in market.views]))
    inside: IntArray = ts[(ts >= begin) & (True if end is None else ts <= end)]
    if inside.size < 2:
        until = "the end" if end is None else iso(end)
        raise BadInput(f"there are fewer than two bars between {iso(begin)} and {until}; give a longer window")
    return inside


def _edges(desk: Desk, market: Market, said: tuple[Spoken, ...]) -> tuple[Edges, ...]:
    """Of each view; about a haven nobody speaks."""
    traded = market.book.traded
    spoken = [edges_of(desk, view, one) for view, one in zip(market.views[:traded], said, strict=True)]
    silent = [Edges.none(len(view.bars)) for view in market.views[traded:]]
    return tuple(spoken + silent)
