"""Which bars of a stream are closed.

A venue sends the open bar again and again. Binance marks the last message of a bar (`x`); the others begin the next
bar. ccxt keeps the rows and forgets the mark, so it is noted on the way in: without it, a last message that comes after
the first one of the next bar would be missed, and the bar stored with figures that are not its last.
"""

from dataclasses import dataclass, field
from typing import Any

# Venues that mark the last message of a bar.
MARKS = frozenset({"binance"})


@dataclass(slots=True)
class ClosedBars:
    """Gives each bar once, ascending, when it is closed; `marked` holds opens (milliseconds) that the venue marked."""

    marks: bool
    marked: set[int] = field(default_factory=set)
    _last: int = -1

    def take(self, rows: list[list[Any]]) -> list[list[Any]]:
        """Of the venue's rows as they stand now, ascending, those that have closed since the last call.

        A bar that should have a mark and has none is left out: it has to be fetched.
        """
        later = [row for row in rows if row[0] > self._last]
        closed = [row for row in (later if self.marks else later[:-1]) if not self.marks or row[0] in self.marked]
        if closed:
            self._last = int(closed[-1][0])
            self.marked = {stamp for stamp in self.marked if stamp > self._last}
        return closed


def note_marks(exchange: Any, closing: ClosedBars) -> None:
    """Have the exchange's messages of bars noted in `closing` before ccxt forgets their mark."""
    handle = exchange.handle_ohlcv

    def noting(client: Any, message: dict[str, Any]) -> None:
        kline = message["k"]
        if kline["x"]:
            closing.marked.add(int(kline["t"]))
        handle(client, message)

    exchange.handle_ohlcv = noting
