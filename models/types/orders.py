"""Intents, refusals and fills as values, and the hash that two runs are compared by."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from models.types.reasons import Bound, Reason
from models.types.times import iso


@dataclass(frozen=True, slots=True)
class Intent:
    """One order that the step wants.

    Attributes:
        bar: open of the bar whose close decided, UTC microseconds.
        quantity: base units, positive buys, negative sells; a multiple of the lot.
        price: the close it was decided on, quote currency.
        edge_bps: blended edge, basis points of expected return over the horizon.
    """

    bar: int
    symbol: str
    quantity: float
    price: float
    reason: Reason
    bound: Bound
    edge_bps: float

    @property
    def side(self) -> str:
        """`buy` or `sell`."""
        return "buy" if self.quantity > 0.0 else "sell"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that the step did not do, and why."""

    symbol: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution: signed `quantity` in base units, `price` and `fee` in quote currency, `ts` in UTC microseconds."""

    symbol: str
    ts: int
    quantity: float
    price: float
    fee: float


def intents_sha256(intents: Iterable[Intent]) -> str:
    """SHA-256 over the ordered intents, every float in its shortest exact form: equal only when equal to the bit."""
    digest = hashlib.sha256()
    for one in intents:
        figures = f"{one.quantity!r}|{one.price!r}|{one.edge_bps!r}"
        digest.update(f"{iso(one.bar)}|{one.symbol}|{figures}|{one.reason.name}|{one.bound.name}\n".encode())
    return digest.hexdigest()
