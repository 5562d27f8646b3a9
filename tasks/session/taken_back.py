"""Entries of a paper book that were over before the bars could fill them: the emergency stop took them back, or the
last gate refused them. The lake does not know of that; a replay is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from data.journal import Decision, Journal, OrderLog
from models.portfolio import Position
from models.types.wire import OrderState, WireOrder

PAPER = "paper"
TAKEN_BACK = (OrderState.CANCELED, OrderState.REJECTED, OrderState.LOST)
ORDERED = Position._fields.index("ordered")


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An order of a row that was over, unfilled, when the decision for `bar` was made; `after` is the bar that the
    decision before it was for. UTC microseconds.
    """

    system: str
    symbol: str
    bar: int
    after: int


def taken_back(journal: Journal, decisions: list[Decision]) -> list[TakenBack]:
    """Of the decisions of one book in the order of their bars."""
    placed = {one.cid(intent): k for k, one in enumerate(decisions) for intent in one.intents}
    found = (_over(journal, decisions, placed, order) for order in _unfilled(journal, decisions[0].book))
    return [one for one in found if one is not None]


def _unfilled(journal: Journal, book: str) -> Iterator[WireOrder]:
    for order in OrderLog(journal.engine).orders_of_book(book):
        if order.venue == PAPER and order.role.opens and order.state in TAKEN_BACK and not order.filled:
            yield order


def _over(journal: Journal, decisions: list[Decision], placed: dict[str, int], order: WireOrder) -> TakenBack | None:
    """None where no decision has been made since, or the bars had filled it already."""
    first = placed.get(order.parent)
    if first is None:
        return None
    came = journal.came_of(order.parent)
    if came.status == "open" or came.filled >= float(order.quantity):
        return None
    for before, decision in zip(decisions[first:], decisions[first + 1 :], strict=False):
        figures = decision.state_after.positions[order.system][order.symbol]
        anew = any((one.system, one.symbol) == (order.system, order.symbol) for one in decision.intents)
        if figures[ORDERED] == 0.0 or anew:
            return TakenBack(order.system, order.symbol, decision.bar, before.bar)
    return None
