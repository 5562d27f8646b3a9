"""A lake with something of everything in it: bars of two series, quarantine, predictions, actions, ledgers, cache,
catalogue.
"""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from lakes import always_cached, lake_bytes, memory_folder

from data.catalogue import refresh_catalogue
from data.tail_fits import TailFitStore
from models.actions import ActionKind, CorporateAction
from models.predictors import Predictions
from models.types import Bars, Series
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

BTC = Series("binance", "BTC/USDT", "1h")
ETH = Series("kraken", "ETH/USD", "1d")
MODEL, VERSION = "xgboost", "0123abcd4567"
YEAR = 1_577_836_800_000_000  # 2020-01-01
NOW = YEAR + 1000 * DAY
DERIVED = ("coverage", "cache", "catalogue", "tail_fits")


def archive(series: Series) -> Bars:
    """The series' rows: hours over a new year with a hole, a spike and a bad last row; days of three years."""
    if series == ETH:
        return _rows(YEAR - 300 * DAY + np.arange(700, dtype=np.int64) * DAY)
    rows = _rows(YEAR + np.delete(np.arange(-40, 60, dtype=np.int64), [70, 71, 72]) * HOUR)
    close, volume = rows.close.copy(), rows.volume.copy()
    close[20], volume[-1] = 900.0, -1.0
    return replace(rows, close=close, high=np.maximum(rows.high, close), volume=volume)


def settle(desk: Desk) -> None:
    """Put the small lake into the desk's home; it is made once, and copied."""
    restore(desk.lake.root, _files())


@cache
def _files() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        desk = build_desk(as_of=NOW, folder=Path(name))
        _bring_in(desk)
        return lake_bytes(desk.lake.root)


def _bring_in(desk: Desk) -> None:
    """Everything, read once through the array cache."""
    for series in (BTC, ETH):
        take_in_archive(desk, series, archive(series))
        predict(desk, series)
        with always_cached():
            desk.bars.read(series)
    act(desk)
    fit(desk)
    refresh_catalogue(desk.lake)


def predict(desk: Desk, series: Series) -> None:
    """Predictions of a few bars."""
    ts = archive(series).ts[::9]
    figures = [np.arange(ts.size) / 8.0 + k for k in range(5)]
    desk.predictions.append(series, MODEL, VERSION, Predictions(ts, np.ones(ts.size, np.int64), ts - DAY, *figures))


def act(desk: Desk) -> None:
    """One split."""
    split = CorporateAction("SPY", ActionKind.SPLIT, YEAR, YEAR, 2.0)
    desk.actions.merge("alpaca", [split])


def fit(desk: Desk) -> None:
    """What was found for one window of returns, and that nothing was for another."""
    store = TailFitStore(desk.lake)
    store.keep("0" * 63 + "a", {"mu": 0.1})
    store.keep("b" * 64, None)


def originals(root: Path) -> dict[str, bytes]:
    """Every file of the lake that is not derived from the others nor was set aside, by its path there."""
    return {name: content for name, content in lake_bytes(root).items() if not name.startswith((*DERIVED, "damaged"))}


def restore(root: Path, files: dict[str, bytes]) -> None:
    """Put every file back as it was, and take away the others."""
    for name in lake_bytes(root).keys() - files.keys():
        (root / name).unlink()
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _rows(ts: np.ndarray) -> Bars:
    close = 100.0 + np.sin(np.arange(ts.size) / 9.0)
    return Bars(ts, close + 0.25, close + 1.0, close - 1.0, close, 10.0 + np.arange(ts.size) % 7)
