"""A dry run: what models say in it is read in it, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from data.lake import Lake
from data.predictions import PredictionStore
from models.predictors import Predictions
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD
from models.types import Series
from tasks.session.remembered import UnkeptPredictions

BTC = Series("binance", "BTC/USDT", "1h")
HOUR = 3_600_000_000


def words(bars: range, fold: int = FINAL_FOLD) -> Predictions:
    made = Predictions.none(np.array(bars, np.int64) * HOUR)
    return replace(made, fold=np.full(len(bars), fold), edge_bps=np.arange(len(bars), dtype=np.float64))


def test_what_is_said_is_read_beside_what_is_stored_and_forgotten(tmp_path: Path) -> None:
    kept, unkept = PredictionStore(Lake(tmp_path)), UnkeptPredictions(Lake(tmp_path))
    kept.append(BTC, "lstm", "a", words(range(4)))
    unkept.append(BTC, "lstm", "a", words(range(2, 6), LATE_FOLD))
    unkept.append(BTC, "lstm", "a", words(range(5, 8)))
    unkept.append(BTC, "lstm", "a", words(range(8, 9), NO_FOLD))
    found = unkept.read(BTC, "lstm", "a")
    assert (found.ts // HOUR).tolist() == list(range(8))
    assert found.fold.tolist() == [FINAL_FOLD] * 4 + [LATE_FOLD] * 2 + [FINAL_FOLD] * 2
    assert found.edge_bps.tolist() == [0.0, 1.0, 2.0, 3.0, 2.0, 3.0, 1.0, 2.0]
    assert kept.read(BTC, "lstm", "a").ts.size == 4
    assert unkept.read(BTC, "lstm", "b").ts.size == 0
    kept.append(BTC, "lstm", "a", words(range(4, 5)))
    assert unkept.read(BTC, "lstm", "a").fold.tolist()[4] == FINAL_FOLD
