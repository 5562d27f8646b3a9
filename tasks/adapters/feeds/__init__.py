"""Sources of bars: a folder for each venue, what they share beside the folders, and the registry of their builders."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tasks.adapters.feeds import (
    alpaca,
    any_venue,
    binance,
    bitget,
    coinbase,
    coingecko,
    cryptocompare,
    index_files,
    kraken,
)
from tasks.adapters.venues import Access
from tasks.ports import Feed

__all__ = ["BUILDERS", "build_any_venue"]

BUILDERS: Mapping[str, Callable[[Access], Feed]] = MappingProxyType(
    {
        "alpaca": alpaca.build,
        "binance": binance.build,
        "bitget": bitget.build,
        "coinbase": coinbase.build,
        "coingecko": coingecko.build,
        "cryptocompare": cryptocompare.build,
        "index_files": index_files.build,
        "kraken": kraken.build,
    }
)
"""Every source by its name; `build_any_venue` takes the name of any other venue of ccxt."""

build_any_venue = any_venue.build
