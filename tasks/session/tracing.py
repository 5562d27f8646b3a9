"""What the lines of one cycle have in common: an id of its own, the book, and once they are known bar and decision.

The context goes along into the threads that a cycle starts, wherever these copy it.
"""

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars, bound_contextvars

from data.journal import BookedFill, Decision
from models.types import iso
from models.types.wire import WireOrder

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Trace:
    """Of one cycle; `outcome` in a word or two, as its last line has it."""

    outcome: str = "nothing was decided"

    def bar(self, ts: int) -> None:
        """The lines that follow are about the bar that opened at `ts`, UTC microseconds."""
        bind_contextvars(bar=iso(ts))

    def repeated(self, decision: Decision) -> None:
        """The bar was decided on before."""
        bind_contextvars(decision=decision.id)
        self.outcome = "decided before"

    def decided(self, decision: Decision, fills: Sequence[BookedFill]) -> None:
        """What was settled, and what was decided; one line each, and one for each fill."""
        bind_contextvars(decision=decision.id)
        self.outcome = "decided"
        for one in fills:
            fill = one.fill
            what = {"symbol": fill.symbol, "system": fill.system, "leg": fill.leg.name.lower()}
            logger.info("fill", extra=what | {"cid": one.cid, "units": fill.quantity, "price": fill.price})
        wanted = [f"{one.system} {one.side} {abs(one.quantity):g} {one.symbol}" for one in decision.intents]
        refused = [f"{one.system} {one.symbol} {one.reason.name.lower()}" for one in decision.refused]
        logger.info("decision", extra={"regimes": decision.regimes, "wanted": wanted, "not_done": refused})


@contextmanager
def traced(book: str) -> Iterator[Trace]:
    """A cycle of the book: its lines have its id. How it began, how it ended and how long it took are lines."""
    begun, trace = time.perf_counter(), Trace()
    with bound_contextvars(cycle=secrets.token_hex(6), book=book, bar=None, decision=None):
        logger.info("cycle begun")
        try:
            yield trace
        except BaseException as error:
            why = {"outcome": type(error).__name__, "why": str(error), "seconds": _since(begun)}
            logger.warning("cycle failed", extra=why)
            raise
        logger.info("cycle ended", extra={"outcome": trace.outcome, "seconds": _since(begun)})


def about(order: WireOrder) -> dict[str, str]:
    """What the lines of an order say of it."""
    return {
        "cid": order.cid,
        "parent": order.parent,
        "venue": order.venue,
        "symbol": order.symbol,
        "role": order.role.value,
        "side": "buy" if order.is_buy else "sell",
        "units": str(order.quantity),
        "filled": str(order.filled),
        "state": order.state.value,
    }


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 4)
