"""Features in the lake: stored beside the bars they were computed from, extended as long as these only grow.

A version's folder is named by its declaration, the code's revision and the inputs it was begun with. Beside its rows
stands a record of how many count, and the hash of what they were computed from: as long as the inputs still begin with
that, only rows behind them are added. Otherwise history was repaired, and a new version is begun.
"""

import contextlib
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa

from data.dataset import TIME, Dataset, micros_of
from data.files import locked, sha256_of, writing
from data.lake import Lake
from data.sealed import read_sealed, write_sealed
from models.features import KEPT, Declaration, FeatureInputs, Features, code_revision, feature_version
from models.types import Damaged, IntArray, Series

RECORD = "inputs.json"
CURE = "delete its folder, the features are computed again"


@dataclass(frozen=True, slots=True)
class Record:
    """What a stored version holds.

    Attributes:
        version: `feature_version` of what it was begun with; its first 16 digits name the folder.
        declaration: SHA-256 over the declaration and the code's revision.
        rows: rows that count; further ones are left by a writer that was killed.
        inputs: `FeatureInputs.sha256` of these rows.
    """

    version: str
    declaration: str
    rows: int
    inputs: str


@dataclass(frozen=True, slots=True)
class FeatureStore:
    """Features by series and version."""

    lake: Lake

    def find(self, series: Series, declaration: Declaration, inputs: FeatureInputs) -> Record | None:
        """The longest stored version whose rows are what these inputs' first rows give."""
        wanted = _declared(declaration)
        records = [record for record in self._records(series) if record.declaration == wanted]
        for record in sorted(records, key=lambda one: one.rows, reverse=True):
            if record.rows <= len(inputs.bars) and record.inputs == inputs.sha256(record.rows):
                return record
        return None

    def read(self, series: Series, declaration: Declaration, record: Record) -> Features:
        """The rows of a version.

        Raises:
            Damaged: they do not match their checksums, or there are too few.
        """
        table = self._dataset(series, record.version, declaration).read().slice(0, record.rows)
        if table.num_rows < record.rows:
            raise Damaged(f"the features {record.version[:16]} of {series} lack rows; {CURE}")
        with contextlib.suppress(OSError):  # that it was used; a lake that only can be read keeps nothing of this
            os.utime(self._version(series, record.version) / RECORD)
        names = declaration.predictors
        matrix = np.empty((record.rows, len(names)), order="F")
        for k, name in enumerate(names):
            matrix[:, k] = table[name].to_numpy()
        return Features.assembled(names, matrix, {name: table[name].to_numpy() for name in KEPT})

    def extend(
        self,
        series: Series,
        declaration: Declaration,
        inputs: FeatureInputs,
        features: Features,
        manifests: tuple[str, ...],
    ) -> Record:
        """Store the rows that are not there yet; `manifests` (SHA-256) say what data a version was begun with.

        Raises:
            Unavailable: the lake cannot be written.
            Damaged: stored rows do not match their checksums.
        """
        with locked(self._folder(series) / ".lock"):
            before = self.find(series, declaration, inputs)
            if before is None:
                begun = feature_version(declaration, code_revision(), (*manifests, inputs.sha256(len(inputs.bars))))
                before = Record(begun, _declared(declaration), 0, "")
            dataset = self._dataset(series, before.version, declaration)
            with dataset.lock():
                dataset.replace(_grown(dataset, before.rows, _table(dataset.schema, inputs.bars.ts, features)))
            rows = len(inputs.bars)
            after = Record(before.version, before.declaration, rows, inputs.sha256(rows))
            write_sealed(self._version(series, before.version) / RECORD, asdict(after))
        return after

    def drop(self, series: Series) -> None:
        """Delete every version of a series: they can all be computed again.

        Raises:
            Unavailable: the lake cannot be written.
        """
        folder = self._folder(series)
        with locked(folder / ".lock"), writing(folder):
            for version in folder.glob("version=*"):
                shutil.rmtree(version)

    def keep_newest(self, series: Series, keep: int, seconds: float) -> tuple[int, int]:
        """Delete all but the `keep` versions of a series (one or more) that were written or read last, and what killed
        writers left; how many went, and their bytes. Whoever writes some is waited for so long.

        Raises:
            Unavailable: another process writes, or the lake cannot be written.
        """
        folder = self._folder(series)
        with locked(folder / ".lock", seconds), writing(folder):
            versions = sorted(folder.glob("version=*"), key=_last_used, reverse=True)
            old = [one for rank, one in enumerate(versions) if rank >= keep or not (one / RECORD).exists()]
            freed = sum(path.stat().st_size for one in old for path in one.rglob("*") if path.is_file())
            for version in old:
                shutil.rmtree(version)
        return len(old), freed

    def series(self) -> list[Series]:
        """Every series that has features."""
        folders = sorted((self.lake.local / "features").glob("venue=*/symbol=*/timeframe=*"))
        return [Series(*(unquote(part.split("=", 1)[1]) for part in path.parts[-3:])) for path in folders]

    def _records(self, series: Series) -> list[Record]:
        bodies = [read_sealed(path, CURE) for path in sorted(self._folder(series).glob(f"version=*/{RECORD}"))]
        return [Record(**body) for body in bodies if body is not None]

    def _folder(self, series: Series) -> Path:
        return self.lake.derived("features", series)

    def _version(self, series: Series, version: str) -> Path:
        return self._folder(series) / f"version={version[:16]}"

    def _dataset(self, series: Series, version: str, declaration: Declaration) -> Dataset:
        names = (*declaration.predictors, *KEPT)
        schema = pa.schema([("ts", TIME), *((name, pa.float64()) for name in names)])
        return Dataset(self._version(series, version), series.timeframe, schema)


def _last_used(version: Path) -> int:
    record = version / RECORD
    return record.stat().st_mtime_ns if record.exists() else 0


def _declared(declaration: Declaration) -> str:
    return sha256_of(f"{declaration.canonical()} {code_revision()}".encode())


def _table(schema: pa.Schema, ts: IntArray, features: Features) -> pa.Table:
    columns = [*features.matrix.T, *(getattr(features, name) for name in KEPT)]
    return pa.table([pa.array(ts, pa.int64()).cast(TIME), *map(pa.array, columns)], schema=schema)


def _grown(dataset: Dataset, stored: int, table: pa.Table) -> dict[str, pa.Table]:
    """The periods that `table` has rows for behind the first `stored`; in these the stored ones stay as they are."""
    ts = micros_of(table)
    changed = {}
    for period, rows in dataset.periods(ts).items():
        first, stop = int(rows[0]), int(rows[-1]) + 1
        if stop > stored:
            new = table.slice(max(first, stored), stop - max(first, stored))
            kept = [] if first >= stored else [dataset.read(int(ts[first]), int(ts[stored - 1]))]
            changed[period] = pa.concat_tables([*kept, new])
    return changed
