"""DuckDB over the lake: views only, never a shared writable file.

The catalogue file holds nothing but views with the paths of the committed parts; it is built anew and replaced whole.
"""

import shutil
import tempfile
from pathlib import Path

import duckdb

from data.files import locked, writing
from data.lake import Lake
from data.manifest import CURE, NAME, read_manifest
from models.types import Damaged, Unavailable

BUILDING = ".building-"
KINDS = {
    "bars": "ts TIMESTAMPTZ, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, "
    "venue VARCHAR, symbol VARCHAR, timeframe VARCHAR",
    "predictions": "ts TIMESTAMPTZ, fold BIGINT, momentum_bps DOUBLE, momentum_confidence DOUBLE, boosting_bps DOUBLE, "
    "boosting_confidence DOUBLE, venue VARCHAR, symbol VARCHAR, timeframe VARCHAR, model VARCHAR",
}


def create_views(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Create a view per kind of dataset over what is committed now; a kind without data is an empty view.

    Raises:
        Damaged: a committed part is missing or no Parquet file.
    """
    for kind, columns in KINDS.items():
        files = committed_files(lake, kind)
        names = ", ".join(column.split()[0] for column in columns.split(", "))
        try:
            connection.execute(f"CREATE VIEW {kind} AS {_select(names, files) if files else _nothing(columns)}")
        except duckdb.InvalidInputException as error:
            raise Damaged(f"the lake's {kind} cannot be read ({str(error).splitlines()[0]}); {CURE}") from error


def refresh_catalogue(lake: Lake) -> Path:
    """Build `catalogue.duckdb` in the lake's folder anew, and put it in place of the old one if that says otherwise.

    Raises:
        Unavailable: the disk is full or cannot be written.
        Damaged: a committed part is missing or no Parquet file.
    """
    target = lake.root / "catalogue.duckdb"
    with (
        locked(lake.root / ".catalogue.lock"),
        writing(target),
        tempfile.TemporaryDirectory(dir=_emptied(lake.root), prefix=BUILDING) as folder,
    ):
        fresh = Path(folder) / target.name
        try:
            with duckdb.connect(str(fresh)) as connection:
                create_views(connection, lake)
                connection.execute("CHECKPOINT")  # closing does the same, and keeps it to itself when the disk is full
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise Unavailable(
                f"{target} cannot be written ({said}); free some room and run the command again"
            ) from error
        if _views(fresh) != _views(target):
            fresh.replace(target)
    return target


def committed_files(lake: Lake, kind: str) -> list[Path]:
    """Every Parquet part that a manifest names.

    Raises:
        Damaged: one of them is missing.
    """
    manifests = sorted((lake.root / kind).rglob(NAME))
    return [part for path in manifests for part in _parts(path.parent)]


def _emptied(root: Path) -> Path:
    for leftover in root.glob(f"{BUILDING}*"):  # of a process that was killed while it held the lock
        shutil.rmtree(leftover, ignore_errors=True)
    return root


def _parts(folder: Path) -> list[Path]:
    manifest = read_manifest(folder)
    files = [folder / part.path for part in manifest.parts]
    lost = next((path for path in files if not path.exists()), None)
    if lost is None:
        return files
    if read_manifest(folder) == manifest:
        raise Damaged(f"{lost} is missing; {CURE}")
    return _parts(folder)  # a writer has replaced what the manifest named


def _views(catalogue: Path) -> list[tuple[str, ...]] | None:
    try:
        with duckdb.connect(str(catalogue), read_only=True) as connection:
            return connection.execute("SELECT sql FROM duckdb_views() WHERE NOT internal ORDER BY 1").fetchall()
    except duckdb.Error:
        return None


def _select(names: str, files: list[Path]) -> str:
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning=true, hive_types_autocast=false)"  # noqa: S608


def _nothing(columns: str) -> str:
    casts = ", ".join("NULL::{1} AS {0}".format(*column.split()) for column in columns.split(", "))
    return f"SELECT {casts} WHERE false"
