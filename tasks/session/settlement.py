"""What became of the orders: the paper fills that are due, entered into the book's state."""

from dataclasses import dataclass

import numpy as np

from data.journal import Decision, Journal, Order
from models.engine import SymbolInputs, book_fill, order_fill
from models.engine.state import PENDING, State, first_state
from models.types import Fill
from tasks.ports import Broker, Checkpoint
from tasks.session.book import Book


@dataclass(frozen=True, slots=True)
class Due:
    """An order whose fill bar has come: `row` of the symbol in the state, and that bar's time and open."""

    ts: int
    row: int
    open_price: float
    order: Order


def hand_over(journal: Journal, broker: Broker, decision: Decision, checkpoint: Checkpoint) -> None:
    """Give the broker every intent of the decision that it was not given yet."""
    given = journal.orders_of(decision)
    for intent in decision.intents:
        cid = decision.cid(intent)
        if cid not in given:
            broker.place(cid, intent)
            checkpoint("placed")


def settle_orders(
    journal: Journal,
    broker: Broker,
    book: Book,
    last: Decision | None,
    inputs: list[SymbolInputs],
    checkpoint: Checkpoint,
) -> tuple[State, list[Fill]]:
    """The book's state with every fill that happened since its last decision, and those fills.

    `inputs` end with the bar that is decided next. A fill that the journal has is entered as it stands there; a due
    order without one is filled by the simulator and journaled first.
    """
    if last is None:
        return first_state(book.capital, len(book.series)), []
    state = State(np.array(last.state_after[0]), np.array(last.state_after[1]))
    fills = []
    for due in _due(journal, book, state, inputs):
        fill = _fill(journal, broker, book, state, due)
        checkpoint("filled")
        quantity, price, fee = (0.0, 0.0, 0.0) if fill is None else (fill.quantity, fill.price, fill.fee)
        book_fill(state.account, state.book, due.row, quantity, price, fee, due.open_price)
        if fill is not None:
            fills.append(fill)
    return state, fills


def _due(journal: Journal, book: Book, state: State, inputs: list[SymbolInputs]) -> list[Due]:
    newest = journal.newest_orders(book.name)
    due = []
    for row, symbol in enumerate(book.symbols):
        if state.book[row, PENDING] == 0.0:
            continue
        order = newest[symbol]
        later = np.flatnonzero((inputs[row].ts > order.intent.bar) & np.isfinite(inputs[row].open))
        if later.size:
            at = int(later[0])
            due.append(Due(int(inputs[row].ts[at]), row, float(inputs[row].open[at]), order))
    return sorted(due, key=lambda one: (one.ts, one.row))


def _fill(journal: Journal, broker: Broker, book: Book, state: State, due: Due) -> Fill | None:
    if due.order.status != "open":
        return due.order.fill
    quantity, price, fee = order_fill(state.account, state.book, due.row, due.open_price, book.parameters.instruments)
    if quantity == 0.0:
        journal.expire_order(due.order.cid)
        return None
    fill = Fill(due.order.intent.symbol, due.ts, quantity, price, fee)
    journal.record_fill(due.order.cid, broker.name, fill)
    return fill
