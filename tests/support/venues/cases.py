"""Every source on the loopback, with what its wire can show: the table that the contract runs over."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from venues.alpaca import KEY, SECRET, Alpaca
from venues.base import Loopback
from venues.binance import Binance
from venues.bitget import Bitget
from venues.coinbase import Coinbase
from venues.coingecko import Coingecko
from venues.cryptocompare import Cryptocompare
from venues.index_files import IndexFiles
from venues.kraken import Kraken
from venues.tape import DAY_MS, FIRST, HOUR_MS, MINUTE_MS, Candle, Tape

from tasks.adapters.clocks import FixedClock
from tasks.adapters.feeds import BUILDERS, build_any_venue
from tasks.adapters.venues import Access, Keys, Limits
from tasks.ports import Feed

ANY = "any ccxt venue"


@dataclass(frozen=True)
class Case:
    """One source under test.

    Attributes:
        server: the loopback that speaks its wire format.
        symbol, timeframe, step: what is asked for; step in milliseconds.
        count: bars on the tape, more than one answer of the source holds where it pages.
        missing: a symbol that it lacks, and a part of the sentence that says what it has.
        data: a part of the path of requests for bars.
        volumes: the wire has volumes.
        host: where it is asked in earnest.
    """

    name: str
    server: type[Loopback]
    symbol: str
    timeframe: str
    step: int
    count: int
    missing: tuple[str, str]
    data: str
    host: str
    volumes: bool = True
    book: bool = True
    lacks: str = "7m"

    def tape(self, count: int | None = None) -> Tape:
        """`count` bars (None: the case's) from FIRST on."""
        return Tape(((FIRST, FIRST + (self.count if count is None else count) * self.step),))

    def candles(self, count: int | None = None) -> list[Candle]:
        """The bars that the source should give of that tape."""
        return self.tape(count).candles(self.step, 0, FIRST * 2)


BTC = ("BTC/GBP", "it has BTC/EUR")
CASES = [
    Case("binance", Binance, "BTC/USDT", "1h", HOUR_MS, 1300, BTC, "/klines", "api.binance.com"),
    Case("coinbase", Coinbase, "BTC/USD", "1h", HOUR_MS, 450, BTC, "/candles", "api.coinbase.com"),
    Case("kraken", Kraken, "BTC/USD", "1h", HOUR_MS, 200, BTC, "/OHLC", "api.kraken.com"),
    Case("bitget", Bitget, "BTC/USDT", "1h", HOUR_MS, 350, BTC, "candles", "api.bitget.com"),
    Case("alpaca", Alpaca, "SPY", "30m", 30 * MINUTE_MS, 1300, ("SPYY", "such as SPY"), "/bars", "data.alpaca.markets"),
    Case(
        "coingecko",
        Coingecko,
        "BTC/USD",
        "4h",
        4 * HOUR_MS,
        150,
        ("BTC/USDT", "in USD, EUR"),
        "/ohlc",
        "api.coingecko.com",
        volumes=False,
        book=False,
    ),
    Case(
        "cryptocompare",
        Cryptocompare,
        "BTC/USD",
        "1h",
        HOUR_MS,
        2300,
        ("BTC/NONE", "such as BTC/USD"),
        "/histo",
        "min-api.cryptocompare.com",
        book=False,
    ),
    Case(
        "index_files",
        IndexFiles,
        "VIX",
        "1d",
        DAY_MS,
        200,
        ("VXX", "files for VIX"),
        "_History.csv",
        "cdn.cboe.com",
        volumes=False,
        book=False,
    ),
    Case(ANY, Binance, "BTC/USDT", "1h", HOUR_MS, 1300, BTC, "/klines", "api.binance.com"),
]


def build(case: Case, access: Access) -> Feed:
    """The case's feed, as the product builds it."""
    return build_any_venue("binance", access) if case.name == ANY else BUILDERS[case.name](access)


def name_of(case: Case) -> str:
    """What the feed calls itself."""
    return "binance" if case.name == ANY else case.name


def access_to(told: Loopback, folder: Path, now: int) -> Access:
    """Access to a loopback venue at `now` (milliseconds)."""
    return Access(
        clock=FixedClock(now * 1000),
        limits=Limits(folder / "state" / "limits.sqlite"),
        keys=Keys(SecretStr(KEY), SecretStr(SECRET)) if isinstance(told, Alpaca) else None,
        url=told.url,
        timeout_ms=5000,
    )
