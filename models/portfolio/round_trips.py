"""Positions from nothing to nothing: the closed parts of each put together again."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.portfolio.trades import Trade


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A position that was entered and wholly or partly left.

    Attributes:
        system, symbol, regime: as in Trade.
        specialist: by whom its last part was left.
        entered, exited: opens of the bars of its entry and of its last exit, UTC microseconds.
        profit: of all parts, after all fees, account currency.
        reason: why its last part was left, a lower-case name.
    """

    system: str
    specialist: str
    symbol: str
    regime: str
    entered: int
    exited: int
    profit: float
    reason: str


def round_trips(trades: Iterable[Trade]) -> tuple[RoundTrip, ...]:
    """The positions that the trades, in their order, are parts of; those of the first trades come first.

    No slot of a system is entered twice in one bar, so system, symbol and bar of the entry say which position it is.
    """
    parts: dict[tuple[str, str, int], list[Trade]] = {}
    for one in trades:
        parts.setdefault((one.system, one.symbol, one.entered), []).append(one)
    return tuple(_whole(found) for found in parts.values())


def _whole(parts: list[Trade]) -> RoundTrip:
    last = parts[-1]
    return RoundTrip(
        system=last.system,
        specialist=last.specialist,
        symbol=last.symbol,
        regime=last.regime,
        entered=last.entered,
        exited=last.exited,
        profit=sum(one.profit for one in parts),
        reason=last.reason,
    )
