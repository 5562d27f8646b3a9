"""The regime history in the lake: what a detector said of each bar when it closed, and the figures that made it say so.

The rows of a version are never changed. History that begins with them, to the bit, adds what comes behind them; any
other history, because bars were repaired or the code was changed, begins the next version, and the old one stays.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from data.dataset import TIME, Dataset, micros_of
from data.files import locked
from data.lake import Lake
from data.manifest import require_manifest
from data.objects import Place
from models.types import BadInput, FloatArray, IntArray, Series

KIND = "regimes"
# Regime codes: what holds, by persistence and raw; then the same by the context's bars alone, and by the trigger's.
CODES = ("label", "raw", "context_label", "context_raw", "trigger_label", "trigger_raw")
# What the context's bars and the trigger's are judged by.
MADE_BY = tuple(
    f"{name}_{side}"
    for side in ("context", "trigger")
    for name in ("index", "gap", "atr_ratio", "adx", "correlation_spike")
)
FIGURES = ("confidence", "context_confidence", "trigger_confidence", *MADE_BY)
SCHEMA = pa.schema(
    [
        ("ts", TIME),
        ("known_at", TIME),
        *((name, pa.int8()) for name in CODES),
        *((name, pa.float64()) for name in FIGURES),
    ]
)


@dataclass(frozen=True, slots=True)
class Detection:
    """How a history was detected: by `detector`, on bars of the `context` timeframe, crisis on those of `trigger`, from
    a volatility index of `crisis_index` on.
    """

    detector: str
    context: str
    trigger: str
    crisis_index: float


@dataclass(frozen=True, slots=True, eq=False)
class RegimeRows:
    """Columns of shape (n,), one row a bar of the series, ascending.

    Attributes:
        ts: the bar's open, UTC microseconds.
        known_at: when it closed and the rest of the row was known, UTC microseconds.
        codes: by CODES, regime codes.
        figures: by FIGURES; confidences are 0..1, the others NaN where they were not known.
    """

    ts: IntArray
    known_at: IntArray
    codes: dict[str, IntArray]
    figures: dict[str, FloatArray]

    def rows(self, chosen: IntArray) -> "RegimeRows":
        """The rows with these numbers."""
        codes = {name: column[chosen] for name, column in self.codes.items()}
        figures = {name: column[chosen] for name, column in self.figures.items()}
        return RegimeRows(self.ts[chosen], self.known_at[chosen], codes, figures)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a history is: its version, how many rows that has now, and how many of them are new."""

    version: int
    rows: int
    added: int


@dataclass(frozen=True, slots=True)
class RegimeStore:
    """Regime history by series and detection; versions are numbered from 1 on."""

    lake: Lake

    def extend(self, series: Series, detection: Detection, rows: RegimeRows) -> Stored:
        """Store the rows that are not there yet, behind those of the newest version; in the next one where `rows` and
        the newest disagree about a row that both have.

        Raises:
            Unavailable: the lake cannot be written.
            Damaged: stored rows do not match their checksums.
        """
        table = _table(rows)
        with locked(self._folder(series, detection) / ".lock"):
            newest = max(self.versions(series, detection), default=1)
            stored = self._read(series, detection, newest)
            if _agree(stored, table):
                return self._grow(series, detection, newest, stored.num_rows, table)
            return self._grow(series, detection, newest + 1, 0, table)

    def read(self, series: Series, detection: Detection, version: int | None = None) -> RegimeRows:
        """All rows of a version, of the newest where none is given.

        Raises:
            BadInput: there is no such version.
            Damaged: the rows do not match their checksums.
        """
        versions = self.versions(series, detection)
        wanted = max(versions, default=0) if version is None else version
        if wanted not in versions:
            listed = ", ".join(map(str, versions)) or "none yet"
            raise BadInput(
                f"the lake has no regime history {'' if version is None else f'{version} '}of {series} by "
                f"{detection.detector}; its versions are {listed}. Make one with keel regimes"
            )
        return _rows(self._read(series, detection, wanted))

    def versions(self, series: Series, detection: Detection) -> list[int]:
        """The numbers of the stored versions, ascending."""
        return sorted(int(path.name.split("=")[1]) for path in self._folder(series, detection).glob("version=*"))

    def _read(self, series: Series, detection: Detection, version: int) -> pa.Table:
        dataset = self._dataset(series, detection, version)
        require_manifest(dataset.folder)
        return dataset.read()

    def _grow(self, series: Series, detection: Detection, version: int, stored: int, table: pa.Table) -> Stored:
        added = max(0, table.num_rows - stored)
        if added:
            dataset = self._dataset(series, detection, version)
            periods = dataset.periods(micros_of(table))
            with dataset.lock():
                # What is stored of a period that grows are the table's rows, to the bit.
                dataset.replace(
                    {name: table.slice(int(at[0]), at.size) for name, at in periods.items() if at[-1] >= stored}
                )
        return Stored(version, stored + added, added)

    def _folder(self, series: Series, detection: Detection) -> Place:
        return (
            self.lake.folder(KIND, series)
            / f"detector={detection.detector}"
            / f"context_timeframe={detection.context}"
            / f"trigger_timeframe={detection.trigger}"
            / f"crisis_index={float(detection.crisis_index)!r}"
        )

    def _dataset(self, series: Series, detection: Detection, version: int) -> Dataset:
        return Dataset(self._folder(series, detection) / f"version={version}", series.timeframe, SCHEMA)


def _table(rows: RegimeRows) -> pa.Table:
    times = [pa.array(getattr(rows, name), pa.int64()).cast(TIME) for name in ("ts", "known_at")]
    codes = [pa.array(rows.codes[name].astype(np.int8)) for name in CODES]
    figures = [pa.array(rows.figures[name]) for name in FIGURES]
    return pa.table([*times, *codes, *figures], schema=SCHEMA)


def _rows(table: pa.Table) -> RegimeRows:
    codes = {name: table[name].to_numpy().astype(np.int64) for name in CODES}
    figures = {name: table[name].to_numpy() for name in FIGURES}
    return RegimeRows(micros_of(table), micros_of(table, "known_at"), codes, figures)


def _agree(left: pa.Table, right: pa.Table) -> bool:
    """Whether one of the tables begins with the other, to the bit."""
    common = min(left.num_rows, right.num_rows)
    return all(_bits(left, name)[:common].tobytes() == _bits(right, name)[:common].tobytes() for name in SCHEMA.names)


def _bits(table: pa.Table, name: str) -> IntArray | FloatArray:
    column: IntArray | FloatArray = (
        micros_of(table, name) if pa.types.is_timestamp(SCHEMA.field(name).type) else table[name].to_numpy()
    )
    return column
