"""Probabilities of trees on Binance's hourly bars of BTC, 2020 to 2024: what calibration makes of them out of fold."""

from pathlib import Path

import numpy as np
import pytest

from models.predictors.reliability import expected_calibration_error, log_loss
from models.predictors.walking import WalkSettings, walk
from models.types import Series, parse_time
from tasks.adapters.archives import read_archive
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.learning.kinds import kind_of
from tasks.session.learning.sheet import sheet_of
from tasks.session.market import market_view

SERIES = Series("binance", "BTC/USDT", "1h")


@pytest.mark.realdata
def test_calibration_lowers_the_error_of_the_probabilities_out_of_fold(
    market_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property
) -> None:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    # Several threads wait for each other where other tests run beside.
    monkeypatch.setenv("KEEL_MODEL__XGBOOST__THREADS", "1")
    desk = build_desk()
    bars = read_archive(market_data / "btcusdt_binance_1h_2017-08_2024-12.parquet", SERIES.symbol)
    recent = (bars.ts >= parse_time("2020-01-01")) & (bars.ts < parse_time("2025-01-01"))
    assert take_in_archive(desk, SERIES, bars.rows(recent)).bars > 43_000
    view = market_view(desk, SERIES)
    sheet, settings = sheet_of(desk, view), desk.loaded.settings.model
    terms = WalkSettings(settings.horizon, settings.embargo, settings.folds)
    walked = walk(kind_of("xgboost", settings), view.bars.ts, sheet.inputs["xgboost"], sheet.labels, terms, print)
    said, rose = walked.walk_forward, sheet.labels.rose
    before, after = (expected_calibration_error(one, rose) for one in (said.raw, said.probability))
    assert before is not None
    assert after is not None
    record_property("calibration error", f"{before:.4f} before, {after:.4f} after")
    print(f"expected calibration error {before:.4f} before and {after:.4f} after calibration")
    known = np.isfinite(said.probability) & np.isfinite(rose)
    assert known.sum() > 30_000
    assert after < before
    # It is said of each fold too, and what the probabilities cost falls with it.
    assert all(one.raw_error is not None and one.error is not None for one in walked.scores)
    losses = [log_loss(one, rose) for one in (said.raw, said.probability)]
    assert losses[0] is not None
    assert losses[1] is not None
    assert losses[1] < losses[0]
