"""What a session asks of a stream; belongs into tasks.ports."""

from typing import Literal, Protocol, TypeVar

from models.types import Bars, Book, MarketTrades, Unavailable

Kind = Literal["bars", "trades", "books"]
KINDS: tuple[Kind, ...] = ("bars", "trades", "books")
T_co = TypeVar("T_co", covariant=True)


class OutOfStep(Unavailable):
    """The stream skipped something: what it says next cannot be trusted, open another connection."""


class Subscription(Protocol[T_co]):
    """One connection that brings the values of one kind for one symbol."""

    async def next(self) -> T_co:
        """The next value; it waits for as long as the venue is silent.

        Raises:
            BadInput: the venue has no such symbol, timeframe or stream.
            OutOfStep: the venue's sequence has a gap.
            Unavailable: the connection is lost.
        """

    async def close(self) -> None:
        """Let the connection go."""


class Stream(Protocol):
    """A source that speaks by itself."""

    @property
    def name(self) -> str:
        """The venue's."""

    def has(self, kind: Kind) -> bool:
        """Whether the venue streams this kind."""

    def bars(self, symbol: str, timeframe: str) -> Subscription[Bars]:
        """Closed bars, ascending; an empty value says that the venue spoke and nothing closed."""

    def trades(self, symbol: str) -> Subscription[MarketTrades]:
        """Trades in the order of their arrival; after a connect a venue may repeat some."""

    def books(self, symbol: str, depth: int) -> Subscription[Book]:
        """The best `depth` levels after each change; changes that come together are one value."""
