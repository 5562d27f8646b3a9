"""What a run of streams works with, and what it has to show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from data.lake import Lake
from models.types import Bars, Series
from tasks.ports import BookFeed, Feed, Kind, Stream
from tasks.session.streaming.events import StreamEvent, What
from tasks.session.streaming.patience import Patience


@dataclass(frozen=True, slots=True)
class Plan:
    """What is streamed: `kinds` of `symbols`, bars in `timeframe`; how patiently, and how it is written (seconds)."""

    symbols: tuple[str, ...]
    kinds: tuple[Kind, ...]
    timeframe: str
    patience: Mapping[Kind, Patience]
    flush_seconds: float
    roll_seconds: float


@dataclass(frozen=True, slots=True)
class Sources:
    """Where it comes from: the stream, and by request bars and books (None: none of that kind) while it is down."""

    stream: Stream
    feed: Feed | None
    books: BookFeed | None


@dataclass(frozen=True, slots=True)
class Target:
    """Where it goes: ticks into `lake`, closed bars to `store_bars`; `last_bar` knows the newest one stored."""

    lake: Lake
    store_bars: Callable[[Series, Bars], None]
    last_bar: Callable[[Series], int | None]


@dataclass(slots=True)
class Tally:
    """What came in: values stored and turns taken, by symbol and kind."""

    stored: dict[tuple[str, Kind], int] = field(default_factory=dict)
    turns: dict[tuple[str, Kind], dict[What, int]] = field(default_factory=dict)

    def count(self, event: StreamEvent) -> None:
        """Count a turn."""
        turns = self.turns.setdefault((event.symbol, event.kind), {})
        turns[event.what] = turns.get(event.what, 0) + 1

    def add(self, symbol: str, kind: Kind, stored: int) -> None:
        """Count values that were stored."""
        self.stored[symbol, kind] = self.stored.get((symbol, kind), 0) + stored

    def rows(self) -> list[dict[str, str | int]]:
        """One row for each symbol and kind."""
        return [
            {
                "symbol": symbol,
                "kind": kind,
                "stored": stored,
                "events": ", ".join(f"{count} {what}" for what, count in self.turns.get((symbol, kind), {}).items()),
            }
            for (symbol, kind), stored in self.stored.items()
        ]
