"""A desk with a memory reads what is committed, and reads it once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lakes import merge

from data.dataset import Dataset
from models.predictors import Predictions
from models.types import Bars, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.labels import RegimeLabels
from tasks.session.market import inputs_from
from tasks.session.remembered import remembering, remembering_regimes

BTC, ETH = Series("binance", "BTC/USDT", "1h"), Series("binance", "ETH/USDT", "1h")
START = 1_577_836_800_000_000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = build_desk(folder=tmp_path)
    for series, price in ((BTC, 100.0), (ETH, 9.0)):
        merge(made.bars, series, _bars(0, 30, price))
    return made


def _bars(begin: int, end: int, price: float) -> Bars:
    ts = START + np.arange(begin, end, dtype=np.int64) * HOUR
    column = price + np.arange(ts.size) / 8.0
    return Bars(ts, column, column + 1.0, column - 1.0, column, column)


def _said(begin: int, end: int) -> Predictions:
    ts = START + np.arange(begin, end, dtype=np.int64) * HOUR
    return Predictions(ts, np.ones(ts.size, np.int64), ts - HOUR, *[ts / HOUR % 7.0] * 5)


def test_a_bar_that_is_added_is_there(desk: Desk) -> None:
    reader = remembering(desk)
    for count in (30, 31, 32):
        assert len(reader.bars.read(BTC)) == count
        assert reader.bars.read(BTC).close.tolist() == desk.bars.read(BTC).close.tolist()
        merge(desk.bars, BTC, _bars(count, count + 1, 100.0 + count / 8.0))
    assert len(reader.bars.read(BTC, known_by=START + 7 * HOUR)) == 7
    assert reader.bars.read(ETH).close[0] == 9.0


def test_a_prediction_that_is_added_is_there(desk: Desk) -> None:
    reader = remembering(desk)
    desk.predictions.append(BTC, "xgboost", "one", _said(0, 5))
    assert reader.predictions.read(BTC, "xgboost", "one").ts.size == 5
    assert reader.predictions.read(BTC, "xgboost", "two").ts.size == 0
    desk.predictions.append(BTC, "xgboost", "one", _said(5, 9))
    assert (
        reader.predictions.read(BTC, "xgboost", "one").ts.tolist()
        == desk.predictions.read(BTC, "xgboost", "one").ts.tolist()
    )
    reader.predictions.append(BTC, "xgboost", "two", _said(0, 3))
    assert reader.predictions.read(BTC, "xgboost", "two").ts.size == 3
    assert desk.predictions.read(BTC, "xgboost", "two").ts.size == 3


def test_what_was_read_is_not_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = remembering(desk)
    desk.predictions.append(BTC, "xgboost", "one", _said(0, 5))
    first = reader.bars.read(BTC), reader.predictions.read(BTC, "xgboost", "one")

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Dataset, "read_part", refuse)
    at = replace(reader, clock=desk.clock)
    assert at.bars.read(BTC).close.tolist() == first[0].close.tolist()
    assert at.predictions.read(BTC, "xgboost", "one").ts.tolist() == first[1].ts.tolist()
    with pytest.raises(AssertionError, match="read again"):
        desk.bars.read(BTC)


@pytest.fixture
def waves(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A book on bars that rise and fall, more and more wildly."""
    for name, value in (("VENUE", "binance"), ("SYMBOLS", "[BTC/USDT]"), ("TIMEFRAME", "1h")):
        monkeypatch.setenv(f"KEEL_TRADING__{name}", value)
    monkeypatch.setenv("KEEL_REGIMES__CONTEXT", "1h")
    count = 600
    ts = START + np.arange(30, 30 + count, dtype=np.int64) * HOUR
    close = 100.0 + np.sin(np.arange(count) / 5.0) * np.arange(count) / 40.0
    merge(desk.bars, BTC, Bars(ts, close, close + 0.5, close - 0.5, close, close))
    return desk


def _asked(monkeypatch: pytest.MonkeyPatch, desk: Desk, detector: str) -> tuple[Desk, Desk, list[int]]:
    """A plain desk, one that remembers regimes, and how many bars the detector is shown from now on."""
    monkeypatch.setenv("KEEL_REGIMES__DETECTOR", detector)
    plain = replace(desk, loaded=build_desk(folder=desk.home).loaded)
    reader = remembering_regimes(plain, configured_book(plain))
    shown: list[int] = []
    found = RegimeLabels.of

    def seen(*arguments: Any) -> Any:
        shown.append(len(arguments[2].bars))
        return found(*arguments)

    monkeypatch.setattr(RegimeLabels, "of", seen)
    return plain, reader, shown


@pytest.mark.parametrize(("detector", "shown"), [("hmm", []), ("rules", [400, 521])])
def test_regimes_that_take_long_to_find_are_found_once(
    waves: Desk, monkeypatch: pytest.MonkeyPatch, detector: str, shown: list[int]
) -> None:
    plain, reader, asked = _asked(monkeypatch, waves, detector)
    settings = configured_book(plain).regimes
    parts = [inputs_from(plain, BTC, plain.bars.read(BTC, known_by=START + bars * HOUR))[0] for bars in (400, 521)]
    labels = [reader.regimes.of(BTC, one, settings).tolist() for one in parts]
    assert asked == shown
    assert labels == [plain.regimes.of(BTC, one, settings).tolist() for one in parts]
    assert len(set(labels[1])) > 1


def test_regimes_of_other_bars_or_settings_are_found_anew(waves: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, reader, asked = _asked(monkeypatch, waves, "hmm")
    settings = configured_book(plain).regimes
    part, _ = inputs_from(plain, BTC, plain.bars.read(BTC, known_by=START + 500 * HOUR))
    close = part.bars.close.copy()
    close[77] += 0.25
    repaired = replace(part, bars=replace(part.bars, close=close))
    for series, inputs, chosen in (
        (BTC, repaired, settings),
        (ETH, part, settings),
        (BTC, part, replace(settings, context="4h")),
    ):
        reader.regimes.of(series, inputs, chosen)
    assert asked == [500] * 3
    merge(plain.bars, BTC, _bars(630, 631, 100.0))
    reader.regimes.of(BTC, inputs_from(plain, BTC, plain.bars.read(BTC))[0], settings)
    assert asked == [500, 500, 500, 631]
