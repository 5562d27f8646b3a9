"""Episodes that everybody agrees about come out on real bars: asserted of the rules, printed of both detectors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.features import FeatureInputs, Leader, index_as_known
from models.regime import (
    EPISODES,
    RegimeHistory,
    RegimeSettings,
    episode_rows,
    regime_history,
    shares,
    shares_by_year,
    spells,
    switches_per_year,
)
from models.sessions import bar_closes
from models.types import CALENDARS, Regime, bars_per_year, parse_time
from models.types.timeframes import MINUTE
from tasks.adapters.archives import read_archive

pytestmark = pytest.mark.realdata

CRYPTO, NEW_YORK = CALENDARS["24/7"], CALENDARS["XNYS"]
DETECTORS = ("rules", "hmm")


@pytest.fixture(scope="module")
def bitcoin(market_data: Path) -> FeatureInputs:
    bars = read_archive(market_data / "btcusdt_binance_1h_2017-08_2024-12.parquet", "BTC/USDT")
    return FeatureInputs(bars, CRYPTO, "1h", np.full(len(bars), np.nan), None)


@pytest.fixture(scope="module")
def stocks(market_data: Path) -> FeatureInputs:
    """SPY daily, with VIX as it was known: published a quarter of an hour after the session's close."""
    bars = read_archive(market_data / "etf_daily_adjusted_1993_2026.parquet", "SPY")
    frame = pd.read_parquet(market_data / "vix_daily_1990_2026.parquet")
    days = frame["ts"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    published = bar_closes(NEW_YORK, "1d", days, 15 * MINUTE)
    known = index_as_known(bar_closes(NEW_YORK, "1d", bars.ts), published, frame["close"].to_numpy())
    return FeatureInputs(bars, NEW_YORK, "1d", known, None)


@pytest.fixture(scope="module")
def histories(bitcoin: FeatureInputs, stocks: FeatureInputs) -> dict[tuple[str, str], RegimeHistory]:
    inputs = {"BTC": bitcoin, "SPY": stocks}
    return {(name, one): regime_history(inputs[name], RegimeSettings(one)) for name in inputs for one in DETECTORS}


def rows_of(name, inputs, history):
    per_year = bars_per_year(inputs.calendar, inputs.timeframe)
    return {one.episode.name: one for one in episode_rows(inputs.bars.ts, history, EPISODES[name], per_year)}


@pytest.mark.parametrize("name", ["BTC", "SPY"])
def test_the_rules_see_every_episode(name, bitcoin, stocks, histories):
    inputs = {"BTC": bitcoin, "SPY": stocks}[name]
    for detector in DETECTORS:
        print(f"\n{name} by {detector}: {told(inputs, histories[name, detector])}")
        for row in rows_of(name, inputs, histories[name, detector]).values():
            print(
                f"  {row.episode.name:24} {row.bars:5} bars, {np.round(100 * row.shares).astype(int)} %, "
                f"delay {row.delay}, spells of {row.mean_bars:.0f}, {row.switches_per_year:.0f} switches a year, "
                f"{row.fulfilled}"
            )
    found = rows_of(name, inputs, histories[name, "rules"])
    assert {one: row.fulfilled for one, row in found.items()} == {
        one.name: None if one.name.startswith("financial") else True for one in EPISODES[name]
    }


def told(inputs, history):
    per_year = bars_per_year(inputs.calendar, inputs.timeframe)
    return [
        (
            view,
            np.round(100 * shares(label), 1).tolist(),
            round(switches_per_year(label, per_year), 1),
            spells(label).mean_bars(),
        )
        for view, label in (
            ("label", history.label),
            ("context", history.context.label),
            ("trigger", history.trigger.label),
        )
    ]


def test_no_years_have_more_crisis_on_spy_than_2008_and_2009(stocks, histories):
    years = shares_by_year(stocks.bars.ts, histories["SPY", "rules"].label)
    worst = sorted(years, key=lambda year: -years[year][Regime.CRISIS])
    assert set(worst[:2]) == {2008, 2009}
    two = (stocks.bars.ts >= parse_time("2008-01-01")) & (stocks.bars.ts < parse_time("2010-01-01"))
    assert 0.25 < (histories["SPY", "rules"].label[two] == Regime.CRISIS).mean() < 0.4


@pytest.mark.parametrize("detector", DETECTORS)
def test_the_trigger_makes_a_crisis_of_any_context(detector, histories):
    history = histories["BTC", detector]
    alarm = history.trigger.label == Regime.CRISIS
    assert 0.01 < alarm.mean() < 0.1
    assert (history.label[alarm] == Regime.CRISIS).all()
    assert (history.label[~alarm] == history.context.label[~alarm]).all()


@pytest.mark.parametrize(("timeframe", "most"), [("1h", 0.04), ("1d", 0.04)])
def test_eth_moves_together_with_btc_beyond_its_usual_only_now_and_then(market_data, bitcoin, timeframe, most):
    bars = read_archive(market_data / "ethusdt_binance_1h_2017-08_2024-12.parquet", "ETH/USDT")
    inputs = FeatureInputs(bars, CRYPTO, "1h", np.full(len(bars), np.nan), Leader("BTC/USDT", bitcoin.bars))
    found = regime_history(inputs, RegimeSettings("rules", timeframe, timeframe)).figures["correlation_spike_context"]
    known = np.isfinite(found)
    spikes = found > 0.5
    covid = (bars.ts >= parse_time("2020-03-13")) & (bars.ts < parse_time("2020-03-23"))
    print(timeframe, spikes[known].mean(), spikes[covid].mean())
    assert known.mean() > 0.9
    assert 0.002 < spikes[known].mean() < most
    assert spikes[covid].mean() > 0.8
