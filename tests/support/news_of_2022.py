"""Hours of BTC from October 2021 to December 2022 and the desk's headlines in a home: what news is ablated on."""

from pathlib import Path

from models.types import Bars, Series, parse_time
from tasks.adapters.archives import read_archive, read_headline_archive
from tasks.bootstrap.news import build_make_reader
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.news.importing import Imported, import_headlines

BITCOIN = Series("binance", "BTC/USDT", "1h")
FIRST, LAST = parse_time("2021-10-01"), parse_time("2022-12-31T23:00:00")
BARS = "btcusdt_binance_1h_2017-08_2024-12.parquet"
HEADLINES = "news_crypto_headlines_2021-10_2023-12.parquet"


def bars_of_2022(folder: Path) -> Bars:
    """From the file of the desk's market data."""
    bars = read_archive(folder / BARS, BITCOIN.symbol)
    return bars.rows((bars.ts >= FIRST) & (bars.ts <= LAST))


def settle_2022(desk: Desk, folder: Path) -> Imported:
    """Bars and then headlines into the lake of a desk, each headline as it was read when it arrived. Those of 2023 come
    along: no bar hears them.
    """
    take_in_archive(desk, BITCOIN, bars_of_2022(folder))
    return import_headlines(desk, read_headline_archive(folder / HEADLINES), build_make_reader(desk), lambda _: None)
