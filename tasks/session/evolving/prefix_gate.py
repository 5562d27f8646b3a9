"""Whether anything that a search reads of a bar knows of later bars: the figure of the gate `prefix_invariance`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.engine import Panel
from models.features import compute_declared
from models.regime import regime_history
from models.types import BadInput, Bars, FloatArray, IntArray, Series, iso
from tasks.session.book import Book
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.inputs import BookInputs, book_inputs
from tasks.session.learning.speaking import Manner, spoken_of
from tasks.session.market import MarketView, declaration_of, inputs_from
from tasks.session.routing import models_for

# Bars before a cut that are held against the whole series: what looks ahead does so there first.
ROWS = 50
# Of the panel; finer bars are high and low within a bar and nothing is made of them.
COLUMNS = ("prices", "figures", "codes", "actions", "tails")


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What is read of a book's bars: by the step, and by the models that spoke."""

    views: tuple[MarketView, ...]
    inputs: BookInputs

    def rows(self, first: int, last: int) -> Iterator[FloatArray | IntArray]:
        """Of the bars that opened from `first` to `last`, UTC microseconds: every array of them."""
        panel = self.inputs.panel(lambda one: (one.ts >= first) & (one.ts <= last))
        yield panel.ts
        yield from _columns(panel)
        for view in self.views:
            yield view.features.matrix[(view.bars.ts >= first) & (view.bars.ts <= last)]


def differences(desk: Desk, book: Book, begin: int, end: int, generator: np.random.Generator, cuts: int) -> int:
    """How many values of the last ROWS bars change, in any bit, when all later bars of the book are taken away: of so
    many random bars after which they are, from the one that opened at `begin` to before the one at `end` (UTC
    microseconds). NaN equals NaN. The whole series ends with `end`: nothing of what is held back is read.

    Held against each other are all that the step reads of a bar (prices, gates, splits and dividends, features, range,
    regime, value at risk, correlations, the blended edge) and the features that models see. What models said is
    compared as it was stored, bar by bar when it was first known: no model is trained again on fewer bars.

    Raises:
        BadInput: the lake lacks one of the series, or there are too few bars to cut.
        Damaged: stored data does not match its checksum.
    """
    bars = [desk.bars.read(one, end, desk.clock.now()) for one in book.series]
    ts = np.unique(np.concatenate([one.ts for one in bars]))
    first = max(int(np.searchsorted(ts, begin)), ROWS - 1)
    if first >= ts.size - 1:
        raise BadInput(
            f"{book.name} has {ts.size} bars until {iso(end)}, too few to be cut after {iso(begin)} with {ROWS} before "
            "the cut; import or ingest more"
        )
    whole = _read(desk, book, bars)
    last = generator.choice(np.arange(first, ts.size - 1), min(cuts, ts.size - 1 - first), replace=False)
    return sum(_changed(desk, book, whole, bars, ts[one + 1 - ROWS : one + 1]) for one in last.tolist())


def _changed(desk: Desk, book: Book, whole: _Read, bars: Sequence[Bars], ts: IntArray) -> int:
    """Values of the bars `ts` that are others when nothing is known after the last of them."""
    first, last = int(ts[0]), int(ts[-1])
    part = _read(desk, book, [one.until(last) for one in bars])
    pairs = zip(whole.rows(first, last), part.rows(first, last), strict=True)
    return sum(_differing(one, other) for one, other in pairs)


def _differing(one: FloatArray | IntArray, other: FloatArray | IntArray) -> int:
    """Values that differ in a bit, all of them where not even the shapes are the same."""
    if one.shape != other.shape:
        return max(one.size, other.size)
    left, right = (np.ascontiguousarray(each).view(np.int64) for each in (one, other))
    unknown = np.isnan(one) & np.isnan(other)
    return int(((left != right) & ~unknown).sum())


def _columns(panel: Panel) -> Iterator[FloatArray | IntArray]:
    for name in COLUMNS:
        yield getattr(panel, name)
    yield panel.links[panel.link_rows]


def _read(desk: Desk, book: Book, bars: Sequence[Bars]) -> _Read:
    """Everything anew from these bars; regimes too, whatever the desk remembers of them."""
    views = tuple(_view(desk, *one) for one in zip(book.series, bars, strict=True))
    edges = [_edge(desk, book, view) for view in views]
    regimes = [regime_history(view.inputs, book.regimes) for view in views[: book.traded]]
    return _Read(views, book_inputs(desk, book, views, edges, regimes))


def _view(desk: Desk, series: Series, bars: Bars) -> MarketView:
    inputs, source = inputs_from(desk, series, bars, desk.clock.now())
    return MarketView(series, bars, inputs, compute_declared(declaration_of(desk, series), inputs), source, None)


def _edge(desk: Desk, book: Book, view: MarketView) -> Edges:
    if view.series not in book.models:
        return Edges.none(len(view.bars))
    return edges_of(desk, view, spoken_of(desk, view, models_for(desk, view.series), Manner.READ))
