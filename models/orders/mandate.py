"""What an intent orders, in the venue's figures, and what became of it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.types import Intent, Reason
from models.types.reasons import ENTERING
from models.types.wire import Role, WireOrder


@dataclass(frozen=True, slots=True)
class Mandate:
    """One intent on its way into orders at one venue.

    Attributes:
        parent: client order id of the intent.
        quantity: base units, positive.
        limit: worst price that it first rests at, None for the market at once.
        reference: price it was decided on, quote currency.
        decided_at: close of the decision's bar, UTC microseconds.
    """

    parent: str
    book: str
    system: str
    venue: str
    symbol: str
    role: Role
    is_buy: bool
    quantity: Decimal
    limit: Decimal | None
    reference: Decimal
    decided_at: int


class Outcome(StrEnum):
    """How the work on a mandate ended."""

    FILLED = "filled"
    GIVEN_UP = "given_up"
    LEFT = "left"
    DOUBTFUL = "doubtful"

    @property
    def text(self) -> str:
        """One sentence for people."""
        return _TEXTS[self]


_TEXTS: dict[Outcome, str] = {
    Outcome.FILLED: "all of it was filled",
    Outcome.GIVEN_UP: "what was not filled is not ordered again",
    Outcome.LEFT: "what was not filled is ordered again in the next cycle",
    Outcome.DOUBTFUL: "what became of an order is not known yet: the symbol is frozen",
}


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a mandate.

    Attributes:
        orders: its orders in the order they were made, as last heard.
        why: of an outcome other than FILLED.
    """

    mandate: Mandate
    orders: tuple[WireOrder, ...]
    outcome: Outcome
    why: str = ""

    @property
    def filled(self) -> Decimal:
        """Base units."""
        return filled_of(self.orders)

    @property
    def value(self) -> Decimal:
        """What was paid or received for them before fees, quote currency."""
        return sum((one.value for one in self.orders), Decimal(0))


def mandate_of(intent: Intent, parent: str, book: str, venue: str, decided_at: int) -> Mandate:
    """The mandate of an intent with the client order id `parent`; its figures as the journal writes them."""
    return Mandate(
        parent=parent,
        book=book,
        system=intent.system,
        venue=venue,
        symbol=intent.symbol,
        role=role_of(intent.reason),
        is_buy=intent.quantity > 0.0,
        quantity=_exact(abs(intent.quantity)),
        limit=None if intent.limit is None else _exact(intent.limit),
        reference=_exact(intent.price),
        decided_at=decided_at,
    )


def filled_of(orders: tuple[WireOrder, ...]) -> Decimal:
    """Base units that were filled of them together."""
    return sum((one.filled for one in orders), Decimal(0))


def role_of(reason: Reason) -> Role:
    """What the order of a decision made for this reason is for."""
    if reason in ENTERING:
        return Role.ENTRY
    return Role.ADD if reason is Reason.ADD_WEIGHT else Role.EXIT


def _exact(figure: float) -> Decimal:
    return Decimal(repr(figure))
