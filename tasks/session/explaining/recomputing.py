"""Decisions made again, each from the state before it, by the fold that made it: the bars and corporate actions that
were known then, the words of the models' versions that spoke, the configuration in force, and what came from outside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from data.journal import Decision, Journal, RiskLog
from data.journal.settling import settled_trades, usual_broker
from models.engine import GivenFill, Panel, run_backtest
from models.engine.state import ORDERED
from models.types import Damaged, Fill, KeelError, Leg, Series
from tasks.session.book import Book, configured_book
from tasks.session.carried import state_of
from tasks.session.deciding import decision_of
from tasks.session.desk import Desk
from tasks.session.explaining.knowing import alike, knowing
from tasks.session.explaining.reading import UNREADABLE, Read
from tasks.session.made_from import Origins, made_from
from tasks.session.ordering.booking import given_fills
from tasks.session.ordering.rows import rows_of
from tasks.session.recorded import Recorded, recorded_panel
from tasks.session.remembered import remembering
from tasks.session.stretches import configuration_of
from tasks.session.taken_back import PAPER, TakenBack, taken_back

END = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Again:
    """A decision that was made again.

    Attributes:
        fills: of the bars that it settled.
        regimes: regime code of each of the book's series at its bar.
        origins: see `made_from`, of what is there now and was known then; without models.
        book: as it was configured.
        desk: with the bars known then.
    """

    decision: Decision
    fills: tuple[Fill, ...]
    regimes: tuple[int, ...]
    origins: Origins
    book: Book
    desk: Desk


Made = dict[str, Again | str]


@dataclass(slots=True)
class Recomputer:
    """Of one home: what it has read of the lake serves all decisions that are made again. Nothing is written."""

    desk: Desk
    journal: Journal
    trees: dict[str, str] = field(init=False)
    brokers: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk, self.trees = remembering(self.desk), self.journal.config_trees()

    def again(self, before: Decision | None, some: Sequence[Read]) -> Made:
        """Each of them by its id, or why it cannot be made again; neighbours in the order of their bars, `before` the
        one before the first.

        Raises:
            Damaged: stored data does not match its checksum.
        """
        made: Made = {}
        lead = before
        for version, stretch in groupby(some, key=lambda one: one.decision.config_version):
            reads = list(stretch)
            made |= self._stretch(version, lead, reads)
            lead = reads[-1].decision
        return made

    def _stretch(self, version: str, before: Decision | None, some: list[Read]) -> Made:
        try:
            if version not in self.trees:
                raise Damaged(f"the journal has no configuration {version[:12]}")
            loaded = configuration_of(self.desk.loaded, version, self.trees[version])
        except (Damaged, *UNREADABLE) as error:
            return {one.decision.id: str(error) for one in some}
        if loaded is None:
            why = (
                f"its configuration {version[:12]} cannot be built by this Keel: settings or genomes of that time are "
                "no longer there"
            )
            return {one.decision.id: why for one in some}
        desk = replace(self.desk, loaded=loaded)
        try:
            book = configured_book(desk)
            groups = list(alike(desk, [one.decision for one in some], (*book.series, *_beside(desk, book))))
        except KeelError as error:
            return {one.decision.id: str(error) for one in some}
        reads = {one.decision.id: one for one in some}
        lead, made = before, Made()
        for group in groups:
            made |= self._group(desk, book, lead, [reads[one.id] for one in group])
            lead = group[-1]
        return made

    def _group(self, desk: Desk, book: Book, before: Decision | None, some: list[Read]) -> Made:
        """Those for which one look at the lake is enough; one that cannot be made again keeps no other from it."""
        made = [one.decision for one in some]
        try:
            return self._looked(desk, book, before, some)
        except (KeelError, *UNREADABLE) as error:
            if len(some) == 1:
                return {made[0].id: f"{error}"}
            half = len(some) // 2
            return self._group(desk, book, before, some[:half]) | self._group(desk, book, made[half - 1], some[half:])

    def _looked(self, desk: Desk, book: Book, before: Decision | None, some: list[Read]) -> Made:
        decisions = [one.decision for one in some]
        then = knowing(desk, max(one.decided_at for one in decisions))
        after = None if before is None else before.bar
        events = RiskLog(self.journal.engine).consumed_events(decisions[0].book)
        recorded = recorded_panel(then, book, decisions, events, after, max(one.decided_at for one in decisions))
        back = self._taken_back(before, decisions)
        made: Made = {}
        for one in some:
            start = one.decision.bar if before is None else before.bar + 1
            panel = _rows(recorded.panel, start, one.decision.bar)
            if not panel.ts.size or panel.ts[-1] != one.decision.bar:
                made[one.decision.id] = "its bar is no longer in the lake: retention or a repair has dropped it"
            else:
                given, simulates = self._given(book, one, before, panel, back)
                made[one.decision.id] = _made(then, book, before, one, recorded, panel, given, simulates)
            before = one.decision
        return made

    def _taken_back(self, before: Decision | None, decisions: list[Decision]) -> list[TakenBack]:
        """Orders that were over before the bars could fill them: looked for from the decision on that placed them."""
        if before is None:
            return taken_back(self.journal, decisions)
        if not any(row[ORDERED] for rows in before.state_after.positions.values() for row in rows.values()):
            return taken_back(self.journal, [before, *decisions])
        placed = [self._placed(before, system, symbol) for system, symbol in waiting_rows(before)]
        first = min([before.bar, *(one for one in placed if one is not None)])
        older = [one for one in self.journal.decisions_of(before.book, first - 1) if one.bar < decisions[0].bar]
        return taken_back(self.journal, [*older, *decisions])

    def _placed(self, before: Decision, system: str, symbol: str) -> int | None:
        """The bar of the newest order of the row at or before that decision."""
        newest = self.journal.newest_order(before.book, system, symbol)
        return None if newest is None else min(newest.intent.bar, before.bar)

    def _broker(self, book: str) -> str | None:
        """As usual_broker: of many decisions every order of the book is counted once."""
        if book not in self.brokers:
            self.brokers[book] = usual_broker(self.journal.engine, book)
        return self.brokers[book]

    def _given(
        self, book: Book, read: Read, before: Decision | None, panel: Panel, back: list[TakenBack]
    ) -> tuple[tuple[GivenFill, ...], bool]:
        numbers = {row: number for number, row in enumerate(book.rows)}
        decision = read.decision
        if self._broker(decision.book) in (None, PAPER):
            ends = (one for one in back if one.bar == decision.bar and (one.system, one.symbol) in numbers)
            return tuple(GivenFill(0, numbers[one.system, one.symbol], Leg.EXPIRED, *END) for one in ends), True
        if before is None:
            return (), False
        trades = settled_trades(self.journal.engine, decision.id)
        found: list[GivenFill] = []
        for row in rows_of(book, state_of(book, before)):
            mine = [
                (trade, order) for trade, order in trades if (order.system, order.symbol) == (row.system, row.symbol)
            ]
            done = given_fills(row, mine, panel.ts)
            opened = any(one.leg in (Leg.ENTRY, Leg.ADD) for one in done)
            waited = row.ordered != 0.0 and row.ordered * row.held >= 0.0
            if waited and not opened and _is_over(decision, row.system, row.symbol):
                found.append(GivenFill(0, row.number, Leg.EXPIRED, *END))
            found += done
        left = [one.fill for one in read.fills if one.fill.leg is Leg.EXTERNAL]
        found += [
            GivenFill(0, numbers[one.system, one.symbol], Leg.EXTERNAL, one.quantity, one.price, one.fee, one.slip)
            for one in left
        ]
        return tuple(found), False


def _made(
    desk: Desk,
    book: Book,
    before: Decision | None,
    read: Read,
    recorded: Recorded,
    panel: Panel,
    given: tuple[GivenFill, ...],
    simulates: bool,
) -> Again:
    one = read.decision
    start = state_of(book, _state_before(before, read))
    run = run_backtest(panel, book.parameters, start, given, simulates)
    pairs = zip(recorded.views, recorded.edges, strict=True)
    behind = {view.series.symbol: edges.behind(view.bars.ts, one.bar) for view, edges in pairs}
    t = int(np.searchsorted(recorded.panel.ts, one.bar))
    views = [replace(view, bars=view.bars.until(one.bar)) for view in recorded.views]
    return Again(
        decision=decision_of(desk.at(one.decided_at), book, run, start, one.models, behind),
        fills=tuple(run.executions()),
        regimes=tuple(recorded.panel.regime[t].tolist()),
        origins=made_from(desk, book, views, {}),
        book=book,
        desk=desk,
    )


def _state_before(before: Decision | None, read: Read) -> Decision | None:
    """The decision before as the state is to be taken from it: what this one was made from, where its seal vouches for
    that; else what the one before left.
    """
    if before is None:
        return None
    vouched = read.sealed.untouched("decisions", "state_before")
    return replace(before, state_after=read.decision.state_before) if vouched else before


def _rows(panel: Panel, first: int, last: int) -> Panel:
    """The rows of the bars that opened from `first` to `last`, views."""
    rows = slice(int(np.searchsorted(panel.ts, first)), int(np.searchsorted(panel.ts, last, side="right")))
    by_row = ("ts", "prices", "figures", "codes", "actions", "decided", "finer_rows", "tails", "link_rows", "events")
    return panel._replace(**{name: getattr(panel, name)[rows] for name in by_row})


def _beside(desk: Desk, book: Book) -> Iterator[Series]:
    """Series that are read beside the book's own, and may be repaired as well."""
    venue, present = desk.venue(book.series[0].venue), set(desk.lake.series())
    timeframe = book.series[0].timeframe
    for symbol, bars in ((venue.index, "1d"), (venue.leader, timeframe)):
        if symbol is not None and (one := Series(book.series[0].venue, symbol, bars)) in present:
            yield one


def waiting_rows(decision: Decision) -> list[tuple[str, str]]:
    """(system, symbol) of the rows of which an order waits after the decision."""
    return [
        (system, symbol)
        for system, rows in decision.state_after.positions.items()
        for symbol, row in rows.items()
        if row[ORDERED]
    ]


def _is_over(decision: Decision, system: str, symbol: str) -> bool:
    """Whether the order of a row that waited no longer does."""
    anew = any((one.system, one.symbol) == (system, symbol) for one in decision.intents)
    return anew or decision.state_after.positions[system][symbol][ORDERED] == 0.0
