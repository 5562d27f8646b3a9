"""Order book snapshots in the lake: one row each, twenty levels a side as columns."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.dataset import micros_of
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import TIMES, Market, TickStore
from models.types import Book, FloatArray, IntArray

LEVELS = 20
SIDES = ("bid_px", "bid_qty", "ask_px", "ask_qty")
NAMES = [f"{side}_{level}" for side in SIDES for level in range(1, LEVELS + 1)]
SCHEMA = pa.schema([*TIMES, *((name, pa.float64()) for name in NAMES)])


@dataclass(frozen=True, slots=True, eq=False)
class BookRows:
    """Snapshots as columns: times of shape (n,) in UTC microseconds, sides of shape (n, LEVELS), the best level first.

    A level that a book does not have is NaN. `ts` is the lake's key (see data.ticks), `exch_ts` the venue's time.
    """

    ts: IntArray
    exch_ts: IntArray
    known_at: IntArray
    bid_px: FloatArray
    bid_qty: FloatArray
    ask_px: FloatArray
    ask_qty: FloatArray

    def __len__(self) -> int:
        return len(self.ts)

    def book(self, row: int) -> Book:
        """The snapshot of one row."""
        sides = (
            np.column_stack([price[row], quantity[row]])[np.isfinite(price[row])]
            for price, quantity in ((self.bid_px, self.bid_qty), (self.ask_px, self.ask_qty))
        )
        return Book(int(self.exch_ts[row]), int(self.known_at[row]), *sides)


def book_store(lake: Lake) -> TickStore:
    """The lake's books."""
    return TickStore(lake, "books", SCHEMA)


def read_books(lake: Lake, market: Market, since: int | None = None, until: int | None = None) -> BookRows:
    """Snapshots that arrived from `since` to `until` (UTC microseconds), in the order of arrival.

    Raises:
        Damaged: a file does not match its checksum.
    """
    table = book_store(lake).read(market, since, until)
    sides = (np.column_stack([table[f"{side}_{level}"].to_numpy() for level in range(1, LEVELS + 1)]) for side in SIDES)
    return BookRows(micros_of(table), micros_of(table, "exch_ts"), micros_of(table, "known_at"), *sides)


def append_books(writer: TickWriter, books: list[Book]) -> None:
    """Store snapshots in the order of their arrival; levels beyond LEVELS are not kept."""
    cells = np.full((len(books), len(SIDES), LEVELS), np.nan)
    for row, book in enumerate(books):
        for side, levels in ((0, book.bids[:LEVELS]), (2, book.asks[:LEVELS])):
            cells[row, side, : len(levels)] = levels[:, 0]
            cells[row, side + 1, : len(levels)] = levels[:, 1]
    columns = [pa.array(np.ascontiguousarray(column)) for column in cells.reshape(len(books), -1).T]
    writer.append(
        np.array([book.ts for book in books], np.int64), np.array([book.known_at for book in books], np.int64), columns
    )
