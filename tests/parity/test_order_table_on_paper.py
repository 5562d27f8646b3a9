"""Every row of the table of orders and fills on paper: from a journaled decision through a real journal and back.

The rows are those of tests/core/engine/test_order_table.py. Settled once when all bars have come, as after an outage,
and once after each bar, as usual: the journal has the same fills, and the book goes on from the same state.
"""

from dataclasses import replace

import numpy as np
import pytest
from order_rows import DECIDED, REGIME, STEP, SYMBOL, Row, assert_row
from order_table import TABLE
from takers import Taker

from data.journal import BookedFill, Decision, Journal, Settled, open_journal
from models.engine import Links, State
from models.regime import RegimeSettings
from models.types import Bound, Fill, Intent, Leg, Reason, Series
from tasks.bootstrap import no_checkpoint
from tasks.session.book import SWING, Book
from tasks.session.carried import carried_of, state_of
from tasks.session.deciding import decision_id
from tasks.session.inputs import BookInputs
from tasks.session.settlement import hand_over, settle_orders

MODEL = "m-1"
SPECIALIST = REGIME.name.lower()


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    """One for all rows: each is a book of its own."""
    return open_journal(tmp_path_factory.mktemp("journal") / "keel.db")


def book_of(row: Row, way: str) -> Book:
    series = (Series("binance", SYMBOL, "1h"),)
    return Book(f"{row.name}, {way}", series, 1, row.parameters, RegimeSettings(), 20, row.cash)


def decided(book: Book, bar: int, intents: tuple[Intent, ...], before: State, after: State) -> Decision:
    return Decision(
        id=decision_id(book.name, bar),
        book=book.name,
        bar=bar,
        decided_at=bar + STEP,
        config_version="c-1",
        models={SYMBOL: MODEL},
        regimes={SYMBOL: SPECIALIST},
        inputs={SYMBOL: {}},
        switches=(),
        intents=intents,
        refused=(),
        held={},
        state_before=carried_of(book, before),
        state_after=carried_of(book, after),
    )


def entry_of(row: Row, bar: int) -> Intent:
    """The order that opens the row's position, or will."""
    one = row.before
    return Intent(
        bar=bar,
        symbol=SYMBOL,
        quantity=one.quantity or one.ordered,
        price=100.0,
        reason=Reason.ENTER_EDGE,
        bound=Bound.CASH,
        edge_bps=50.0,
        regime=REGIME,
        limit=one.limit or None,
        stop=one.stop or None,
        target=one.target or None,
        partial=one.partial or None,
        part=one.part,
        system=SWING,
        specialist=SPECIALIST,
    )


def exit_of(row: Row) -> Intent:
    made = Intent(DECIDED, SYMBOL, row.before.ordered, 100.0, Reason.EXIT_EDGE, Bound.NONE, -50.0, REGIME)
    return replace(made, system=SWING, specialist=SPECIALIST)


class Desk:
    """A book on paper: what a cycle does around its decision."""

    def __init__(self, journal: Journal, row: Row, way: str) -> None:
        self.journal, self.row, self.book = journal, row, book_of(row, way)
        self.broker = Taker()

    def record(self, decision: Decision, settled: Settled) -> None:
        last = self.journal.last_decision(self.book.name)
        follows = None if last is None else last.bar
        assert self.journal.record_decision(decision, follows, settled, tree="{}")
        hand_over(self.journal, self.broker, decision, no_checkpoint)

    def begin(self) -> None:
        """Bring the journal to where the row begins: what is held was ordered a bar earlier and filled since."""
        row, state, start = self.row, self.row.state, DECIDED - STEP
        if row.before.quantity == 0.0:
            self.record(decided(self.book, DECIDED, (entry_of(row, DECIDED),), state, state), Settled("paper"))
            return
        self.record(decided(self.book, start, (entry_of(row, start),), state, state), Settled("paper"))
        filled = Fill(
            SYMBOL, DECIDED, row.before.quantity, 100.0, 0.0, Leg.ENTRY, REGIME, system=SWING, specialist=SPECIALIST
        )
        settled = Settled("paper", (BookedFill(self.entry, MODEL, filled),), {self.entry: "filled"})
        intents = (exit_of(row),) if row.before.ordered != 0.0 else ()
        self.record(decided(self.book, DECIDED, intents, state, state), settled)

    @property
    def entry(self) -> str:
        """Client order id of the order that opens the position."""
        return f"{decision_id(self.book.name, DECIDED - STEP if self.row.before.quantity != 0.0 else DECIDED)}-0"

    @property
    def newest(self) -> str:
        """Client order id of the exit where there is one, else of the entry."""
        leaves = self.row.before.quantity != 0.0 and self.row.before.ordered != 0.0
        return f"{decision_id(self.book.name, DECIDED)}-0" if leaves else self.entry

    def settle_until(self, bar: int) -> None:
        """The bars up to `bar` have closed; they are settled, and a decision for nothing is recorded."""
        inputs = self.row.inputs
        known = BookInputs((inputs.rows(inputs.ts <= bar),), Links(np.empty(0, np.int64), np.empty((0, 1, 1))))
        done = settle_orders(self.journal, self.broker, self.book, known)
        last = self.journal.last_decision(self.book.name)
        assert last is not None
        if bar > last.bar:
            self.record(decided(self.book, bar, (), state_of(self.book, last), done.state), done.settled)
        else:
            assert done.settled == Settled("paper")

    def fills(self) -> list[BookedFill]:
        """What the bars of the row have filled, as the journal has it."""
        return [one for one in self.journal.fills_of(self.book.name) if one.fill.ts > DECIDED]


def paper(journal: Journal, row: Row, way: str) -> Desk:
    desk = Desk(journal, row, way)
    desk.begin()
    bars = row.inputs.ts
    for bar in bars[1:].tolist() if way == "bar by bar" else [int(bars[-1])]:
        desk.settle_until(bar)
    return desk


@pytest.mark.parametrize("way", ["at once", "bar by bar"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_paper_does_what_the_table_says(row: Row, way: str, journal: Journal) -> None:
    desk = paper(journal, row, way)
    assert_row(row, [one.fill for one in desk.fills()], state_of(desk.book, journal.last_decision(desk.book.name)))
    assert orders_of(desk) == expected_orders(desk)
    assert [(one.cid, one.fill.system, one.fill.specialist, one.model) for one in desk.fills()] == [
        (desk.newest if one.leg is Leg.EXIT else desk.entry, SWING, SPECIALIST, MODEL) for one in row.expected
    ]


def orders_of(desk: Desk) -> dict[str, str]:
    return {
        one["cid"]: one["status"] for one in desk.journal.tables()["orders"] if one["cid"] in {desk.entry, desk.newest}
    }


def expected_orders(desk: Desk) -> dict[str, str]:
    """Status of the row's orders after its last bar."""
    row = desk.row
    legs = {one.leg for one in row.expected}
    quantity, ordered, _ = row.ends
    if row.before.quantity == 0.0:
        waits = quantity == 0.0 and ordered != 0.0
        return {desk.entry: "open" if waits else "filled" if Leg.ENTRY in legs else "expired"}
    found = {desk.entry: "filled"}
    if desk.newest != desk.entry:
        found[desk.newest] = "open" if ordered != 0.0 else "filled" if Leg.EXIT in legs else "expired"
    return found


@pytest.mark.parametrize("row", TABLE[:5], ids=lambda row: row.name)
def test_settling_again_finds_nothing_new(row: Row, journal: Journal) -> None:
    desk = paper(journal, row, "twice")
    before = desk.fills()
    desk.settle_until(int(row.inputs.ts[-1]))
    assert desk.fills() == before
