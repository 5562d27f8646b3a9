"""DuckDB over the lake: views only, never a shared writable file.

The catalogue file holds nothing but views with the paths of the committed parts; it is built anew and replaced whole.
"""

import tempfile
from pathlib import Path

import duckdb

from data.files import locked, writing
from data.lake import Lake
from data.manifest import NAME, read_manifest

KINDS = {
    "bars": "ts TIMESTAMPTZ, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, "
    "venue VARCHAR, symbol VARCHAR, timeframe VARCHAR",
    "predictions": "ts TIMESTAMPTZ, fold BIGINT, momentum_bps DOUBLE, momentum_confidence DOUBLE, boosting_bps DOUBLE, "
    "boosting_confidence DOUBLE, venue VARCHAR, symbol VARCHAR, timeframe VARCHAR, model VARCHAR",
}


def create_views(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Create a view per kind of dataset over what is committed now; a kind without data is an empty view."""
    for kind, columns in KINDS.items():
        files = committed_files(lake, kind)
        names = ", ".join(column.split()[0] for column in columns.split(", "))
        connection.execute(f"CREATE VIEW {kind} AS {_select(names, files) if files else _nothing(columns)}")


def refresh_catalogue(lake: Lake) -> Path:
    """Build `catalogue.duckdb` in the lake's folder anew and put it in place of the old one."""
    target = lake.root / "catalogue.duckdb"
    with locked(lake.root / ".catalogue.lock"), writing(target), tempfile.TemporaryDirectory(dir=lake.root) as folder:
        fresh = Path(folder) / target.name
        with duckdb.connect(str(fresh)) as connection:
            create_views(connection, lake)
        fresh.replace(target)
    return target


def committed_files(lake: Lake, kind: str) -> list[Path]:
    """Every Parquet part that a manifest names."""
    manifests = sorted((lake.root / kind).rglob(NAME))
    return [path.parent / part.path for path in manifests for part in read_manifest(path.parent).parts]


def _select(names: str, files: list[Path]) -> str:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning=true, hive_types_autocast=false)"  # noqa: S608


def _nothing(columns: str) -> str:
    casts = ", ".join("NULL::{1} AS {0}".format(*column.split()) for column in columns.split(", "))
    return f"SELECT {casts} WHERE false"
