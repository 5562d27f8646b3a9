"""Each default specialist on real bars of its regime shows what is expected of it: the sources' holding times, stops,
targets, sizes and turnover.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gene_markets import ALWAYS, SHARES, GeneMarket

from models.engine import Run
from models.engine.panel import CLOSE, RANGE_LOW, REGIME
from models.engine.trades import trades_of
from models.features import FeatureInputs
from models.types import Reason, Regime
from tasks.adapters.archives import read_archive
from tasks.session.backtesting.measuring import exposure
from tasks.session.backtesting.specialists import Behaviour, behaviours

pytestmark = pytest.mark.realdata

HORIZON, BPS = 6, 8.0
# Of each: stop and target as fractions of the price (medians), size before the position manager's share, mean hours.
EXPECTED = {
    "volatile": ((0.01, 0.02), (0.03, 0.05), (0.01, 0.02), (1.0, 48.0)),
    "trending": ((0.01, 0.10), (0.10, 0.20), (0.03, 0.05), (12.0, 240.0)),
    "ranging": ((0.015, 0.05), (0.01, 0.10), (0.03, 0.05), (2.0, 72.0)),
    "crisis": ((0.005, 0.01), (0.01, 0.02), (0.005, 0.01), (0.0, 6.0)),
}
YEAR = {"1h": 365 * 24.0, "30m": 365 * 48.0}


@pytest.fixture(scope="module", params=["1h", "30m"])
def case(request: pytest.FixtureRequest, market_data: Path) -> tuple[Run, dict[str, Behaviour]]:
    """BTC and ETH under edges that pay for the round trip after one move in eight, in every regime as often: nothing
    that one should trade on, but what is measured here is how a position is held.
    """
    timeframe = request.param
    span = {"1h": "2017-08", "30m": "2020-09"}[timeframe]
    inputs, edges = [], []
    for coin in ("BTC", "ETH"):
        name = f"{coin.lower()}usdt_binance_{timeframe}_{span}_2024-12.parquet"
        bars = read_archive(market_data / name, f"{coin}/USDT")
        inputs.append(FeatureInputs(bars, ALWAYS, timeframe, np.full(len(bars), np.nan), None))
        moves = pd.Series(np.log(bars.close)).diff(HORIZON)
        usual = moves.ewm(span=200, min_periods=200).std().shift(1)
        edges.append((BPS * (moves / usual).abs()).to_numpy())
    market = GeneMarket(tuple(inputs), tuple(edges), "1d", False, trigger="1h")
    run = market.run()
    trades = trades_of(run.executions(), run.intents(), {})
    found = {one.specialist: one for one in behaviours(run, trades, run.intents(), YEAR[timeframe])}
    show(timeframe, found)
    return run, found


def show(timeframe: str, found: dict[str, Behaviour]) -> None:
    """The rows of docs/specialists.md; pytest prints them with -s."""
    for name, one in found.items():
        whole = one.size / SHARES[Regime[name.upper()]]
        turns = one.turnover / one.in_charge
        shares = " | ".join(
            f"{part:.0%}" for part in (one.by_stop, one.by_target, one.by_time, one.by_switch, one.by_other)
        )
        print(
            f"\n| {timeframe} {name} | {one.trades:,} | {one.mean_hours:.1f} | {one.median_hours:.1f} | {shares} | "
            f"{one.stop_distance:.2%} | {one.target_distance:.2%} | {whole:.2%} | {one.size:.2%} | "
            f"{one.in_charge:.1%} | {turns:.1f} | {turns / one.size / 2.0:,.0f} |",
            end="",
        )


@pytest.mark.parametrize("name", list(EXPECTED))
def test_stops_targets_sizes_and_holding_times_are_as_described(
    case: tuple[Run, dict[str, Behaviour]], name: str
) -> None:
    found = case[1][name]
    stop, target, size, hours = EXPECTED[name]
    assert found.trades >= 30
    assert stop[0] * 0.999 <= found.stop_distance <= stop[1] * 1.001
    assert target[0] * 0.999 <= found.target_distance <= target[1] * 1.001
    assert size[0] * 0.98 <= found.size / SHARES[Regime[name.upper()]] <= size[1] * 1.02
    assert hours[0] <= found.mean_hours <= hours[1]
    assert found.median_hours <= hours[1]
    assert sum((found.by_stop, found.by_target, found.by_time, found.by_switch, found.by_other)) == pytest.approx(1.0)


def test_positions_turn_over_fast_in_volatile_times_slower_in_trends_and_little_is_traded_in_a_crisis(
    case: tuple[Run, dict[str, Behaviour]],
) -> None:
    value = {name: one.turnover / one.in_charge for name, one in case[1].items()}
    assert value["crisis"] < 0.5 * value["trending"]
    assert value["crisis"] < value["volatile"]
    positions = {name: value[name] / one.size for name, one in case[1].items()}
    assert positions["volatile"] > 1.25 * positions["trending"]


def test_winners_run_in_trends_and_are_taken_fast_elsewhere(case: tuple[Run, dict[str, Behaviour]]) -> None:
    hours = {name: one.mean_hours for name, one in case[1].items()}
    assert hours["crisis"] < hours["volatile"] < hours["trending"]
    far = {name: one.target_distance for name, one in case[1].items()}
    assert far["crisis"] < far["volatile"] < far["trending"]


def test_ranges_are_bought_at_support_with_the_stop_beyond_it(case: tuple[Run, dict[str, Behaviour]]) -> None:
    run = case[0]
    bought = [one for one in run.intents() if one.reason == Reason.ENTER_EDGE and one.specialist == "ranging"]
    for one in bought:
        t, column = int(np.searchsorted(run.panel.ts, one.bar)), int(one.symbol[1:])
        support = run.panel.figures[t, column, RANGE_LOW] * run.panel.prices[t, column, CLOSE]
        assert one.price <= support * 1.01 * (1.0 + 1e-12)
        assert one.stop == pytest.approx(support * 0.98, abs=2e-4)
        assert one.target > one.price


def test_in_a_crisis_it_is_mostly_cash(case: tuple[Run, dict[str, Behaviour]]) -> None:
    run = case[0]
    crisis = (run.panel.codes[:, :, REGIME] == Regime.CRISIS).all(axis=1)
    assert crisis.sum() > 1000
    assert exposure(run)[crisis].mean() < 0.05
    assert exposure(run)[crisis].max() < 0.31
