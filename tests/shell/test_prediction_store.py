"""What a model version said is kept bar by bar, by whoever says it first, whatever the other processes do."""

import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pytest

from conf.home import PROJECT
from data.catalogue import create_views
from data.dataset import Dataset
from data.lake import Lake
from data.manifest import NAME
from data.predictions import NAMES, PredictionStore
from models.predictors.predictions import FINAL_FOLD, LATE_FOLD, NO_FOLD, NOTHING_SEEN, Predictions
from models.types import Damaged, Series
from models.types.timeframes import HOUR, MINUTE

BTC, MINUTES = Series("binance", "BTC/USDT", "1h"), Series("binance", "BTC/USDT", "1m")
MODEL, VERSION = "xgboost", "0123456789ab"
START = 1_609_448_400_000_000  # 2020-12-31 21:00


@pytest.fixture
def store(tmp_path: Path) -> PredictionStore:
    return PredictionStore(Lake(tmp_path))


def _said(begin: int, end: int, base: float = 0.0, fold: int = FINAL_FOLD, step: int = HOUR) -> Predictions:
    ts = START + np.arange(begin, end, dtype=np.int64) * step
    figures = [base + k + np.arange(begin, end) / 16.0 for k in range(5)]
    return Predictions(ts, np.full(ts.size, fold, np.int64), ts - 7 * HOUR, *figures)


def _equal(one: Predictions, other: Predictions) -> bool:
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in NAMES)


def test_every_column_comes_back_to_the_bit_over_the_end_of_a_year(store: PredictionStore) -> None:
    made = _said(0, 9)
    made.raw[2], made.fold[3] = np.nan, 4
    store.append(BTC, MODEL, VERSION, made)
    for reader in (store, PredictionStore(store.lake)):
        assert _equal(reader.read(BTC, MODEL, VERSION), made)
    assert len(store._dataset(BTC, MODEL, VERSION).manifest().parts) == 2


def test_models_versions_and_series_are_apart(store: PredictionStore) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 3))
    store.append(BTC, MODEL, "ba9876543210", _said(0, 4))
    store.append(BTC, "meta", VERSION, _said(0, 5))
    counts = [
        store.read(*key).ts.size
        for key in (
            (BTC, MODEL, VERSION),
            (BTC, MODEL, "ba9876543210"),
            (BTC, "meta", VERSION),
            (MINUTES, MODEL, VERSION),
            (BTC, MODEL, VERSION),
        )
    ]
    assert counts == [3, 4, 5, 0, 3]
    assert store.versions(BTC, MODEL) == (VERSION, "ba9876543210")
    assert (store.versions(BTC, "meta"), store.versions(BTC, "lstm"), store.versions(MINUTES, MODEL)) == (
        (VERSION,),
        (),
        (),
    )


def test_nobody_is_left_out_and_late_is_kept(store: PredictionStore) -> None:
    made = Predictions.none(_said(0, 4).ts)
    made.fold[:] = [NO_FOLD, LATE_FOLD, NO_FOLD, LATE_FOLD]
    store.append(BTC, MODEL, VERSION, made)
    found = store.read(BTC, MODEL, VERSION)
    assert found.ts.tolist() == made.ts[[1, 3]].tolist()
    assert found.seen_until.tolist() == [NOTHING_SEEN] * 2
    assert np.isnan(found.edge_bps).all()


def test_nothing_said_leaves_no_file(store: PredictionStore) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 3, fold=NO_FOLD))
    store.append(BTC, MODEL, VERSION, _said(0, 0))
    assert list(store.lake.root.rglob("*")) == []


@pytest.mark.parametrize("first", [LATE_FOLD, FINAL_FOLD, 0])
def test_the_first_word_about_a_bar_stays(store: PredictionStore, first: int) -> None:
    store.append(BTC, MODEL, VERSION, _said(2, 5, fold=first))
    store.append(BTC, MODEL, VERSION, _said(0, 8, base=100.0))
    found = store.read(BTC, MODEL, VERSION)
    old = _said(2, 5, fold=first)
    assert found.ts.tolist() == _said(0, 8).ts.tolist()
    assert all(getattr(found, name)[2:5].tobytes() == getattr(old, name).tobytes() for name in NAMES)
    assert found.edge_bps[[0, 1, 5, 6, 7]].tolist() == _said(0, 8, base=100.0).edge_bps[[0, 1, 5, 6, 7]].tolist()


def test_what_is_there_already_changes_no_file(store: PredictionStore) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 8))
    before = {path: path.stat().st_mtime_ns for path in store.lake.root.rglob("*.*")}
    store.append(BTC, MODEL, VERSION, _said(1, 7, base=9.0))
    assert {path: path.stat().st_mtime_ns for path in store.lake.root.rglob("*.*")} == before


def test_one_row_more_touches_its_period_alone_and_only_that_is_read_again(
    store: PredictionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 9))
    store.read(BTC, MODEL, VERSION)
    reading, read = Dataset.read_part, []
    monkeypatch.setattr(Dataset, "read_part", lambda self, part, *more: read.append(part) or reading(self, part, *more))
    store.append(BTC, MODEL, VERSION, _said(9, 10))
    assert [part.period for part in read] == ["2021"]
    assert store.read(BTC, MODEL, VERSION).ts.size == 10
    assert [part.period for part in read] == ["2021"] * 2
    assert _equal(store.read(BTC, MODEL, VERSION), _said(0, 10))
    assert len(read) == 2


def test_what_another_process_added_anywhere_is_read(store: PredictionStore) -> None:
    other = PredictionStore(store.lake)
    other.append(BTC, MODEL, VERSION, _said(4, 9))
    assert store.read(BTC, MODEL, VERSION).ts.size == 5
    other.append(BTC, MODEL, VERSION, _said(0, 2))
    other.append(BTC, MODEL, VERSION, _said(9, 12))
    assert _equal(store.read(BTC, MODEL, VERSION), PredictionStore(store.lake).read(BTC, MODEL, VERSION))
    assert store.read(BTC, MODEL, VERSION).ts.size == 10


def test_what_is_remembered_cannot_be_written_to(store: PredictionStore) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 3))
    with pytest.raises(ValueError, match="read-only"):
        store.read(BTC, MODEL, VERSION).edge_bps[0] = 1.0


@pytest.mark.parametrize("spoil", ["flip", "gone", "manifest"])
def test_damage_is_said(store: PredictionStore, spoil: str) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 9))
    folder = store._dataset(BTC, MODEL, VERSION).folder
    path = (
        folder / NAME if spoil == "manifest" else folder / store._dataset(BTC, MODEL, VERSION).manifest().parts[0].path
    )
    content = path.read_bytes()
    path.unlink()
    if spoil != "gone":
        path.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    with pytest.raises(Damaged, match=path.name):
        PredictionStore(store.lake).read(BTC, MODEL, VERSION)


WRITER = """
import sys
from pathlib import Path
import numpy as np
from data.lake import Lake
from data.predictions import PredictionStore
from models.predictors.predictions import Predictions
from models.types import Series

root, number, start, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
store = PredictionStore(Lake(root))
print("ready", flush=True)
sys.stdin.readline()
for bar in range(40):
    ts = start + np.array([3 * bar, 3 * bar + number]) * step  # of three bars one that both speak about
    said = Predictions(ts, np.full(2, -1), ts, *[np.full(2, 1000.0 * number + bar)] * 5)
    store.append(Series("binance", "BTC/USDT", "1h"), "lstm", "0123456789ab", said)
    found = store.read(Series("binance", "BTC/USDT", "1h"), "lstm", "0123456789ab")
    for one, edge in zip(found.ts.tolist(), found.edge_bps.tolist()):
        print(one, edge)
"""


def test_two_processes_at_once_lose_and_replace_nothing(store: PredictionStore) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.lake.root), str(number), str(START), str(HOUR)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    seen = [writer.communicate()[0].splitlines() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    found = store.read(BTC, "lstm", VERSION)
    assert found.ts.tolist() == (START + np.arange(120) * HOUR).tolist()
    final = {f"{one} {edge}" for one, edge in zip(found.ts.tolist(), found.edge_bps.tolist(), strict=True)}
    assert set(seen[0]) | set(seen[1]) == final, "a bar said something else before"
    for number in (1, 2):
        assert found.edge_bps[number::3].tolist() == [1000.0 * number + bar for bar in range(40)]


def test_long_histories_by_the_minute_and_by_the_hour(store: PredictionStore) -> None:
    for series, step in ((BTC, HOUR), (MINUTES, MINUTE)):
        made = _said(0, 20_000, step=step)
        for half in (made.ts < made.ts[11_111], made.ts >= made.ts[11_111]):
            store.append(series, MODEL, VERSION, Predictions(*(getattr(made, name)[half] for name in NAMES)))
        assert _equal(store.read(series, MODEL, VERSION), made)


def test_sql_has_every_column_and_skips_what_an_earlier_keel_left(store: PredictionStore) -> None:
    store.append(BTC, MODEL, VERSION, _said(0, 2))
    new = store._dataset(BTC, MODEL, VERSION).folder
    old = new.parent.parent / "model=0123abcd"
    for path in [path for path in new.rglob("*") if path.is_file()]:
        target = old / path.relative_to(new)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    with duckdb.connect() as connection:
        assert create_views(connection, store.lake)["predictions"] == []
        rows = connection.execute("SELECT * REPLACE (epoch_us(ts) AS ts) FROM predictions ORDER BY ts").fetchall()
    expected = _said(0, 2)
    columns = [getattr(expected, name).tolist() for name in NAMES]
    assert rows == [(*row, "binance", "BTC/USDT", "1h", MODEL, VERSION) for row in zip(*columns, strict=True)]
