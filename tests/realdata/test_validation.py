"""A validation on real bars: two years of BTC and ETH; parts sum to the whole, nothing is claimed lightly."""

import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from synthetic import MemoryTracker

from models.types import parse_time
from tasks.adapters.archives import read_archive
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.validating import ValidationReport, validate
from tasks.session.validating.bootstrapping import TooFew
from tasks.session.validating.page import page_of
from tasks.session.validating.verdict import CHANCE, EARNS, LOSES

pytestmark = pytest.mark.realdata

SPAN = (parse_time("2019-06-01"), parse_time("2021-06-01"))
GIVEN = {
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[BTC/USDT, ETH/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    "KEEL_MODEL__XGBOOST__ROUNDS": "30",
    "KEEL_VALIDATION__PATHS": "40",
    "KEEL_VALIDATION__DRAWS": "2",
}


@pytest.fixture(scope="module")
def report(market_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValidationReport]:
    before = dict(os.environ)
    os.environ.update(GIVEN | {"KEEL_HOME": str(tmp_path_factory.mktemp("home"))})
    try:
        desk = build_desk()
        for series in desk.universe():
            coin = series.symbol.split("/")[0].lower()
            bars = read_archive(market_data / f"{coin}usdt_binance_1h_2017-08_2024-12.parquet", series.symbol)
            take_in_archive(desk, series, bars.rows((bars.ts >= SPAN[0]) & (bars.ts < SPAN[1])))
        yield validate(desk, MemoryTracker(), None, None, lambda *_: None)
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_years_and_regimes_sum_to_the_whole(report: ValidationReport) -> None:
    assert list(report.profiles) == ["conservative", "moderate", "aggressive"]
    for one in report.profiles.values():
        equity = pd.Series(one.equity.out_of_sample, index=pd.to_datetime(one.ts, unit="us"))
        ends = equity.groupby(equity.index.year).last()
        returns = ends / ends.shift(1).fillna(equity.iloc[0]) - 1.0
        found = {int(year): both.out_of_sample.total_return for year, both in one.years.items()}
        assert found == pytest.approx(returns.to_dict())
        change = pytest.approx(equity.iloc[-1] - equity.iloc[0], abs=1e-6)
        assert sum(both.out_of_sample.profit for both in one.regimes.values()) == change
        assert one.cases.costs[1.0].out_of_sample.total_return == one.whole.out_of_sample.total_return
        assert one.cases.delays[0].in_sample.total_return == one.whole.in_sample.total_return


def test_more_risk_is_more_drawdown_and_costs_cost(report: ValidationReport) -> None:
    falls = [one.whole.out_of_sample.max_drawdown for one in report.profiles.values()]
    assert falls == sorted(falls)
    for one in report.profiles.values():
        returns = [both.out_of_sample.total_return for both in one.cases.costs.values()]
        assert returns[0] > returns[-1]
        candles = one.redrawn.candles
        assert not isinstance(candles, TooFew)
        assert candles.bars == 8760
        assert candles.max_drawdown.low < candles.max_drawdown.high


def test_a_claim_needs_an_interval_beside_zero(report: ValidationReport) -> None:
    for one in report.profiles.values():
        assert one.intervals is not None
        total = one.intervals.total_return
        beside = total.low > 0.0 or total.high < 0.0
        if not one.doubts:
            assert one.verdict.finding in ((EARNS, LOSES) if beside else (CHANCE,))
        assert one.verdict.text in page_of(report)
