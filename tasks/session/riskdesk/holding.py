"""What the book holds between two decisions, and the newest prices that the lake has of it."""

import math
from dataclasses import dataclass

import numpy as np

from data.journal import Journal, OrderLog, RiskEvent, RiskLog
from models.engine import State, run_backtest
from models.engine.parameters import COLUMN
from models.types import TIMEFRAMES, BadInput, Bars, FloatArray, IntArray, Series, Stage
from tasks.session.book import Book, configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.edges import Edges
from tasks.session.inputs import book_inputs
from tasks.session.market import MarketView, market_view
from tasks.session.ordering.happened import happened
from tasks.session.ordering.rows import rows_of
from tasks.session.settlement import bars_since
from tasks.session.tails import PreparedRisk, daily_closes, prepare_risk, tail_plan

NEWEST = -1
# Of a finer series only so many bars are looked at for one that had closed.
RECENT = 10


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A book after the newest bars that had closed, its orders settled on them; nothing of that is recorded.

    Attributes:
        bar: open of the bar of its last decision, None before the first.
        state: of the book after these bars.
        tails: shape (n_columns, 3), as in Panel, of the newest bar; links: shape (n_columns, n_columns).
        prepared: scenarios of the next day; None where too few days are known, and `why_not` says so.
        waiting: what came from outside since that decision.
    """

    book: Book
    bar: int | None
    state: State
    tails: FloatArray
    links: FloatArray
    prepared: PreparedRisk | None
    why_not: str
    waiting: tuple[RiskEvent, ...]

    @property
    def columns(self) -> IntArray:
        """Column of the panel by row of the book, shape (n_rows,)."""
        columns: IntArray = self.book.parameters.slots[:, COLUMN]
        return columns


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Newest prices by column of the book, shape (n_columns,), and when each was known, UTC microseconds; NaN and 0
    where there is none.
    """

    close: FloatArray
    known_at: IntArray


def hold(desk: Desk, journal: Journal) -> Held:
    """The configured book as of the desk's clock.

    Raises:
        BadInput: the lake lacks a series of the book, or has no bar that had closed by then.
        Refused: see `state_of`.
        Damaged: stored data does not match its checksum.
    """
    book, now = configured_book(desk), desk.clock.now()
    views = [market_view(desk, one, known_by=now) for one in book.series]
    if not any(len(view.bars) for view in views):
        raise BadInput(f"no bar of {', '.join(book.symbols)} had closed by then; ingest or import some first")
    inputs = book_inputs(desk, book, views, [Edges.none(len(view.bars)) for view in views])
    newest = inputs.panel(lambda one: np.arange(one.ts.size) == one.ts.size - 1)
    last = journal.last_decision(book.name)
    prepared, why_not = _prepared(desk, views)
    before, panel = state_of(book, last), bars_since(last, inputs)
    simulates = not Stage(desk.loaded.settings.stage).is_money
    came = happened(journal, OrderLog(journal.engine), rows_of(book, before), last, panel.ts, simulates)
    run = run_backtest(panel, book.parameters, before, came.fills, came.simulates)
    return Held(
        book=book,
        bar=None if last is None else last.bar,
        state=run.state,
        tails=newest.tails[NEWEST],
        links=newest.links[newest.link_rows[NEWEST]],
        prepared=prepared,
        why_not=why_not,
        waiting=tuple(RiskLog(journal.engine).waiting_events(book.name)),
    )


def newest_prices(desk: Desk, book: Book) -> Prices:
    """The newest sound closes that were known by the desk's clock, of whatever timeframe knows them first.

    Raises:
        Damaged: stored bars do not match their checksums.
    """
    present = frozenset(desk.lake.series())
    known = [_newest_price(desk, one, present) for one in book.series]
    return Prices(np.array([price for price, _ in known]), np.array([moment for _, moment in known], np.int64))


def _newest_price(desk: Desk, series: Series, present: frozenset[Series]) -> tuple[float, int]:
    """(price, when it was known), (NaN, 0) without one; of two known at once the finer bar's."""
    now = desk.clock.now()
    found = (math.nan, 0)
    for timeframe in TIMEFRAMES:
        one = Series(series.venue, series.symbol, timeframe)
        if one in present:
            bars = _recent(desk, one, now)
            if len(bars):
                known_at = int(desk.closes(one, bars.ts[NEWEST:])[0])
                if known_at > found[1]:
                    found = float(bars.close[NEWEST]), known_at
    return found


def _recent(desk: Desk, series: Series, now: int) -> Bars:
    """The last bars that had closed by `now`."""
    bars = desk.bars.tail(series, RECENT)
    closed = bars.rows(desk.closes(series, bars.ts) <= now)
    return closed if len(closed) else desk.bars.read(series, known_by=now)


def _prepared(desk: Desk, views: list[MarketView]) -> tuple[PreparedRisk | None, str]:
    """The scenarios of all symbols, or why there are none: what a person reads may lack them, a stop may not wait."""
    days = {view.series.symbol: daily_closes(view.inputs) for view in views if len(view.bars)}
    try:
        return prepare_risk(days, tail_plan(desk.loaded).settings, desk.tails.fit), ""
    except BadInput as error:
        return None, str(error)
