"""Real order books and trades go through the stream into the lake and come back to the bit; the imbalance agrees."""

import asyncio
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.books import SIDES, BookRows, read_books
from data.lake import Lake
from data.ticks import Market
from data.trades import read_trades
from models.features.imbalance import book_imbalance, imbalance_as_known
from models.types import FloatArray, IntArray, MarketTrades
from models.types.timeframes import MINUTE, SECOND
from tasks.adapters.clocks import SystemClock
from tasks.adapters.feeds.streams.replay import ReplayStream, books_of_columns, trades_by_arrival
from tasks.session.streaming import Patience, Plan, Sources, Tally, Target, run_streams

pytestmark = pytest.mark.realdata
MARKETS = [("spot", "BTCUSDT"), ("spot", "ETHUSDT"), ("um_perp", "BTCUSDT"), ("um_perp", "ETHUSDT")]
SYMBOL = "BTC/USDT"


def _micros(column: "pd.Series[pd.Timestamp]") -> IntArray:
    return column.to_numpy(dtype="datetime64[us]").astype(np.int64)


def _rows(folder: Path, name: str, market: str, symbol: str) -> pd.DataFrame:
    rows = pd.read_parquet(folder / f"{name}_2024-08-08.parquet")
    return rows[(rows.market == market) & (rows.symbol == symbol)]


def _sides(rows: pd.DataFrame) -> list[FloatArray]:
    return [rows[[f"{side}_{level}" for level in range(1, 21)]].to_numpy(np.float64) for side in SIDES]


def _trades(rows: pd.DataFrame) -> MarketTrades:
    figures = (rows[name].to_numpy(np.float64) for name in ("price", "qty"))
    ids = tuple(str(number) for number in range(len(rows)))
    return MarketTrades(_micros(rows.exch_ts), _micros(rows.ts), ids, *figures, rows.buyer_is_maker.to_numpy(bool))


async def _play(lake: Lake, books: pd.DataFrame, trades: MarketTrades) -> Tally:
    times = _micros(books.exch_ts), _micros(books.ts)
    stream = ReplayStream("binance", SYMBOL, books_of_columns(*times, *_sides(books)), trades_by_arrival(trades))
    patience = Patience(stale=60.0, first_delay=1.0, longest_delay=1.0, attempts=1, poll=1.0)
    plan = Plan((SYMBOL,), ("trades", "books"), "1m", dict.fromkeys(("trades", "books"), patience), 0.02, 0.3)
    target, tally = Target(lake, lambda *_: None, lambda _: None), Tally()
    rng = np.random.default_rng(1)
    job = asyncio.create_task(
        run_streams(plan, Sources(stream, None, None), target, SystemClock(), rng, lambda _: None, tally, None)
    )
    over = asyncio.create_task(stream.over())
    await asyncio.wait([job, over], return_when=asyncio.FIRST_COMPLETED)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    assert over.done()
    return tally


@pytest.mark.parametrize(("market", "symbol"), MARKETS)
def test_what_was_recorded_comes_back_to_the_bit(tmp_path: Path, market_data: Path, market: str, symbol: str) -> None:
    books = _rows(market_data, "orderbook_binance_l2_20lvl_1s", market, symbol)
    trades = _trades(_rows(market_data, "trades_binance", market, symbol))
    lake = Lake(tmp_path)
    tally = asyncio.run(_play(lake, books, trades))
    assert tally.stored == {(SYMBOL, "trades"): len(trades), (SYMBOL, "books"): len(books)}
    found = read_books(lake, Market("binance", SYMBOL))
    _same_books(found, books)
    stored = read_trades(lake, Market("binance", SYMBOL))
    assert stored.id == trades.id
    for name in ("ts", "known_at", "price", "quantity", "buyer_is_maker"):
        np.testing.assert_array_equal(getattr(stored, name), getattr(trades, name))
    # The recorder's clock ran 1.27 s behind: both times are kept, and nothing is sorted by the venue's.
    assert -1.4 * SECOND < float(np.median(stored.known_at - stored.ts)) < -1.2 * SECOND
    _same_imbalance(found, books)


def _same_books(found: BookRows, books: pd.DataFrame) -> None:
    np.testing.assert_array_equal(found.known_at, _micros(books.ts))
    np.testing.assert_array_equal(found.ts, found.known_at)
    np.testing.assert_array_equal(found.exch_ts, _micros(books.exch_ts))
    for name, side in zip(SIDES, _sides(books), strict=True):
        np.testing.assert_array_equal(getattr(found, name), side)


def _same_imbalance(found: BookRows, books: pd.DataFrame) -> None:
    """Against a recomputation from the file with numpy alone."""
    _, bid_quantity, _, ask_quantity = _sides(books)
    for levels in (1, 5, 20):
        bids, asks = (np.cumsum(side[:, :levels], axis=1)[:, -1] for side in (bid_quantity, ask_quantity))
        imbalance = book_imbalance(found.bid_qty, found.ask_qty, levels)
        np.testing.assert_array_equal(imbalance, (bids - asks) / (bids + asks))
        assert imbalance.min() < -0.5
        assert imbalance.max() > 0.5
    arrivals = _micros(books.ts)
    opens = np.arange(arrivals[0] // MINUTE, arrivals[-1] // MINUTE + 1, dtype=np.int64) * MINUTE
    known = imbalance_as_known(opens, opens + MINUTE, found.ts, imbalance)
    for bar, begin in enumerate(opens):
        before = np.flatnonzero(arrivals <= begin + MINUTE)
        assert known[bar] == imbalance[before[-1]]
