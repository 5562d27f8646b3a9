"""What became of the orders: the fold over the bars since the last decision, and its fills as the journal has them."""

from dataclasses import dataclass
from typing import Protocol

from data.journal import BookedFill, Decision, Journal, Order, Settled
from models.engine import Panel, Run, State, SymbolInputs, run_backtest
from models.portfolio import Position
from models.types import BoolArray, Damaged, Fill, Intent, Leg
from models.types.reasons import BUYING, ENTERING
from tasks.ports import Checkpoint
from tasks.session.book import Book
from tasks.session.carried import state_of
from tasks.session.inputs import BookInputs

# What the volume left over of these is ordered at market by nobody.
LEVELS = (Leg.STOP, Leg.TARGET, Leg.LIQUIDATION)


@dataclass(frozen=True, slots=True, eq=False)
class Settlement:
    """The book's state after bars on which nobody decided, and what became of its orders on them."""

    state: State
    settled: Settled

    @property
    def fills(self) -> list[Fill]:
        """In the order they happened."""
        return [one.fill for one in self.settled.fills]


class Taker(Protocol):
    """Whoever takes orders, as far as this room is concerned."""

    @property
    def name(self) -> str:
        """Written with every order and fill."""

    def place(self, cid: str, intent: Intent, decision: Decision) -> None:
        """Take the order; the same id again is no second one."""


def hand_over(journal: Journal, broker: Taker, decision: Decision, checkpoint: Checkpoint) -> None:
    """Give the broker every intent of the decision; one that it has already it sees to the end of."""
    given = journal.given(decision)
    for intent in decision.intents:
        cid = decision.cid(intent)
        if cid not in given:
            journal.record_order(cid, broker.name, decision.decided_at)
        broker.place(cid, intent, decision)
        if cid not in given:
            checkpoint("placed")


def bars_since(last: Decision | None, inputs: BookInputs) -> Panel:
    """Every bar after the book's last decision, on which nobody has decided yet; of a new book only the newest."""
    newest = max(int(one.ts[-1]) for one in inputs.symbols if one.ts.size)
    panel = inputs.panel(lambda one: _is_new(one, last, newest))
    panel.decided[:] = False
    return panel


def settle_orders(journal: Journal, broker: Taker, book: Book, inputs: BookInputs) -> Settlement:
    """What the bars of `inputs` since the book's last decision do to its orders and positions; nothing is recorded.

    Raises:
        Refused: see `state_of`.
        Damaged: see `settled_by`.
    """
    last = journal.last_decision(book.name)
    before = state_of(book, last)
    run = run_backtest(bars_since(last, inputs), book.parameters, before)
    return Settlement(run.state, settled_by(journal, broker, book, before, run))


def settled_by(journal: Journal, broker: Taker, book: Book, before: State, run: Run) -> Settled:
    """The fills of `run`, a fold over the bars since the book's last decision, and the orders that are over.

    Raises:
        Damaged: the journal lacks the order of a fill, or one that waited.
    """
    executions, anew = run.executions(), {(one.system, one.symbol) for one in run.intents()}
    booked: dict[Fill, BookedFill] = {}
    closed: dict[str, str] = {}
    for row, (system, symbol) in enumerate(book.rows):
        mine = [one for one in executions if (one.system, one.symbol) == (system, symbol)]
        waiting = before.position(row).ordered
        if not mine and waiting == 0.0:
            continue
        newest, entry = _orders_behind(journal, book, system, symbol)
        lot = book.parameters.rows[row][1].instrument.lot
        orders, leftover = _told_apart(mine, newest, entry, waiting, lot)
        booked |= {fill: BookedFill(order.cid, entry.model, fill) for fill, order in zip(mine, orders, strict=True)}
        waits = not leftover and (system, symbol) not in anew and _waits(newest, run.state.position(row))
        if newest.status == "open" and not waits:
            closed[newest.cid] = "filled" if newest.has_fills or newest in orders else "expired"
    return Settled(broker.name, tuple(booked[one] for one in executions), closed)


def _is_new(one: SymbolInputs, last: Decision | None, newest: int) -> BoolArray:
    chosen: BoolArray = one.ts == newest if last is None else one.ts > last.bar
    return chosen


def _orders_behind(journal: Journal, book: Book, system: str, symbol: str) -> tuple[Order, Order]:
    """The newest order of a system for a symbol, and the one that opened its position or is to."""
    newest = entry = journal.newest_order(book.name, system, symbol)
    if newest is not None and newest.intent.reason not in ENTERING:
        entry = journal.newest_order(book.name, system, symbol, ENTERING)
    if newest is None or entry is None:
        raise Damaged(
            f"the journal has no order of {system} that opened the position in {symbol}; restore it from a backup"
        )
    return newest, entry


def _told_apart(fills: list[Fill], newest: Order, entry: Order, waiting: float, lot: float) -> tuple[list[Order], bool]:
    """(the order behind each fill, whether what is ordered afterwards is but what a level left over).

    What a level brings belongs to the order that opened the position, and so does the rest of it that is sold at market
    later, unless an order to leave waits: that gets the `waiting` units first.
    """
    leaving = newest.status == "open" and newest.intent.reason not in BUYING
    orders, levelled = [], False
    for fill in fills:
        done = levelled and abs(waiting) < lot / 2.0
        if fill.leg is Leg.EXIT and leaving and not done:
            orders.append(newest)
            waiting -= fill.quantity
        else:
            orders.append(newest if fill.leg is Leg.ADD and newest.intent.reason in BUYING else entry)
        levelled = levelled or fill.leg in LEVELS
    return orders, leaving and levelled and abs(waiting) < lot / 2.0


def _waits(order: Order, position: Position) -> bool:
    """Whether the newest order of a position still waits, when no other was decided since."""
    if position.ordered == 0.0 or (order.intent.reason in ENTERING and position.quantity != 0.0):
        return False
    return order.intent.reason not in BUYING or position.ordered * position.quantity >= 0.0
