"""A writer that never rests: python busy_home.py HOME adds bars, trades and rows of the audit chain until it is killed.

Every round writes its number into the bars before it writes it into the chain.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
from lakes import make_store, merge

from data.journal import AuditKind, AuditLog, Entry, open_journal
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import Market
from data.trades import append_trades, trade_store
from models.types import Bars, MarketTrades, Series
from models.types.timeframes import DAY, HOUR

SERIES = Series("binance", "BUSY/USDT", "1h")
MARKET = Market("binance", "BUSY/USDT")
START = 1_577_836_800_000_000


def main(home: Path) -> None:
    store = make_store(home / "lake")
    chain = AuditLog(open_journal(home / "state" / "journal.sqlite").engine)
    with TickWriter(trade_store(Lake(home / "lake")), MARKET, lambda _: None) as writer:
        for number in itertools.count(1):
            merge(store, SERIES, bars(number))
            append_trades(writer, [trade(number)])
            if number % 5 == 0:
                writer.cut()
                writer.roll()
            chain.append(Entry(AuditKind.DRILLED, "", "busy", "a round", {"number": number}, START + number))
            print(number, flush=True)


def bars(number: int) -> Bars:
    ts = START + np.arange(number, dtype=np.int64) * 3 * DAY
    close = np.full(number, 100.0)
    return Bars(ts, close, close, close, close, np.full(number, 1.0))


def trade(number: int) -> MarketTrades:
    stamp = np.full(1, START + number * HOUR, np.int64)
    return MarketTrades(stamp, stamp, (str(number),), np.ones(1), np.ones(1), np.ones(1, np.bool_))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
