"""A desk with a memory reads what is committed, and reads it once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lakes import merge

from data.dataset import Dataset
from models.predictors import Predictions
from models.types import Bars, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.remembered import remembering

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
    return Predictions(ts, np.ones(ts.size, np.int64), *[ts / HOUR % 7.0] * 4)


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
    desk.predictions.append(BTC, "one", _said(0, 5))
    assert reader.predictions.read(BTC, "one").ts.size == 5
    assert reader.predictions.read(BTC, "two").ts.size == 0
    desk.predictions.append(BTC, "one", _said(5, 9))
    assert reader.predictions.read(BTC, "one").ts.tolist() == desk.predictions.read(BTC, "one").ts.tolist()
    reader.predictions.append(BTC, "two", _said(0, 3))
    assert reader.predictions.read(BTC, "two").ts.size == 3
    assert desk.predictions.read(BTC, "two").ts.size == 3


def test_what_was_read_is_not_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = remembering(desk)
    desk.predictions.append(BTC, "one", _said(0, 5))
    first = reader.bars.read(BTC), reader.predictions.read(BTC, "one")

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Dataset, "read_part", refuse)
    at = replace(reader, clock=desk.clock)
    assert at.bars.read(BTC).close.tolist() == first[0].close.tolist()
    assert at.predictions.read(BTC, "one").ts.tolist() == first[1].ts.tolist()
    with pytest.raises(AssertionError, match="read again"):
        desk.bars.read(BTC)
