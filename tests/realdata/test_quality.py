"""What the real archives are known to hold: absurd prints, holes, outages, splits; and how rarely a bar is blocked."""

from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from models.quality import Block, GapKind, blocks, classify_absences, find_gaps, long_wicks, spikes
from models.sessions import expected_opens
from models.types import CALENDARS, Bars, bar_micros, iso, parse_time

pytestmark = pytest.mark.realdata

MINUTES, LITECOIN = "btcusd_bitfinex_1m_2013-04_2019-12", "ltcusd_bitfinex_5m_2013-05_2019-12"
DAILY = ["etf_daily_adjusted_1993_2026", "etf_daily_unadjusted_1999_2024", "us_equity_daily_unadjusted_1998_2021"]
NO_SPLITS = np.zeros(0, np.int64)


@lru_cache(maxsize=2)
def table(folder: Path, name: str):
    return pq.read_table(folder / f"{name}.parquet")


def bars_of(folder: Path, name: str, ticker: str | None = None) -> Bars:
    rows = table(folder, name)
    if ticker is not None:
        rows = rows.filter(np.array(rows["ticker"]) == ticker)
    columns = [rows[one].to_numpy() for one in ("open", "high", "low", "close")]
    volume = rows["volume"].to_numpy() if "volume" in rows.column_names else np.ones(len(rows))
    return Bars(rows["ts"].to_numpy().astype("datetime64[us]").astype(np.int64), *columns, volume)


def tickers(folder: Path, name: str) -> list[str]:
    return sorted(set(table(folder, name)["ticker"].to_pylist()))


def expected_of(bars: Bars, timeframe: str) -> np.ndarray:
    return expected_opens(CALENDARS["24/7"], timeframe, int(bars.ts[0]), int(bars.ts[-1]))


def times(bars: Bars, chosen: np.ndarray) -> list[str]:
    return [iso(ts)[:16] for ts in bars.ts[chosen]]


def missing(folder: Path, name: str, timeframe: str) -> dict[str, int]:
    bars = bars_of(folder, name)
    gaps = classify_absences(bars.ts, expected_of(bars, timeframe))
    return {iso(gap.start)[:16]: gap.missing for gap in gaps if gap.kind is GapKind.MISSING}


SPIKES = {
    MINUTES: [
        "2013-04-10T17:36",
        "2013-04-11T12:34",
        "2013-04-11T18:12",
        "2013-04-14T02:44",
        "2013-04-16T04:38",
        "2013-07-01T18:01",
    ],
    LITECOIN: ["2013-06-26T19:55", "2013-06-26T20:05", "2013-06-26T20:45"],
    "btcusd_bitstamp_coinbase_1d_2011_2025": ["2017-04-15T00:00"],  # low of 0.06 at 1,170
    "ethusd_bitfinex_5m_2016-03_2019-12": [],
    "xrpusd_bitfinex_5m_2017-05_2019-12": [],
    "btcusdt_binance_1h_2017-08_2024-12": [],
    "ethusdt_binance_1h_2017-08_2024-12": [],
    "xrpusdt_binance_1h_2020-09_2024-12": [],
    "btcusdt_binance_30m_2020-09_2024-12": [],
    "ethusdt_binance_30m_2020-09_2024-12": [],
    "xrpusdt_binance_30m_2020-09_2024-12": [],
    "btcusdt_binance_5m_2022-08_2024-12": [],
    "ethusdt_binance_5m_2022-08_2024-11": [],
    "btcusdt_binance_1m_samples_2021-2025": [],
    "vix_daily_1990_2026": [],
}


@pytest.mark.parametrize("name", SPIKES)
def test_absurd_prints_and_no_crash_of_the_market(name: str, market_data: Path) -> None:
    bars = bars_of(market_data, name)
    assert times(bars, spikes(bars)) == SPIKES[name]


def test_stocks_have_one_absurd_print(market_data: Path) -> None:
    found = {}
    for name in DAILY:
        for ticker in tickers(market_data, name):
            bars = bars_of(market_data, name, ticker)
            found[ticker] = found.get(ticker, []) + times(bars, spikes(bars))
    assert {ticker: days for ticker, days in found.items() if days} == {"GOOG": ["2008-09-30T00:00"]}  # low of 0.01


def test_long_wicks_are_few(market_data: Path) -> None:
    bars = bars_of(market_data, MINUTES)
    assert times(bars, long_wicks(bars)) == ["2013-04-10T17:37", "2013-04-26T08:21"]


def test_holes_of_the_minutes(market_data: Path) -> None:
    found = missing(market_data, MINUTES, "1m")
    known = {
        "2014-11-21T23:04": 57_656,
        "2015-05-01T04:00": 44_400,
        "2016-04-01T00:01": 87_839,
        "2016-08-02T18:03": 11_390,
        "2015-08-24T06:02": 383,
        # hours of silence
        "2016-06-20T21:03": 192,
        "2016-06-21T00:16": 224,
        "2016-06-21T09:22": 278,
        "2019-01-07T10:01": 197,
        "2019-01-07T15:40": 109,
        "2019-06-26T08:46": 188,
        "2019-06-26T11:55": 54,
    }
    assert known.items() <= found.items()
    assert Counter(start[:4] for start in found if start < "2017") == {"2013": 4, "2014": 2, "2015": 7, "2016": 8}
    assert min(length for start, length in found.items() if start < "2017") == 44


def test_quiet_minutes_are_quiet(market_data: Path) -> None:
    bars = bars_of(market_data, MINUTES)
    expected = expected_of(bars, "1m")
    gaps = classify_absences(bars.ts, expected)
    counted = Counter(iso(gap.start)[:4] for gap in gaps if gap.kind is GapKind.QUIET)
    assert [counted[year] for year in ("2013", "2014", "2015", "2016")] == [49_880, 71_057, 61_141, 63_905]
    assert sum(gap.missing for gap in gaps) == expected.size - len(bars) == expected.size - 2_630_217


OUTAGES = {
    "btcusdt_binance_1h_2017-08_2024-12": (28, 128),
    "ethusdt_binance_1h_2017-08_2024-12": (28, 128),
    "xrpusdt_binance_1h_2020-09_2024-12": (10, 20),
    "btcusdt_binance_30m_2020-09_2024-12": (10, 45),
    "ethusdt_binance_30m_2020-09_2024-12": (10, 45),
    "xrpusdt_binance_30m_2020-09_2024-12": (10, 45),
    "btcusdt_binance_5m_2022-08_2024-12": (1, 16),
    "ethusdt_binance_5m_2022-08_2024-11": (1, 16),
}


@pytest.mark.parametrize("name", OUTAGES)
def test_every_absent_bar_of_a_dense_market_is_missing(name: str, market_data: Path) -> None:
    found = missing(market_data, name, name.split("_")[2])
    assert (len(found), sum(found.values())) == OUTAGES[name]


def test_windows_of_minutes_are_split_at_their_borders(market_data: Path) -> None:
    assert missing(market_data, "btcusdt_binance_1m_samples_2021-2025", "1m") == {
        "2021-09-29T07:00": 120,
        "2021-10-17T22:21": 35_211,
        "2021-12-11T09:10": 663_185,
        "2023-03-24T12:40": 80,
        "2023-05-01T21:01": 650_474,
        "2024-08-25T14:23": 403_377,
    }


THIN = [
    (
        LITECOIN,
        0.379,
        {"2014-11-21T23:05", "2015-05-01T04:05", "2016-03-31T23:55", "2016-08-02T18:00", "2015-08-24T06:00"},
    ),
    ("ethusd_bitfinex_5m_2016-03_2019-12", 0.145, {"2016-03-31T23:35", "2016-08-02T18:00"}),
    ("xrpusd_bitfinex_5m_2017-05_2019-12", 0.016, {"2019-01-07T10:05", "2018-10-04T08:35"}),
]


@pytest.mark.parametrize(("name", "absent", "holes"), THIN, ids=[one[0] for one in THIN])
def test_thin_markets_have_holes_among_quiet_bars(name: str, absent: float, holes: set[str], market_data: Path) -> None:
    bars = bars_of(market_data, name)
    expected = expected_of(bars, "5m")
    assert 1.0 - len(bars) / expected.size == pytest.approx(absent, abs=0.0005)
    found = missing(market_data, name, "5m")
    assert holes <= found.keys()
    assert len(found) < 0.025 * len(find_gaps(bars.ts, expected))


def test_a_known_outage_is_not_missing(market_data: Path) -> None:
    bars = bars_of(market_data, "btcusdt_binance_5m_2022-08_2024-12")
    outage = (parse_time("2023-03-24T12:40:00"), parse_time("2023-03-24T14:00:00"))
    gaps = classify_absences(bars.ts, expected_of(bars, "5m"), [outage])
    assert [(gap.kind, gap.missing) for gap in gaps] == [(GapKind.OUTAGE, 16)]


BLOCKED = [
    (MINUTES, "1m", [20, 4, 0, 1716]),
    (LITECOIN, "5m", [32, 19, 0, 411]),
    ("xrpusd_bitfinex_5m_2017-05_2019-12", "5m", [0, 2, 0, 495]),
    ("btcusdt_binance_1m_samples_2021-2025", "1m", [20, 4, 68, 21]),
    ("btcusdt_binance_5m_2022-08_2024-12", "5m", [0, 0, 10, 5]),
    ("xrpusdt_binance_30m_2020-09_2024-12", "30m", [0, 5, 0, 50]),
    ("btcusdt_binance_1h_2017-08_2024-12", "1h", [0, 0, 0, 140]),
    ("btcusd_bitstamp_coinbase_1d_2011_2025", "1d", [0, 21, 0, 5]),
]


@pytest.mark.parametrize(("name", "timeframe", "counts"), BLOCKED, ids=[one[0] for one in BLOCKED])
def test_bars_are_rarely_blocked(name: str, timeframe: str, counts: list[int], market_data: Path) -> None:
    bars = bars_of(market_data, name)
    bars = bars.rows(~spikes(bars))
    codes = blocks(bars, bar_micros(timeframe), expected_of(bars, timeframe), NO_SPLITS)
    assert np.bincount(codes, minlength=len(Block))[1:].tolist() == counts


JUMPS = {
    ("etf_daily_unadjusted_1999_2024", "QQQ"): ["2000-03-20"],
    ("etf_daily_unadjusted_1999_2024", "EFA"): ["2005-06-09"],
    ("etf_daily_unadjusted_1999_2024", "IWM"): ["2005-06-09"],
    ("etf_daily_unadjusted_1999_2024", "VWO"): ["2008-06-18"],
    ("us_equity_daily_unadjusted_1998_2021", "AAPL"): ["2000-06-21", "2005-02-28", "2014-06-09", "2020-08-31"],
    ("us_equity_daily_unadjusted_1998_2021", "AIG"): ["1998-08-03", "2000-07-31", "2009-07-01"],
    ("us_equity_daily_unadjusted_1998_2021", "BAC"): ["2004-08-30"],
    ("us_equity_daily_unadjusted_1998_2021", "EEM"): ["2005-06-09", "2008-07-24"],
    ("us_equity_daily_unadjusted_1998_2021", "GOOG"): ["2014-04-03"],
    ("us_equity_daily_unadjusted_1998_2021", "IBM"): ["1999-05-27"],
    ("us_equity_daily_unadjusted_1998_2021", "IWM"): ["2005-06-09"],
    ("us_equity_daily_unadjusted_1998_2021", "QQQ"): ["2000-03-20"],
    ("us_equity_daily_unadjusted_1998_2021", "USO"): ["2020-04-29"],
}


@pytest.mark.parametrize("name", DAILY)
def test_splits_of_unadjusted_stocks_are_found_and_nothing_else(name: str, market_data: Path) -> None:
    calendar = CALENDARS["XNYS"]
    for ticker in tickers(market_data, name):
        bars = bars_of(market_data, name, ticker)
        expected = expected_opens(calendar, "1d", int(bars.ts[0]), int(bars.ts[-1]))
        days = [parse_time(day) for day in JUMPS.get((name, ticker), [])]
        codes = blocks(bars, bar_micros("1d"), expected, NO_SPLITS)
        begins = (codes == Block.SPLIT_JUMP) & (np.concatenate([[0], codes[:-1]]) != Block.SPLIT_JUMP)
        assert bars.ts[begins].tolist() == days, ticker
        explained = blocks(bars, bar_micros("1d"), expected, np.array(days, np.int64))
        assert not (explained == Block.SPLIT_JUMP).any(), ticker
