"""The real archives come in whole: every bar counted, every known hole found."""

import os
from pathlib import Path

import numpy as np
import pytest

from models.types import BadInput, Series
from tasks.adapters.archives import read_archive
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

pytestmark = pytest.mark.realdata


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in [name for name in os.environ if name.startswith("KEEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "home"))
    return build_desk()


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_the_hourly_file_has_its_bars_and_its_outages(asset: str, desk: Desk, market_data: Path) -> None:
    path = market_data / f"{asset.lower()}usdt_binance_1h_2017-08_2024-12.parquet"
    series = Series("binance", f"{asset}/USDT", "1h")
    told = take_in_archive(desk, series, read_archive(path, series.symbol)).as_json()
    assert (told["bars"], told["added"], told["quarantined"]) == (64_524, 64_524, 0)
    assert (told["gaps"], told["missing_bars"]) == (28, 128)
    assert (told["first"], told["last"]) == ("2017-08-17T04:00:00Z", "2024-12-31T23:00:00Z")
    before = {file: file.read_bytes() for file in desk.home.rglob("*") if file.is_file()}
    again = take_in_archive(desk, series, read_archive(path, series.symbol)).as_json()
    assert (again["bars"], again["added"], again["quarantined"]) == (64_524, 0, 0)
    assert {file: file.read_bytes() for file in desk.home.rglob("*") if file.is_file()} == before


def test_the_half_hours_agree_with_the_hours(desk: Desk, market_data: Path) -> None:
    hours, halves = (Series("binance", "BTC/USDT", timeframe) for timeframe in ("1h", "30m"))
    hourly = read_archive(market_data / "btcusdt_binance_1h_2017-08_2024-12.parquet", hours.symbol)
    half = read_archive(market_data / "btcusdt_binance_30m_2020-09_2024-12.parquet", halves.symbol)
    with pytest.raises(BadInput, match="most rows are 30 minutes apart, not 1h"):
        take_in_archive(desk, hours, half)
    with pytest.raises(BadInput, match="no two rows are 30m apart"):
        take_in_archive(desk, halves, hourly)
    take_in_archive(desk, hours, hourly)
    told = take_in_archive(desk, halves, half).as_json()
    assert (told["bars"], told["gaps"], told["missing_bars"]) == (75_027, 10, 45)
    large, small = desk.bars.read(hours), desk.bars.read(halves)
    closing = small.rows(small.ts % 3_600_000_000 != 0)
    _, in_large, in_small = np.intersect1d(large.ts, closing.ts - 1_800_000_000, return_indices=True)
    assert in_large.size > 37_000
    assert (large.close[in_large] == closing.close[in_small]).all()


def test_one_symbol_of_many_is_taken_by_its_ticker(desk: Desk, market_data: Path) -> None:
    path = market_data / "etf_daily_adjusted_1993_2026.parquet"
    told = {
        symbol: take_in_archive(desk, Series("alpaca", symbol, "1d"), read_archive(path, symbol))
        for symbol in ("SPY", "TLT")
    }
    assert all(one.quarantined == 0 and one.bars == one.added > 5_000 for one in told.values())
    assert told["SPY"].bars > told["TLT"].bars
    assert told["SPY"].as_json()["first"] == "1993-01-29T00:00:00Z"
    with pytest.raises(BadInput, match="no rows of BTC"):
        read_archive(path, "BTC")
