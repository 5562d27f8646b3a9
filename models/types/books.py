"""What a stream brings beside bars: order book snapshots and trades of the market."""

from dataclasses import dataclass

from models.types.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The best levels of one order book at one instant.

    Attributes:
        ts: the venue's time, UTC microseconds; `known_at` where the venue gives none.
        known_at: when it arrived here, UTC microseconds.
        bids, asks: shape (levels, 2): price in quote currency and quantity in base units, the best first.
    """

    ts: int
    known_at: int
    bids: FloatArray
    asks: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MarketTrades:
    """Trades of a market in the order of their arrival, columns of shape (n,).

    `price` in quote currency, `quantity` in base units, `buyer_is_maker` true when the seller took; `ts` is the
    venue's time and `known_at` the arrival, UTC microseconds; `id` is the venue's, unique within the market.
    """

    ts: IntArray
    known_at: IntArray
    id: tuple[str, ...]
    price: FloatArray
    quantity: FloatArray
    buyer_is_maker: BoolArray

    def __len__(self) -> int:
        return len(self.ts)
