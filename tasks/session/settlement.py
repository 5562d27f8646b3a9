"""What became of the orders: the fold over the bars since the last decision, and its fills as the journal has them."""

from dataclasses import dataclass

import numpy as np

from data.journal import BookedFill, Decision, Journal, Order, Settled
from models.engine import Panel, Run, State, SymbolInputs, align, first_state, run_backtest
from models.portfolio import Account, Position
from models.types import BoolArray, Damaged, Fill, Leg, Reason, Refused, iso
from tasks.ports import Broker, Checkpoint
from tasks.session.book import SYSTEM, Book

ENTRIES = (Reason.ENTER_EDGE,)


@dataclass(frozen=True, slots=True, eq=False)
class Settlement:
    """The book's state after bars on which nobody decided, and what became of its orders on them."""

    state: State
    settled: Settled

    @property
    def fills(self) -> list[Fill]:
        """In the order they happened."""
        return [one.fill for one in self.settled.fills]


def hand_over(journal: Journal, broker: Broker, decision: Decision, checkpoint: Checkpoint) -> None:
    """Give the broker every intent of the decision that it was not given yet."""
    given = journal.given(decision)
    for intent in decision.intents:
        cid = decision.cid(intent)
        if cid not in given:
            broker.place(cid, intent)
            checkpoint("placed")


def state_of(book: Book, last: Decision | None) -> State:
    """The state that the book goes on from.

    Raises:
        Refused: its last decision was made by a Keel whose state had another shape.
    """
    if last is None:
        return first_state(book.capital, len(book.series))
    account, rows = last.state_after
    shapes = [len(account), *(len(row) for row in rows)]
    if shapes != [len(Account._fields), *[len(Position._fields)] * len(book.series)]:
        raise Refused(
            f"the book {book.name} last decided for {iso(last.bar)} with a Keel that kept other figures of its account "
            f"and positions ({shapes[0]} and {shapes[-1]}; now {len(Account._fields)} and {len(Position._fields)}), so "
            "it cannot go on from there; point KEEL_HOME to a new folder, where it begins with trading.capital"
        )
    return State(np.array(account, np.float64), np.array(rows, np.float64))


def bars_since(last: Decision | None, inputs: list[SymbolInputs]) -> Panel:
    """Every bar after the book's last decision, on which nobody has decided yet; of a new book only the newest."""
    newest = max(int(one.ts[-1]) for one in inputs if one.ts.size)
    panel = align(tuple(one.rows(_is_new(one, last, newest)) for one in inputs))
    panel.decided[:] = False
    return panel


def settle_orders(journal: Journal, broker: Broker, book: Book, inputs: list[SymbolInputs]) -> Settlement:
    """What the bars of `inputs` since the book's last decision do to its orders and positions; nothing is recorded.

    Raises:
        Refused: see `state_of`.
        Damaged: see `settled_by`.
    """
    last = journal.last_decision(book.name)
    before = state_of(book, last)
    run = run_backtest(book.symbols, bars_since(last, inputs), book.parameters, before)
    return Settlement(run.state, settled_by(journal, broker, book, before, run))


def settled_by(journal: Journal, broker: Broker, book: Book, before: State, run: Run) -> Settled:
    """The fills of `run`, a fold over the bars since the book's last decision, and the orders that are over.

    Raises:
        Damaged: the journal lacks the order of a fill, or one that waited.
    """
    executions, anew = run.executions(), {intent.symbol for intent in run.intents()}
    moved = {fill.symbol for fill in executions}
    behind = {
        symbol: _orders_behind(journal, book, symbol)
        for row, symbol in enumerate(book.symbols)
        if symbol in moved or before.position(row).ordered != 0.0
    }
    fills = tuple(_booked(fill, *behind[fill.symbol]) for fill in executions)
    filled = {one.cid for one in fills}
    over = [
        newest
        for symbol, (newest, _) in behind.items()
        if newest.status == "open"
        and (symbol in anew or not _waits(newest, run.state.position(book.symbols.index(symbol))))
    ]
    closed = {one.cid: "filled" if one.has_fills or one.cid in filled else "expired" for one in over}
    return Settled(broker.name, fills, closed)


def _is_new(one: SymbolInputs, last: Decision | None, newest: int) -> BoolArray:
    chosen: BoolArray = one.ts == newest if last is None else one.ts > last.bar
    return chosen


def _orders_behind(journal: Journal, book: Book, symbol: str) -> tuple[Order, Order]:
    """The symbol's newest order, and the one that opened its position or is to."""
    newest = entry = journal.newest_order(book.name, symbol)
    if newest is not None and newest.intent.reason not in ENTRIES:
        entry = journal.newest_order(book.name, symbol, ENTRIES)
    if newest is None or entry is None:
        raise Damaged(f"the journal has no order that opened the position in {symbol}; restore it from a backup")
    return newest, entry


def _booked(fill: Fill, newest: Order, entry: Order) -> BookedFill:
    """Levels belong to the order that opened the position; so does what a stop left over, unless an exit waits."""
    order = newest if fill.leg is Leg.EXIT else entry
    return BookedFill(order.cid, SYSTEM, fill.regime.name.lower(), entry.model, fill)


def _waits(order: Order, position: Position) -> bool:
    """Whether the symbol's newest order still waits, when no other was decided since."""
    if order.intent.reason in ENTRIES and position.quantity != 0.0:
        return False
    return position.ordered != 0.0
