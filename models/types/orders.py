"""Intents, refusals and fills as values, and the hash that two runs are compared by."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from models.types.reasons import Bound, Reason
from models.types.regimes import Cause, Regime
from models.types.times import iso


class Leg(IntEnum):
    """Which part of a position's life a fill belongs to. Stored in the journal: append, never renumber."""

    NONE = 0
    ENTRY = 1
    EXIT = 2
    STOP = 3
    TARGET = 4
    PARTIAL = 5
    LIQUIDATION = 6
    EXPIRED = 7
    ADD = 8
    EXTERNAL = 9


@dataclass(frozen=True, slots=True)
class Intent:
    """One order that the step wants, with the levels that protect what it opens.

    Attributes:
        bar: open of the bar whose close decided, UTC microseconds.
        quantity: base units, positive buys, negative sells; a multiple of the lot.
        price: the close it was decided on, quote currency.
        edge_bps: blended edge, basis points of expected return over the horizon.
        regime: of the bar that opened the position.
        limit: worst price it may be filled at, None for a market order.
        stop, target: levels that close the position once it is open, None where there is none.
        partial: level at which `part` base units are closed, None where there is none.
        system, specialist: who trades: the name of the trading system, and which of its specialists answers for it.
        caps: what each limit by itself would have allowed an entry, by Bound name, quote currency.
    """

    bar: int
    symbol: str
    quantity: float
    price: float
    reason: Reason
    bound: Bound
    edge_bps: float
    regime: Regime
    limit: float | None = None
    stop: float | None = None
    target: float | None = None
    partial: float | None = None
    part: float = 0.0
    system: str = ""
    specialist: str = ""
    caps: tuple[tuple[str, float], ...] = ()

    @property
    def side(self) -> str:
        """`buy` or `sell`."""
        return "buy" if self.quantity > 0.0 else "sell"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that the step did not do for a system, and why."""

    symbol: str
    reason: Reason
    system: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Another specialist is in charge of a symbol from the close of `bar` on (its open, UTC microseconds); None stands
    for nobody, as before the first decision.
    """

    bar: int
    system: str
    symbol: str
    before: Regime | None
    after: Regime | None
    cause: Cause


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution.

    Attributes:
        ts: open of the bar it happened in, UTC microseconds.
        quantity: base units that the position changed by; positive bought.
        price, fee: quote currency.
        leg: what it did to the position.
        regime: of the bar that opened the position.
        realised: profit of what it closed, after all fees; zero for an entry.
        slip: what the distance from the reference price cost, quote currency.
        system, specialist: as in Intent.
    """

    symbol: str
    ts: int
    quantity: float
    price: float
    fee: float
    leg: Leg
    regime: Regime
    realised: float = 0.0
    slip: float = 0.0
    system: str = ""
    specialist: str = ""


def intents_sha256(intents: Iterable[Intent]) -> str:
    """SHA-256 over the ordered intents, every float in its shortest exact form: equal only when equal to the bit."""
    digest = hashlib.sha256()
    for one in intents:
        figures = f"{one.quantity!r}|{one.price!r}|{one.edge_bps!r}|{one.regime.name}"
        levels = f"{one.limit!r}|{one.stop!r}|{one.target!r}|{one.partial!r}|{one.part!r}"
        reasons = f"{one.reason.name}|{one.bound.name}"
        digest.update(
            f"{iso(one.bar)}|{one.system}|{one.specialist}|{one.symbol}|{figures}|{levels}|{reasons}\n".encode()
        )
    return digest.hexdigest()
