"""Real bars of one venue resample into each other: prices to the bit, volume to 1e-12, outside the known outages."""

from pathlib import Path

import numpy as np
import pytest
from markets import same_bits

from models.resampling import resample
from models.types import Bars, bar_micros, parse_time
from tasks.adapters.archives import read_archive

pytestmark = pytest.mark.realdata

BTC, ETH, XRP = "BTC/USDT", "ETH/USDT", "XRP/USDT"
PRICES = ("open", "high", "low", "close")
FILES = {
    (BTC, "5m"): "btcusdt_binance_5m_2022-08_2024-12",
    (BTC, "30m"): "btcusdt_binance_30m_2020-09_2024-12",
    (BTC, "1h"): "btcusdt_binance_1h_2017-08_2024-12",
    (ETH, "5m"): "ethusdt_binance_5m_2022-08_2024-11",
    (ETH, "30m"): "ethusdt_binance_30m_2020-09_2024-12",
    (ETH, "1h"): "ethusdt_binance_1h_2017-08_2024-12",
    (XRP, "30m"): "xrpusdt_binance_30m_2020-09_2024-12",
    (XRP, "1h"): "xrpusdt_binance_1h_2020-09_2024-12",
}
# Bars during which the exchange went down: only these may differ.
MARCH_2023 = {"30m": ["2023-03-24T12:30Z"], "1h": ["2023-03-24T12:00Z"]}
HALF_HOURS = ["2021-03-06T03:00Z", "2021-04-20T04:00Z", "2021-04-25T04:00Z", "2021-04-25T08:00Z", "2021-08-13T06:00Z"]
# Symbol, the finer file, the coarser one, and the bars of the latter that an outage cut short.
PAIRS = [
    (BTC, "5m", "30m", MARCH_2023["30m"]),
    (BTC, "5m", "1h", MARCH_2023["1h"]),
    (BTC, "30m", "1h", HALF_HOURS),
    (ETH, "5m", "30m", MARCH_2023["30m"]),
    (ETH, "5m", "1h", MARCH_2023["1h"]),
    (ETH, "30m", "1h", HALF_HOURS),
    (XRP, "30m", "1h", HALF_HOURS),
]


@pytest.fixture(scope="module")
def archives(market_data: Path) -> dict[tuple[str, str], Bars]:
    return {key: read_archive(market_data / f"{name}.parquet", key[0]) for key, name in FILES.items()}


@pytest.mark.parametrize(("symbol", "finer", "coarser", "cut_short"), PAIRS)
def test_the_venues_own_bars_come_out(
    archives: dict[tuple[str, str], Bars], symbol: str, finer: str, coarser: str, cut_short: list[str]
) -> None:
    made = resample(archives[symbol, finer], finer, coarser)
    venues = archives[symbol, coarser]
    venues = venues.rows((venues.ts >= made.bars.ts[0]) & (venues.ts <= made.bars.ts[-1]))
    assert same_bits(made.bars.ts, venues.ts)
    assert len(venues) > 20_000
    whole = made.count == bar_micros(coarser) // bar_micros(finer)
    assert made.bars.ts[~whole].tolist() == [parse_time(one) for one in cut_short]
    ours, theirs = made.bars.rows(whole), venues.rows(whole)
    for name in PRICES:
        assert same_bits(getattr(ours, name), getattr(theirs, name)), name
    np.testing.assert_allclose(ours.volume, theirs.volume, rtol=1e-12, atol=0.0)


@pytest.mark.parametrize("symbol", [BTC, ETH])
@pytest.mark.parametrize("coarser", ["1h", "4h", "1d"])
def test_two_steps_are_one(archives: dict[tuple[str, str], Bars], symbol: str, coarser: str) -> None:
    bars = archives[symbol, "5m"]
    half_hours = resample(bars, "5m", "30m").bars
    one, two = resample(bars, "5m", coarser).bars, resample(half_hours, "30m", coarser).bars
    for name in ("ts", *PRICES):
        assert same_bits(getattr(one, name), getattr(two, name)), name
    np.testing.assert_allclose(one.volume, two.volume, rtol=1e-12, atol=0.0)
