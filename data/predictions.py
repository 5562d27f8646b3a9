"""Predictions in the lake: what each model version said about each bar, with the fold that said it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.dataset import TIME, Dataset, micros_of
from data.lake import Lake
from models.predictors import Predictions
from models.predictors.predictions import NO_FOLD
from models.types import Series

FIGURES = ("momentum_bps", "momentum_confidence", "boosting_bps", "boosting_confidence")
SCHEMA = pa.schema([("ts", TIME), ("fold", pa.int64()), *((name, pa.float64()) for name in FIGURES)])


@dataclass(frozen=True, slots=True)
class PredictionStore:
    """Predictions by series and model version. A bar's prediction, once there, is never replaced."""

    lake: Lake

    def read(self, series: Series, version: str) -> Predictions:
        """All predictions of one model version, ascending; empty when it never spoke."""
        table = self._dataset(series, version).read()
        columns = [table[name].to_numpy() for name in ("fold", *FIGURES)]
        return Predictions(micros_of(table), *columns)

    def append(self, series: Series, version: str, made: Predictions) -> None:
        """Add the predictions for bars that have none yet; rows in which nobody spoke are left out."""
        dataset = self._dataset(series, version)
        with dataset.lock():
            before = self.read(series, version)
            new = (made.fold != NO_FOLD) & ~np.isin(made.ts, before.ts)
            if not new.any():
                return
            columns = {
                name: np.concatenate([getattr(before, name), getattr(made, name)[new]])
                for name in Predictions.__slots__
            }
            order = np.argsort(columns["ts"], kind="stable")
            touched = dataset.periods(np.sort(made.ts[new]))
            ordered = {name: column[order] for name, column in columns.items()}
            table = pa.table(
                [
                    pa.array(ordered["ts"], pa.int64()).cast(TIME),
                    *(pa.array(ordered[name]) for name in ("fold", *FIGURES)),
                ],
                schema=SCHEMA,
            )
            rows = dataset.periods(ordered["ts"])
            dataset.replace({name: table.slice(int(rows[name][0]), rows[name].size) for name in touched})

    def _dataset(self, series: Series, version: str) -> Dataset:
        folder: Path = self.lake.folder("predictions", series) / f"model={version}"
        return Dataset(folder, series.timeframe, SCHEMA)
