"""The stage-transition tests on real bars: two years of BTC, judged on every day."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from synthetic import MemoryTracker

from models.types import parse_time
from tasks.adapters.archives import read_archive
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.staging.walk_showing import said_of
from tasks.session.staging.walked import Walked, walk_book

pytestmark = pytest.mark.realdata

SPAN = (parse_time("2019-06-01"), parse_time("2021-06-01"))
GIVEN = {
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[BTC/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    "KEEL_MODEL__XGBOOST__ROUNDS": "30",
}


@pytest.fixture(scope="module")
def walked(market_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    before = dict(os.environ)
    os.environ.update(GIVEN | {"KEEL_HOME": str(tmp_path_factory.mktemp("home"))})
    try:
        desk = build_desk()
        (series,) = desk.universe()
        bars = read_archive(market_data / "btcusdt_binance_1h_2017-08_2024-12.parquet", series.symbol)
        take_in_archive(desk, series, bars.rows((bars.ts >= SPAN[0]) & (bars.ts < SPAN[1])))
        yield walk_book(desk, MemoryTracker(), SPAN[0], None, lambda *_: None)
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_every_day_is_judged_over_the_window_of_its_stage(walked: Walked) -> None:
    walk = walked.walk
    assert walk.track.days.size == 731
    assert walk.track.curve[-1] == pytest.approx(walked.report.run.equity[-1])
    assert walk.track.profits.size == len(walked.report.trades)
    for one, least in zip(walk.judged, (30, 60, 28), strict=True):
        assert one.possible.tolist() == [day + 1 >= least for day in range(731)]
        assert not (one.passed & ~one.possible).any()
        assert (
            sum(group.days for group in one.after[1].groups[:2]) == one.after[1].groups[2].days == 731 - 90 - least + 1
        )


def test_no_step_is_taken_that_was_not_earned(walked: Walked) -> None:
    for one in walked.walk.life:
        if one.cause is None and not one.before.rung:
            assert one.evidence.sharpe > 1.5
            assert one.evidence.trades >= 30
    assert sum(walked.walk.spent.values()) == 731
    assert len(said_of(walked.walk)) == 7
    assert walked.picture.stat().st_size > 10_000
