"""Readers and writers of one series at the same time: everybody sees a whole state, and nobody's bars are lost."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import data.dataset
from conf.home import PROJECT
from data.bars import BarStore
from data.lake import Lake
from models.types import Bars, KeelError, Series

BTC = Series("binance", "BTC/USDT", "1h")
STRIDE = 36 * 24 * 3_600_000_000  # bars this far apart fill several years with few rows

Make = Callable[..., Bars]


@pytest.fixture
def store(tmp_path: Path) -> BarStore:
    return BarStore(Lake(tmp_path / "lake"))


def _same(left: Bars, right: Bars) -> bool:
    return all(getattr(left, name).tolist() == getattr(right, name).tolist() for name in Bars.__slots__)


def test_a_reader_beside_a_writer_sees_whole_states_only(store: BarStore, bars: Make) -> None:
    whole = bars(240, step=STRIDE // 8)
    store.merge(BTC, whole.rows(slice(0, 1)))
    failures: list[Exception] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen = store.read(BTC)
                assert _same(seen, whole.rows(slice(0, len(seen))))
            except (KeelError, AssertionError) as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for stop in range(1, 240, 2):
        store.merge(BTC, whole.rows(slice(stop, stop + 2)))
    done.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert _same(store.read(BTC), whole)


def test_a_reader_that_a_writer_overtook_reads_again(
    store: BarStore, bars: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bars(60, step=STRIDE)
    store.merge(BTC, whole.rows(slice(0, 20)))
    sound = data.dataset.read_checked
    overtaken = False

    def late(path: Path, *more: str) -> bytes:
        nonlocal overtaken
        if not overtaken:  # two commits, so that what the first manifest named is gone
            overtaken = True
            store.merge(BTC, whole.rows(slice(0, 60, 2)))
            store.merge(BTC, whole)
        return sound(path, *more)

    monkeypatch.setattr(data.dataset, "read_checked", late)
    assert _same(store.read(BTC), whole)


IMPORTER = """
import sys
from pathlib import Path
import numpy as np
from data.bars import BarStore
from data.lake import Lake
from models.types import Bars, Series
root, first, last, stride = Path(sys.argv[1]), *map(int, sys.argv[2:])
store, series = BarStore(Lake(root)), Series("binance", "BTC/USDT", "1h")
added = 0
for start in range(first, last, 5):
    ts = np.arange(start, min(start + 9, last), dtype=np.int64) * stride
    figures = 100.0 + ts / stride
    added += store.merge(series, Bars(ts, figures, figures, figures, figures, figures)).added
print(added)
"""


def test_two_processes_at_once_leave_the_union(store: BarStore) -> None:
    spans = ((0, 200), (120, 320), (60, 260))
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(store.lake.root), str(first), str(last), str(STRIDE)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first, last in spans
    ]
    added = [int(run.communicate(timeout=60)[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(added) == 320
    assert store.read(BTC).ts.tolist() == [n * STRIDE for n in range(320)]
    assert not list(store.damaged())
