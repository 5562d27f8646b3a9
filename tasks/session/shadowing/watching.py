"""What books are led through in the shadow: the bars that had closed, and what the models said about them."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from models.engine import Run, first_state, run_backtest
from models.types import Damaged
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import BookInputs, book_inputs
from tasks.session.learning.speaking import Manner, spoken_of
from tasks.session.learning.versions import versions_text
from tasks.session.market import MarketView, market_view
from tasks.session.routing import models_for


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One of the book's series up to now: its bars, their edges, and the versions of the models that spoke, empty where
    none did.
    """

    view: MarketView
    edge: Edges
    model: str


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A book's series by the desk's clock. Books that see a market alike share what is made of it."""

    desk: Desk
    watched: tuple[Watched, ...]
    made: dict[object, BookInputs] = field(default_factory=dict)

    @property
    def models(self) -> dict[str, str]:
        """Version of the model behind each symbol's edges."""
        return {one.view.series.symbol: one.model for one in self.watched if one.model}

    def newest(self) -> int | None:
        """Open of the newest bar, UTC microseconds."""
        return max((int(one.view.bars.ts[-1]) for one in self.watched if one.view.bars.ts.size), default=None)

    def first_after(self, moment: int) -> int | None:
        """Open of the first bar that closed after `moment`; UTC microseconds."""
        found = []
        for one in self.watched:
            series, ts = one.view.series, one.view.bars.ts
            later = ts[max(int(np.searchsorted(ts, moment)) - 1, 0) :]
            found += later[self.desk.closes(series, later) > moment][:1].tolist()
        return min(found, default=None)

    def led_by(self, book: Book, first: int) -> Run:
        """The book from its capital in cash, over every bar from the one that opened at `first` on, as on paper: what
        stops it stays until a person ends it, and nobody does.
        """
        panel = self._inputs(book).panel(lambda one: one.ts >= first)
        return run_backtest(panel, book.parameters, first_state(book.parameters.systems))

    def _inputs(self, book: Book) -> BookInputs:
        """Genomes change two things about how a market looks: the range's period, and from where on it is a crisis."""
        key = book.period, book.regimes
        if key not in self.made:
            views, edges = [one.view for one in self.watched], [one.edge for one in self.watched]
            self.made[key] = book_inputs(self.desk, book, views, edges)
        return self.made[key]


def scene_of(desk: Desk, book: Book, report: Callable[[str], None]) -> Scene:
    """The series of the book as they are known by the desk's clock. What a model said is what was stored when it was
    said; one that is damaged or missing says nothing, as on paper, and `report` hears of it.

    Raises:
        Damaged: stored bars or predictions do not match their checksums.
    """
    views = [market_view(desk, one, known_by=desk.clock.now()) for one in book.series]
    return Scene(desk, tuple(_watched(desk, book, view, report) for view in views))


def _watched(desk: Desk, book: Book, view: MarketView, report: Callable[[str], None]) -> Watched:
    silent = Watched(view, Edges.none(len(view.bars)), "")
    if view.series not in book.models:
        return silent
    try:
        spoken = spoken_of(desk, view, models_for(desk, view.series), Manner.COMPLETE)
    except Damaged as error:
        report(f"{view.series}: nobody speaks: {error}")
        return silent
    for text in spoken.troubles.values():
        report(f"{view.series}: {text}")
    if not spoken.cards:
        report(f"{view.series}: nobody speaks: there is no model of this configuration; run keel train")
        return silent
    return Watched(view, edges_of(desk, view, spoken), versions_text(spoken.cards, tuple(spoken.cards)))
