"""A window of the journal as tapes: one for each stretch of one configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from data.journal import BookedFill, Decision, Journal, RiskEvent, RiskLog, SessionLog
from models.engine import Panel, State
from models.engine.state import ORDERED
from models.gap import Done, Moment, Tape
from models.types import BoolArray, Intent, Leg, Reason, bar_micros
from tasks.session.book import Book, configured_book
from tasks.session.carried import state_of
from tasks.session.desk import Desk
from tasks.session.gapping.then import NO_BAR, Panels, both_panels, with_rows
from tasks.session.gapping.window import Window
from tasks.session.gapping.words import window_edges
from tasks.session.inputs import book_inputs
from tasks.session.market import market_view
from tasks.session.stretches import configuration_of
from tasks.session.taken_back import TakenBack, taken_back

WAITS = frozenset({int(Reason.REFUSED_FROZEN)})


@dataclass(frozen=True, slots=True, eq=False)
class Taped:
    """A window as the splitter reads it.

    Attributes:
        tapes: in the order of their bars; `books` those of their configurations.
        start: recorded before the first bar.
        other_settings: configuration versions that could not be built again: the present one was in their place.
    """

    tapes: tuple[Tape, ...]
    books: tuple[Book, ...]
    start: State
    other_settings: tuple[str, ...]


def taped(desk: Desk, journal: Journal, window: Window, name: str) -> Taped:
    """The window of the book of that name.

    Raises:
        Damaged: stored data or a configuration does not match its checksum.
        Refused: a decision was made for other systems.
    """
    trees, events = journal.config_trees(), RiskLog(journal.engine).consumed_events(name)
    fills, absent = journal.fills_of(name), SessionLog(journal.engine).absent(name)
    tapes, books, unknown = [], [], []
    after = None if window.before is None else window.before.bar
    lead = [] if window.before is None else [window.before]
    back = taken_back(journal, [*lead, *window.decisions])
    for version, some in groupby(window.decisions, key=lambda one: one.config_version):
        stretch = list(some)
        then = configuration_of(desk.loaded, version, trees[version])
        if then is None:
            unknown.append(version)
        own = desk if then is None else replace(desk, loaded=then)
        book = configured_book(own)
        tapes.append(_tape(own, book, stretch, events, fills, back, absent, after))
        books.append(book)
        after = stretch[-1].bar
    first = window.decisions[0]
    start = state_of(books[0], replace(first, state_after=first.state_before))
    return Taped(tuple(tapes), tuple(books), start, tuple(sorted(set(unknown))))


def _tape(
    desk: Desk,
    book: Book,
    decisions: list[Decision],
    events: Mapping[int, list[RiskEvent]],
    fills: list[BookedFill],
    back: list[TakenBack],
    absent: frozenset[int],
    after: int | None,
) -> Tape:
    first, last = decisions[0].bar if after is None else after + 1, decisions[-1].bar
    mine = [one for one in fills if first <= one.fill.ts <= last]
    lake = _lake_panel(desk, book, decisions, first, last)
    panels = both_panels(
        with_rows(lake, [*(one.bar for one in decisions), *(one.fill.ts for one in mine)]),
        book.symbols,
        decisions,
        events,
    )
    done = _done(book, panels, mine)
    _take_back(book, panels, [one for one in back if first <= one.bar <= last], done)
    held_up = _held_up(desk, book, panels.now, absent)
    idle = ~panels.now.decided
    moments = {int(np.searchsorted(panels.now.ts, one.bar)): _moment(book, one) for one in decisions}
    return Tape(
        parameters=book.parameters,
        now=panels.now,
        then=panels.then,
        skipped=idle & ~held_up,
        held_up=idle & held_up,
        waits=WAITS,
        done=done,
        moments=moments,
    )


def _lake_panel(desk: Desk, book: Book, decisions: list[Decision], first: int, last: int) -> Panel:
    views = [market_view(desk, series) for series in book.series]
    edges = [window_edges(desk, view, decisions, first) for view in views]
    return book_inputs(desk, book, views, edges).panel(lambda one: (one.ts >= first) & (one.ts <= last))


def _done(book: Book, panels: Panels, fills: list[BookedFill]) -> dict[int, list[Done]]:
    """Fills by row; what was filled in a bar that the decision did not have is priced by the bar as it is now."""
    numbers = {row: number for number, row in enumerate(book.rows)}
    done: dict[int, list[Done]] = {}
    for one in fills:
        fill = one.fill
        row = numbers.get((fill.system, fill.symbol))
        if row is None:
            continue
        t, column = int(np.searchsorted(panels.now.ts, fill.ts)), book.symbols.index(fill.symbol)
        done.setdefault(t, []).append(Done(row, fill.leg, fill.quantity, fill.price, fill.fee, fill.slip))
        if panels.then.gate[t, column] == NO_BAR:
            panels.then.prices[t, column] = panels.now.prices[t, column]
            panels.then.finer_rows[t, column] = panels.now.finer_rows[t, column]
    return done


def _take_back(book: Book, panels: Panels, back: list[TakenBack], done: dict[int, list[Done]]) -> None:
    """Orders that were over before the bars could fill them, by the first bar that could have."""
    numbers = {row: number for number, row in enumerate(book.rows)}
    for one in back:
        t = int(np.searchsorted(panels.now.ts, one.after, side="right"))
        if (one.system, one.symbol) in numbers:
            done.setdefault(t, []).append(Done(numbers[one.system, one.symbol], Leg.EXPIRED, 0.0, 0.0, 0.0))


def _moment(book: Book, decision: Decision) -> Moment:
    """The recorded state, with what was really ordered in it."""
    state, rows = state_of(book, decision), book.rows
    wanted: dict[int, Intent] = {rows.index((one.system, one.symbol)): one for one in decision.intents}
    for row, intent in wanted.items():
        state.book[row, ORDERED] = intent.quantity
    return Moment(state, frozenset(wanted))


def _held_up(desk: Desk, book: Book, panel: Panel, absent: frozenset[int]) -> BoolArray:
    """Bars that did not come while a session asked for them, and those of which no symbol's was known before the next
    one had closed: whoever came could not have decided.
    """
    known = np.zeros(panel.ts.size, np.bool_)
    for series in book.series:
        columns = desk.bars.columns(series)
        in_time = columns.known_at <= desk.closes(series, columns.bars.ts) + bar_micros(series.timeframe)
        known |= np.isin(panel.ts, columns.bars.ts[in_time])
    late: BoolArray = ~known | np.isin(panel.ts, list(absent))
    return late
