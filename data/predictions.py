"""Predictions in the lake: what each model version said about each bar, which fold said it and what that had seen."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from data.dataset import TIME, Dataset, micros_of
from data.lake import Lake
from data.manifest import Part, has_dataset
from data.objects import Place
from models.predictors.predictions import NO_FOLD, Predictions
from models.types import BoolArray, Damaged, IntArray, Series, among

NAMES = Predictions.__slots__
# Writing takes milliseconds: whoever holds a version for so long hangs, and a decision does not wait for it.
PATIENCE = 10.0
WHOLE = ("fold", "seen_until")
SCHEMA = pa.schema(
    [("ts", TIME), *((name, pa.int64() if name in WHOLE else pa.float64()) for name in NAMES if name != "ts")]
)


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """What was read of a version: its parts, and their rows one after the other."""

    version: str
    parts: tuple[Part, ...]
    said: Predictions


@dataclass(frozen=True, slots=True)
class PredictionStore:
    """Predictions by series, model and version. A bar's row, once there, is never replaced.

    Any number of processes may append to one version: they take turns, and the first to speak about a bar wins. A
    process verifies a part when it reads it first; of each model it remembers the version that it read last.
    """

    lake: Lake
    _remembered: dict[Place, Remembered] = field(default_factory=dict, compare=False)

    def read(self, series: Series, model: str, version: str) -> Predictions:
        """All rows of one model version, ascending and not to be written to; empty when it never spoke.

        Raises:
            Damaged: a part is missing or does not match its checksum.
        """
        dataset = self._dataset(series, model, version)
        known = self._remembered.get(dataset.folder.parent)
        if known is None or known.version != version:
            known = Remembered(version, (), Predictions.none(np.empty(0, np.int64)))
        known = _brought_up(dataset, known)
        self._remembered[dataset.folder.parent] = known
        return known.said

    def append(self, series: Series, model: str, version: str, made: Predictions) -> None:
        """Add the rows of `made` (ascending) for bars that have none yet; those of NO_FOLD are left out.

        Raises:
            Damaged: what is stored about the same time cannot be trusted.
            Unavailable: the disk is full, or another process does not let go of the version.
        """
        said = _rows(made, made.fold != NO_FOLD)
        if not said.ts.size:
            return
        dataset = self._dataset(series, model, version)
        with dataset.lock(PATIENCE):
            parts = {part.period: part for part in dataset.manifest().parts}
            changed = {}
            for period, rows in dataset.periods(said.ts).items():
                before = [_predictions(dataset.read_part(parts[period]))] if period in parts else []
                new = rows[~among(before[0].ts, said.ts[rows])] if before else rows
                if new.size:
                    changed[period] = _table(_ordered([*before, _rows(said, new)]))
            if changed:
                dataset.replace(changed)

    def versions(self, series: Series, model: str) -> tuple[str, ...]:
        """Every version of a model that has ever spoken about the series, whether its files are still there or not."""
        folders = self.lake.folder("predictions", series).glob(f"model={model}/version=*")
        return tuple(sorted(path.name.removeprefix("version=") for path in folders if has_dataset(path)))

    def _dataset(self, series: Series, model: str, version: str) -> Dataset:
        folder = self.lake.folder("predictions", series) / f"model={model}" / f"version={version}"
        return Dataset(folder, series.timeframe, SCHEMA)


def joined(stored: Predictions, made: Predictions) -> Predictions:
    """The rows of `stored`, and those of `made` for bars that it has none of; ascending, without those of NO_FOLD."""
    new = made.fold != NO_FOLD
    return _ordered([stored, _rows(made, new & ~among(stored.ts, made.ts))])


def _brought_up(dataset: Dataset, known: Remembered) -> Remembered:
    """`known` with what has been committed since."""
    parts = dataset.manifest().parts
    if parts == known.parts:
        return known
    kept = _common(known.parts, parts)
    try:
        fresh = [_predictions(dataset.read_part(part)) for part in parts[kept:]]
    except Damaged:
        if dataset.manifest().parts == parts:
            raise
        return _brought_up(dataset, known)  # a writer has replaced what the manifest named
    rows = sum(part.rows for part in parts[:kept])
    said = _stacked([_rows(known.said, slice(0, rows)), *fresh])
    for name in NAMES:
        getattr(said, name).flags.writeable = False
    return Remembered(known.version, parts, said)


def _common(one: Sequence[Part], other: Sequence[Part]) -> int:
    """How many parts at the beginning are the same in both."""
    same = [left == right for left, right in zip(one, other, strict=False)]
    return same.index(False) if False in same else len(same)


def _rows(said: Predictions, rows: IntArray | BoolArray | slice) -> Predictions:
    return Predictions(*(getattr(said, name)[rows] for name in NAMES))


def _stacked(parts: list[Predictions]) -> Predictions:
    return Predictions(*(np.concatenate([getattr(one, name) for one in parts]) for name in NAMES))


def _ordered(parts: list[Predictions]) -> Predictions:
    """The rows of all, ascending."""
    whole = _stacked(parts)
    return _rows(whole, np.argsort(whole.ts, kind="stable"))


def _predictions(table: pa.Table) -> Predictions:
    return Predictions(micros_of(table), *(table[name].to_numpy() for name in NAMES[1:]))


def _table(said: Predictions) -> pa.Table:
    times = pa.array(said.ts, pa.int64()).cast(TIME)
    return pa.table([times, *(pa.array(getattr(said, name)) for name in NAMES[1:])], schema=SCHEMA)
