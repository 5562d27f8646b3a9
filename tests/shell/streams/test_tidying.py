"""Housekeeping over a lake of several markets."""

from pathlib import Path

import numpy as np

from data.books import append_books, book_store
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import Market
from data.trades import append_trades, read_trades, trade_store
from models.types import Book, MarketTrades
from models.types.timeframes import DAY
from tasks.session.keeping.ticks import keep_house

START = 1_722_470_400_000_000
BTC, ETH = Market("binance", "BTC/USDT"), Market("kraken", "ETH/USD")
SIDE = np.ones((1, 2))


def trade(day: int) -> MarketTrades:
    stamp = np.full(1, START + day * DAY, np.int64)
    return MarketTrades(stamp, stamp, (str(day),), np.ones(1), np.ones(1), np.ones(1, np.bool_))


def test_old_days_go_the_others_are_joined_and_leftovers_are_rolled(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for market in (BTC, ETH):
        with TickWriter(trade_store(lake), market, lambda _: None) as writer:
            for day in range(6):
                for _ in range(2):
                    append_trades(writer, [trade(day)])
                    writer.cut()
                    writer.roll()
    with TickWriter(book_store(lake), BTC, lambda _: None) as writer:
        append_books(writer, [Book(START, START, SIDE, SIDE)])
    crashed = TickWriter(trade_store(lake), ETH, lambda _: None).__enter__()
    append_trades(crashed, [trade(5)])
    crashed._lock.release()
    found = {
        (one.step, one.what): (one.gone, int(one.note.split()[0]), one.trouble)
        for one in keep_house(lake, {"trades": 3.0, "books": 4.0}, START + 5 * DAY)
    }
    assert found == {
        ("books", "binance BTC/USDT"): (1, 0, ""),
        ("trades", "binance BTC/USDT"): (4, 3, ""),
        ("trades", "kraken ETH/USD"): (4, 3, ""),
    }
    assert [int(one) for one in read_trades(lake, BTC).id] == [2, 2, 3, 3, 4, 4, 5, 5]
    assert [int(one) for one in read_trades(lake, ETH).id] == [2, 2, 3, 3, 4, 4, 5, 5, 5]
    assert not trade_store(lake).hot_files(ETH)


def test_what_is_recorded_now_keeps_its_open_file_and_what_is_damaged_is_named(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    with TickWriter(trade_store(lake), ETH, lambda _: None) as broken:
        append_trades(broken, [trade(0)])
        broken.cut()
        broken.roll()
        append_trades(broken, [trade(0)])
    part = next(trade_store(lake).dataset(ETH).folder.rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-9])
    with TickWriter(trade_store(lake), BTC, lambda _: None) as writer:
        append_trades(writer, [trade(0)])
        rows = keep_house(lake, {"trades": 100.0}, START + DAY)
        assert len(trade_store(lake).hot_files(BTC)) == 1
        append_trades(writer, [trade(0)])
    assert len(read_trades(lake, BTC)) == 2
    assert [bool(one.trouble) for one in rows] == [False, True]
    assert part.name in rows[1].trouble
