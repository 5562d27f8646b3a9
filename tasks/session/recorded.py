"""A recorded session as a panel: the lake's bars, and what came to the session from outside by its decisions."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data.journal import Decision, RiskEvent
from models.engine import Panel
from models.engine.panel import TAILS, empty_panel
from models.risk.routing import speakers
from models.types import Reason
from models.types.speakers import MODELS
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import book_inputs
from tasks.session.learning.speaking import Spoken, parents_said
from tasks.session.learning.versions import versions_in
from tasks.session.market import MarketView, market_view
from tasks.session.stops import act_on

NO_BAR = int(Reason.REFUSED_NO_BAR)
# What a person or the feeds may forbid beside what the bars themselves say.
OUTSIDE = tuple(
    int(one)
    for one in (
        Reason.REFUSED_STOPPED,
        Reason.REFUSED_UNGUARDED,
        Reason.REFUSED_DATA,
        Reason.REFUSED_FROZEN,
        Reason.REFUSED_EXTERNAL,
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """The panel of a recorded session.

    Attributes:
        panel: decided where the session decided.
        outside: how many of a symbol's bars were closed to trading, or not there yet, by what the lake does not know.
        views, edges: of the book's series, what it was made from.
    """

    panel: Panel
    outside: dict[str, int]
    views: tuple[MarketView, ...]
    edges: tuple[Edges, ...]


def recorded_panel(
    desk: Desk,
    book: Book,
    decisions: list[Decision],
    events: Mapping[int, list[RiskEvent]],
    after: int | None = None,
    known_by: int | None = None,
) -> Recorded:
    """The bars of the lake after the one that opened at `after` (None: from that of the first decision) to that of the
    last decision, with the `events` that each decision consumed, by its bar; those that were known at or before
    `known_by` (UTC microseconds), None for all of them.

    Bars on which the book did not decide are there and not decided. Each decided bar is read with the edge by all that
    the models had said that were routed then. A gate that the bars do not explain (stop flag, contradiction between
    feeds) is
    taken from the record; a bar that came after its decision is hidden as it was then.

    Raises:
        Damaged: stored data does not match its checksum.
    """
    first = decisions[0].bar if after is None else after + 1
    last = decisions[-1].bar
    views = [market_view(desk, series, known_by) for series in book.series]
    edges = [_recorded_edges(desk, view, decisions) for view in views]
    inputs = book_inputs(desk, book, views, edges)
    panel = inputs.panel(lambda one: (one.ts >= first) & (one.ts <= last))
    panel.decided[:] = np.isin(panel.ts, [one.bar for one in decisions])
    outside: Counter[str] = Counter()
    for decision in decisions:
        t = int(np.searchsorted(panel.ts, decision.bar))
        if t < panel.ts.size and panel.ts[t] == decision.bar:
            outside.update(_taken_over(panel, t, book, decision))
            act_on(panel, t, book.symbols, events.get(decision.bar, []))
    return Recorded(panel, dict(outside), tuple(views), tuple(edges))


def _taken_over(panel: Panel, t: int, book: Book, decision: Decision) -> list[str]:
    """Write what the record alone knows into a row of the panel; says what it was."""
    found = []
    for i, symbol in enumerate(book.symbols):
        gate = decision.inputs[symbol]["gate"]
        if gate == panel.gate[t, i]:
            continue
        if gate == NO_BAR:
            _hide(panel, t, i)
            panel.tails[t, i] = [decision.inputs[symbol][name] for name in TAILS]
        elif gate in OUTSIDE and panel.gate[t, i] == 0:
            panel.gate[t, i] = gate
        else:
            continue  # the lake has changed since: the comparison will show it
        found.append(Reason(int(gate)).name.lower())
    return found


def _hide(panel: Panel, t: int, row: int) -> None:
    nothing = empty_panel(panel.ts[t : t + 1], 1, panel.finer)
    for name in ("prices", "figures", "codes", "actions", "finer_rows"):
        getattr(panel, name)[t, row] = getattr(nothing, name)[0, 0]


def _recorded_edges(desk: Desk, view: MarketView, decisions: list[Decision]) -> Edges:
    """The edges of the decided bars, each by the model versions that were routed then and their whole records; nobody's
    where none was, and on all other bars.
    """
    ts, symbol = view.bars.ts, view.series.symbol
    found = Edges.none(ts.size)
    for text in {one.models[symbol] for one in decisions if symbol in one.models}:
        versions = versions_in(text)
        rows = np.isin(ts, [one.bar for one in decisions if one.models.get(symbol) == text])
        spoken = Spoken({}, parents_said(desk, view, versions), {})
        made = edges_of(desk, view, spoken, np.broadcast_to(speakers(versions), (ts.size, len(MODELS))))
        for name in Edges.__slots__:
            getattr(found, name)[rows] = getattr(made, name)[rows]
    return found
