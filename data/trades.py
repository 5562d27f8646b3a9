"""Trades of the market in the lake, one row each."""

import numpy as np
import pyarrow as pa

from data.dataset import micros_of
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import TIMES, Market, TickStore
from models.types import MarketTrades

SCHEMA = pa.schema(
    [
        *TIMES,
        ("id", pa.string()),
        ("price", pa.float64()),
        ("quantity", pa.float64()),
        ("buyer_is_maker", pa.bool_()),
    ]
)


def trade_store(lake: Lake) -> TickStore:
    """The lake's trades."""
    return TickStore(lake, "trades", SCHEMA)


def read_trades(lake: Lake, market: Market, since: int | None = None, until: int | None = None) -> MarketTrades:
    """Trades that arrived from `since` to `until` (UTC microseconds), in the order of arrival.

    Raises:
        Damaged: a file does not match its checksum.
    """
    table = trade_store(lake).read(market, since, until)
    return MarketTrades(
        ts=micros_of(table, "exch_ts"),
        known_at=micros_of(table, "known_at"),
        id=tuple(table["id"].to_pylist()),
        price=table["price"].to_numpy(),
        quantity=table["quantity"].to_numpy(),
        buyer_is_maker=table["buyer_is_maker"].to_numpy(),
    )


def append_trades(writer: TickWriter, trades: list[MarketTrades]) -> None:
    """Store trades in the order of their arrival."""
    columns = [
        pa.array([one for batch in trades for one in batch.id], pa.string()),
        *(
            pa.array(np.concatenate([getattr(batch, name) for batch in trades]))
            for name in ("price", "quantity", "buyer_is_maker")
        ),
    ]
    writer.append(
        np.concatenate([batch.ts for batch in trades]), np.concatenate([batch.known_at for batch in trades]), columns
    )
