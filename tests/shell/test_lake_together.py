"""Readers and writers of one series at the same time: everybody sees a whole state, and nobody's bars are lost."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from lakes import always_cached, equal_bars, make_store, merge

import data.dataset
from conf.home import PROJECT
from data.bars import BarStore
from data.verify import verify_lake
from models.types import Bars, KeelError, Series

BTC = Series("binance", "BTC/USDT", "1h")
STRIDE = 36 * 24 * 3_600_000_000  # bars this far apart fill several years with few rows

Make = Callable[..., Bars]


@pytest.fixture
def store(tmp_path: Path) -> BarStore:
    return make_store(tmp_path / "lake")


@pytest.mark.parametrize("way", [nullcontext, always_cached])
def test_a_reader_beside_a_writer_sees_whole_states_only(
    way: Callable[[], AbstractContextManager[None]], store: BarStore, bars: Make
) -> None:
    whole = bars(240, step=STRIDE // 8)
    merge(store, BTC, whole.rows(slice(0, 1)))
    failures: list[Exception] = []
    seen_rows: set[int] = set()
    done = threading.Event()

    def read() -> None:
        mine = make_store(store.lake.root)
        while not done.is_set():
            try:
                seen = mine.read(BTC)
                seen_rows.add(len(seen))
                assert equal_bars(seen, whole.rows(slice(0, len(seen))))
            except (KeelError, AssertionError) as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    with way():
        for reader in readers:
            reader.start()
        for stop in range(1, 240, 6):
            merge(store, BTC, whole.rows(slice(stop, stop + 6)))
        done.set()
        for reader in readers:
            reader.join()
    assert not failures
    assert len(seen_rows) > 5
    assert equal_bars(store.read(BTC), whole)


@pytest.mark.parametrize("way", [nullcontext, always_cached])
def test_a_reader_that_a_writer_overtook_reads_again(
    way: Callable[[], AbstractContextManager[None]], store: BarStore, bars: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bars(60, step=STRIDE)
    merge(store, BTC, whole.rows(slice(0, 20)))
    sound = data.dataset.read_checked
    overtaken = False

    def late(path: Path, *more: str) -> bytes:
        nonlocal overtaken
        if not overtaken:  # two commits, so that what the first manifest named is gone
            overtaken = True
            merge(store, BTC, whole.rows(slice(0, 60, 2)))
            merge(store, BTC, whole)
        return sound(path, *more)

    monkeypatch.setattr(data.dataset, "read_checked", late)
    with way():
        assert equal_bars(store.read(BTC), whole)
    assert overtaken


IMPORTER = """
import sys
from pathlib import Path
import numpy as np
sys.path.insert(0, "tests/support")
from lakes import always_cached, equal_bars, make_store, merge
from models.types import Bars, Series
def bars(ts):
    figures = 100.0 + ts / stride
    return Bars(ts, figures, figures, figures, figures, figures)
root, first, last, stride = Path(sys.argv[1]), *map(int, sys.argv[2:])
store, series = make_store(root), Series("binance", "BTC/USDT", "1h")
added, held = 0, []
with always_cached():
    for start in range(first, last, 5):
        ts = np.arange(start, min(start + 9, last), dtype=np.int64) * stride
        added += merge(store, series, bars(ts)).added
        seen = store.read(series)
        assert np.isin(ts, seen.ts).all() and equal_bars(seen, bars(seen.ts))
        held.append((seen, seen.ts.copy()))
assert all(equal_bars(seen, bars(ts)) for seen, ts in held)
print(added)
"""


def test_processes_at_once_leave_the_union_and_share_one_cache(store: BarStore) -> None:
    spans = ((0, 100), (60, 160), (30, 130))
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(store.lake.root), str(first), str(last), str(STRIDE)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first, last in spans
    ]
    added = [int(run.communicate(timeout=300)[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(added) == 160
    assert store.read(BTC).ts.tolist() == [n * STRIDE for n in range(160)]
    assert verify_lake(store.lake, lambda _: None).damaged == ()
    cached = [path.name for path in store.lake.folder("cache", BTC).iterdir() if path.name != ".lock"]
    assert len(cached) == 2  # one file of columns and its index
