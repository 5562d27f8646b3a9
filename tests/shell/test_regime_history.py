"""The regime history of a series: what was stored stays, and everything that a regime depends on is seen."""

from dataclasses import replace

import numpy as np
import pytest
from regime_lake import ARCHIVE, COUNT, DAYS, begins_with, stored, versions

from data.regimes import Detection, RegimeStore
from models.actions import ActionKind, CorporateAction
from models.regime import DETECTORS, RegimeSettings, regime_history
from models.types import Bars, Series
from tasks.bootstrap import build_desk
from tasks.session.intake import take_in_archive
from tasks.session.regimes import keep_history, regime_inputs, regime_report
from tasks.session.regimes.history import rows_of


@pytest.mark.parametrize("detector", DETECTORS)
def test_new_bars_leave_what_was_stored_as_it_was(keel_home, detector):
    desk = build_desk()
    settings = RegimeSettings(detector)
    take_in_archive(desk, DAYS, ARCHIVE.rows(slice(0, 700)))
    keep_history(desk, DAYS, settings)
    before = stored(desk, detector)
    take_in_archive(desk, DAYS, ARCHIVE)
    kept = keep_history(desk, DAYS, settings).stored[detector]
    after = stored(desk, detector)
    assert versions(desk, detector) == [1]
    assert (kept.rows, kept.added) == (after.ts.size, after.ts.size - before.ts.size)
    assert kept.added > 150
    assert begins_with(after, before)


def test_hourly_bars_are_seen_by_day_and_stay_as_they_were(keel_home):
    desk, series = build_desk(), Series("binance", "AAA/USDT", "1h")
    hours = replace(ARCHIVE, ts=ARCHIVE.ts[0] + np.arange(COUNT, dtype=np.int64) * 3_600_000_000)
    before = None
    for count in (500, 501, 517, 530, COUNT):
        take_in_archive(desk, series, hours.rows(slice(0, count)))
        kept = keep_history(desk, series, RegimeSettings())
        assert kept.stored["rules"].version == 1
        rows = stored(desk, series=series)
        assert before is None or begins_with(rows, before)
        before = rows
    days, hours = rows.figures["adx_context"], rows.figures["adx_trigger"]
    assert np.isfinite(hours).sum() > np.isfinite(days).sum() > 100
    assert (rows.ts[1:][np.diff(np.nan_to_num(days)) != 0] // 3_600_000_000 % 24 == 23).all()  # known as a day ends
    history = regime_history(regime_inputs(desk, series)[0], RegimeSettings())
    assert rows.codes["context_label"].tolist() == history.context.label.tolist()
    assert rows.codes["trigger_label"].tolist() == history.trigger.label.tolist()
    assert np.count_nonzero(history.context.label != history.trigger.label) > 20


def test_a_split_is_no_crisis_and_changes_nothing_but_the_version(keel_home):
    desk = build_desk()
    take_in_archive(desk, DAYS, ARCHIVE)
    keep_history(desk, DAYS, RegimeSettings())
    at = int(np.flatnonzero(stored(desk).codes["label"] == 2)[50])
    halved = np.where(np.arange(COUNT) >= at, 0.5, 1.0)
    prices = {name: getattr(ARCHIVE, name) * halved for name in ("open", "high", "low", "close")}
    series = replace(DAYS, symbol="SPLIT/USDT")
    take_in_archive(desk, series, replace(ARCHIVE, **prices))
    keep_history(desk, series, RegimeSettings())
    assert stored(desk, series=series).figures["gap_context"][1:].min() < -0.4
    split = CorporateAction(series.symbol, ActionKind.SPLIT, int(ARCHIVE.ts[at]), int(ARCHIVE.ts[at]), 2.0)
    desk.actions.merge("binance", [split])
    assert keep_history(desk, series, RegimeSettings()).stored["rules"].version == 2
    after = stored(desk, series=series)
    assert after.figures["gap_context"][1:].min() == pytest.approx(stored(desk).figures["gap_context"][1:].min())
    assert np.mean(after.codes["label"] == stored(desk).codes["label"]) > 0.99


def test_the_leader_and_the_index_are_seen(keel_home):
    desk, leader = build_desk(), replace(DAYS, symbol="BTC/USDT")
    take_in_archive(desk, DAYS, ARCHIVE)
    keep_history(desk, DAYS, RegimeSettings())
    assert np.isnan(stored(desk).figures["correlation_spike_context"]).all()
    take_in_archive(desk, leader, ARCHIVE)
    keep_history(desk, DAYS, RegimeSettings())
    assert np.isfinite(stored(desk).figures["correlation_spike_context"]).mean() > 0.5
    stock, vix = Series("alpaca", "SPY", "1d"), Series("alpaca", "VIX", "1d")
    shut = np.isin((ARCHIVE.ts // 86_400_000_000 + 3) % 7, [5, 6])
    take_in_archive(desk, stock, ARCHIVE.rows(~shut))
    levels = np.where(np.arange(COUNT) < 450, 40.0, 12.0)
    fear = Bars(ARCHIVE.ts, levels, levels, levels, levels, np.zeros(COUNT)).rows(~shut)
    take_in_archive(desk, vix, fear)
    kept = keep_history(desk, stock, RegimeSettings())
    assert kept.index_source.startswith("VIX for 100% of the bars")
    rows = stored(desk, series=stock)
    early = rows.ts < ARCHIVE.ts[450]
    assert (rows.codes["label"][early][5:] == 3).all()
    assert np.mean(rows.codes["label"][~early] == 3) < 0.9


def test_a_report_is_of_the_bars_that_every_detector_has_spoken_of(keel_home):
    desk = build_desk()
    take_in_archive(desk, DAYS, ARCHIVE.rows(slice(0, 700)))
    kept = keep_history(desk, DAYS, RegimeSettings())
    take_in_archive(desk, DAYS, ARCHIVE)
    history = regime_history(regime_inputs(desk, DAYS)[0], RegimeSettings("hmm"))
    before, bars = stored(desk, "hmm"), desk.bars.read(DAYS)
    rows = rows_of(bars, desk.closes(DAYS, bars.ts), history)
    assert RegimeStore(desk.lake).extend(DAYS, Detection("hmm", "1d", "1h", 35.0), rows).added > 0
    report = regime_report(desk, kept)
    assert report.ts.tolist() == before.ts.tolist()
    assert report.close.tolist() == bars.close[: before.ts.size].tolist()
    assert [one.label.tolist() for one in report.labellings] == [
        stored(desk).codes["label"].tolist(),
        before.codes["label"].tolist(),
    ]
