"""DuckDB over the lake: views only, never a shared writable file.

The catalogue file holds nothing but views with the paths of the committed parts; it is built anew and replaced whole.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data.files import UNFINISHED, locked, read_checked, reading, sha256_of, writing
from data.lake import Lake
from data.manifest import CURE, NAME, read_manifest
from data.object_tables import address, register
from data.objects import ObjectPath, Place, globbed
from data.regimes import CODES as REGIME_CODES
from data.regimes import FIGURES as REGIME_FIGURES
from data.sealed import read_sealed, write_sealed
from models.quality import Flaw
from models.types import Damaged, Regime, Unavailable

CATALOGUE = "catalogue.duckdb"
CHECKSUM = "catalogue.json"
ANEW = "it is derived: keel data repair makes it anew"
BUILDING = ".building-"
SERIES = "venue VARCHAR, symbol VARCHAR, timeframe VARCHAR"
FIGURES = "ts TIMESTAMPTZ, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE"
ROWS = f"{FIGURES}, known_at TIMESTAMPTZ, source VARCHAR, flaw TINYINT, {SERIES}"
FLAWED = f"{FIGURES}, flaw VARCHAR, {SERIES}"
KINDS = {
    "bars": f"{FIGURES}, known_at TIMESTAMPTZ, source VARCHAR, {SERIES}",
    "quarantine": FLAWED,
    "predictions": "ts TIMESTAMPTZ, fold BIGINT, seen_until BIGINT, edge_bps DOUBLE, confidence DOUBLE, raw DOUBLE, "
    f"probability DOUBLE, familiarity DOUBLE, {SERIES}, model VARCHAR, version VARCHAR",
    "regimes": ", ".join(
        (
            "ts TIMESTAMPTZ, known_at TIMESTAMPTZ",
            *(f"{name} TINYINT" for name in REGIME_CODES),
            *(f"{name} DOUBLE" for name in REGIME_FIGURES),
            f"{SERIES}, detector VARCHAR, context_timeframe VARCHAR, trigger_timeframe VARCHAR",
            "crisis_index VARCHAR, version VARCHAR",
        )
    ),
}


# What the streams and the rounds of news have moved into Parquet: all but the last minute. Each with what an empty view
# of it has beside its times.
TIMES = "ts TIMESTAMPTZ, exch_ts TIMESTAMPTZ, known_at TIMESTAMPTZ"
TICKS = {
    "books": SERIES,
    "trades": SERIES,
    "news": "id VARCHAR, revision BIGINT, source VARCHAR, url VARCHAR, title VARCHAR, text VARCHAR, "
    "published TIMESTAMPTZ, language VARCHAR, twin VARCHAR, likeness DOUBLE, "
    "links STRUCT(asset VARCHAR,relevance DOUBLE,word VARCHAR)[], event VARCHAR, tone DOUBLE, scorer VARCHAR, "
    "weight DOUBLE, venue VARCHAR, symbol VARCHAR",
    "opportunities": "asset VARCHAR, side VARCHAR, confidence DOUBLE, move_bps DOUBLE, horizon_minutes BIGINT, "
    "evidence STRUCT(headline VARCHAR,source VARCHAR,title VARCHAR,part DOUBLE)[], venue VARCHAR, symbol VARCHAR",
}
# Where the datasets of a kind are, if not everywhere below it: an earlier Keel kept other columns elsewhere.
PLACES = {"predictions": "venue=*/symbol=*/timeframe=*/model=*/version=*"}


def create_views(
    connection: duckdb.DuckDBPyConnection, lake: Lake, checked: bool = False
) -> dict[str, list[tuple[Place, str]]]:
    """Create a view per kind of dataset over what is committed now; a kind without data is an empty view.

    `bars` has the sound ones; what a rule keeps out of them is in `quarantine`, with the name of the rule. `regimes`
    has every version of a history; the highest number is the newest. A part that is missing, and with `checked` one
    that does not match its checksum, is left out of its view and given back.
    """
    if isinstance(lake.root, ObjectPath):
        register(connection, lake.root.bucket)
    found = {kind: committed(lake, kind, checked) for kind in (*KINDS, *TICKS)}
    rows = _select(_names(ROWS), found["bars"].files, ROWS)
    flaws = " ".join(f"WHEN {int(flaw)} THEN '{flaw.name.lower()}'" for flaw in Flaw)
    quarantined = _select(_names(FLAWED), found["quarantine"].files, FLAWED)
    suspects = _names(FLAWED).replace("flaw", f"CASE flaw {flaws} END AS flaw")
    views = {
        "bars": f"SELECT {_names(KINDS['bars'])} FROM ({rows}) WHERE flaw = 0",  # noqa: S608
        "quarantine": f"{quarantined} UNION ALL SELECT {suspects} FROM ({rows}) WHERE flaw <> 0",  # noqa: S608
        "predictions": _select(_names(KINDS["predictions"]), found["predictions"].files, KINDS["predictions"]),
        "regimes": _regimes(found["regimes"].files),
    }
    views |= {kind: _select("*", found[kind].files, f"{TIMES}, {columns}") for kind, columns in TICKS.items()}
    try:
        for kind, query in views.items():
            connection.execute(f"CREATE OR REPLACE VIEW {kind} AS {query}")
    except duckdb.InvalidInputException:
        if checked:
            raise
        return create_views(connection, lake, checked=True)  # some part is no Parquet file at all
    return {kind: one.damaged for kind, one in found.items()}


def refresh_catalogue(lake: Lake) -> Path:
    """Build `catalogue.duckdb` in the lake's folder anew, and put it in place of the old one if that says otherwise. Of
    a lake in a bucket there is none: other clients could not read its parts.

    Raises:
        Unavailable: the disk is full or cannot be written.
    """
    target = lake.local / CATALOGUE
    if isinstance(lake.root, ObjectPath):
        return target
    with (
        locked(lake.local / ".catalogue.lock"),
        writing(target),
        tempfile.TemporaryDirectory(dir=_emptied(lake.local), prefix=BUILDING) as folder,
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
        if _views(fresh) != _views(target) or catalogue_damage(lake) is not None:
            # Both are right until the new file is in place, so that no moment to be killed in looks like damage.
            checksums = [sha256_of(path.read_bytes()) for path in (fresh, target) if path.exists()]
            write_sealed(lake.local / CHECKSUM, {"sha256": checksums})
            fresh.replace(target)
    return target


def catalogue_damage(lake: Lake) -> tuple[Path, str] | None:
    """Which of the catalogue's two files is wrong and why, None when nothing is."""
    path, checksum = lake.local / CATALOGUE, lake.local / CHECKSUM
    if not path.exists():
        return None
    try:
        body = read_sealed(checksum, ANEW)
    except Damaged as error:
        return checksum, str(error)
    if body is None:
        return checksum, f"{checksum} is missing; {ANEW}"
    with reading(path):
        sound = sha256_of(path.read_bytes()) in body["sha256"]
    return None if sound else (path, f"{path} does not match its checksum; {ANEW}")


@dataclass(frozen=True, slots=True)
class Committed:
    """Parts of all datasets of a kind: those that can be read, and the damaged ones with the reason."""

    files: list[Place]
    damaged: list[tuple[Place, str]]


def committed(lake: Lake, kind: str, checked: bool) -> Committed:
    """Every Parquet part that a manifest names; with `checked` held against its checksum, otherwise only looked for."""
    found = Committed([], [])
    for path in globbed(lake.root / kind, f"{PLACES.get(kind, '**')}/{NAME}"):
        try:
            _gather(path.parent, checked, found)
        except Damaged as error:
            found.damaged.append((path, str(error)))
    return found


def _gather(folder: Place, checked: bool, found: Committed) -> None:
    manifest = read_manifest(folder)
    here = Committed([], [])
    for part in manifest.parts:
        path = folder / part.path
        try:
            if checked:
                read_checked(path, part.sha256, CURE)
            elif not path.exists():
                raise Damaged(f"{path} is missing; {CURE}")
            here.files.append(path)
        except Damaged as error:
            here.damaged.append((path, str(error)))
    if here.damaged and read_manifest(folder) != manifest:
        _gather(folder, checked, found)  # a writer has replaced what the manifest named
        return
    found.files.extend(here.files)
    found.damaged.extend(here.damaged)


def _emptied(root: Path) -> Path:
    for leftover in root.glob(f"{BUILDING}*"):  # of a process that was killed while it held the lock
        shutil.rmtree(leftover, ignore_errors=True)
    for leftover in root.glob(UNFINISHED):
        leftover.unlink(missing_ok=True)
    return root


def _views(catalogue: Path) -> list[tuple[str, ...]] | None:
    try:
        with duckdb.connect(str(catalogue), read_only=True) as connection:
            return connection.execute("SELECT sql FROM duckdb_views() WHERE NOT internal ORDER BY 1").fetchall()
    except duckdb.Error:
        return None


def _regimes(files: list[Place]) -> str:
    """The history with its codes as names, and as numbers what a folder's name says."""
    names = " ".join(f"WHEN {int(one)} THEN '{one.name.lower()}'" for one in Regime)
    told = (
        *(f"CASE {code} {names} END AS {code}" for code in REGIME_CODES),
        "crisis_index::DOUBLE AS crisis_index",
        "version::BIGINT AS version",
    )
    rows = _select(_names(KINDS["regimes"]), files, KINDS["regimes"])
    return f"SELECT * REPLACE ({', '.join(told)}) FROM ({rows})"  # noqa: S608


def _names(columns: str) -> str:
    return ", ".join(column.split()[0] for column in columns.split(", "))


def _select(names: str, files: list[Place], columns: str) -> str:
    if not files:
        casts = ", ".join("NULL::{1} AS {0}".format(*column.split(" ", 1)) for column in columns.split(", "))
        return f"SELECT {casts} WHERE false"
    listed = ", ".join("'" + address(path).replace("'", "''") + "'" for path in files)
    return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning=true, hive_types_autocast=false)"  # noqa: S608
