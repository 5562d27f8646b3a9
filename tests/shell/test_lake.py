"""The lake: a merge only ever adds, all of it or nothing, and what was changed behind its back is never read."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.bars import BarStore, Merge
from data.lake import Lake
from data.manifest import NAME
from models.types import Bars, Damaged, Series, Unavailable
from models.types.series import SYMBOL

BTC = Series("binance", "BTC/USDT", "1h")
ETH = Series("binance", "ETH/USDT", "1h")
START = 1_577_836_800_000_000  # 2020-01-01
STRIDE = 36 * 24 * 3_600_000_000  # bars this far apart fill several years with few rows

Make = Callable[..., Bars]


@pytest.fixture
def store(tmp_path: Path) -> BarStore:
    return BarStore(Lake(tmp_path / "lake"))


def _bytes(root: Path) -> dict[str, bytes]:
    """Every file but locks, by its path."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def _same(left: Bars, right: Bars) -> bool:
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in Bars.__slots__)


def _row(bars: Bars, *rows: int) -> Bars:
    return bars.rows(np.array(rows, np.int64))


def test_what_was_merged_is_read_back_to_the_bit(store: BarStore, bars: Make) -> None:
    batch = bars(100, step=STRIDE)
    assert store.merge(BTC, batch).added == 100
    assert _same(store.read(BTC), batch)
    assert _same(store.read(BTC, until=int(batch.ts[40])), batch.rows(slice(0, 41)))
    assert _same(store.read(BTC, until=int(batch.ts[40]) - 1), batch.rows(slice(0, 40)))
    assert len(store.dataset(BTC).manifest().parts) == 10  # hourly bars lie in a part per year


def test_the_same_batch_again_changes_no_byte(store: BarStore, bars: Make) -> None:
    batch = bars(60, step=STRIDE)
    store.merge(BTC, batch)
    before = _bytes(store.lake.root)
    again = store.merge(BTC, batch)
    assert (again.added, again.conflicts.size) == (0, 0)
    assert store.merge(BTC, _row(batch, 3, 17)).added == 0
    assert _bytes(store.lake.root) == before


def test_an_empty_batch_makes_no_file(store: BarStore, bars: Make) -> None:
    assert store.merge(BTC, bars(0)).added == 0
    assert _bytes(store.lake.root) == {}


@settings(max_examples=25, deadline=None)
@given(batches=st.lists(st.sets(st.integers(0, 39), min_size=1), min_size=1, max_size=6), data=st.data())
def test_any_order_of_overlapping_batches_ends_in_the_same_bytes(batches: list[set[int]], data: st.DataObject) -> None:
    whole = Bars(*(np.sort(np.random.default_rng(5).permutation(40)) * STRIDE + START,), *_figures(40))
    order = data.draw(st.permutations(batches + batches[:2]))
    union = sorted(set().union(*batches))
    with tempfile.TemporaryDirectory() as folder:
        once, often = (BarStore(Lake(Path(folder) / name)) for name in ("once", "often"))
        once.merge(BTC, _row(whole, *union))
        added = sum(often.merge(BTC, _row(whole, *sorted(batch))).added for batch in order)
        assert added == len(union)
        manifests = [(one.dataset(BTC).folder / NAME).read_bytes() for one in (once, often)]
        assert manifests[0] == manifests[1]
        assert _same(once.read(BTC), often.read(BTC))
        assert _same(often.read(BTC), _row(whole, *union))


def _figures(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(6).uniform(1.0, 9.0, (5, count)))


def test_a_conflict_keeps_the_stored_bar_and_is_told(store: BarStore, bars: Make) -> None:
    first, other = bars(10), bars(12, seed=1)
    store.merge(BTC, _row(first, 2, 3, 9))
    told: Merge = store.merge(BTC, _row(other, *range(2, 12)))
    assert told.added == 7
    assert told.conflicts.tolist() == [0, 1, 7]
    kept = store.read(BTC)
    assert _same(_row(kept, 0, 1, 7), _row(first, 2, 3, 9))
    assert kept.close[2] == other.close[4]


@pytest.mark.parametrize("damage", ["missing", "truncated", "empty", "flipped"])
@pytest.mark.parametrize("which", [0, 4, 9])
def test_a_damaged_part_is_named_and_stays_alone(damage: str, which: int, store: BarStore, bars: Make) -> None:
    batch = bars(100, step=STRIDE)
    for series in (BTC, ETH):
        store.merge(series, batch)
    part = store.dataset(BTC).manifest().parts[which]
    path = store.dataset(BTC).folder / part.path
    content = bytearray(path.read_bytes())
    content[(which * 977 + 11) % len(content)] ^= 1
    path.write_bytes({"truncated": bytes(content[:-7]), "flipped": bytes(content)}.get(damage, b""))
    if damage == "missing":
        path.unlink()
    with pytest.raises(Damaged) as error:
        store.read(BTC)
    assert str(path) in str(error.value)
    assert ("missing" if damage == "missing" else "checksum") in str(error.value)
    with pytest.raises(Damaged):
        store.merge(BTC, bars(3, start=part.first + 3_600_000_000))
    assert [found for found, _ in store.damaged()] == [path]
    assert _same(store.read(ETH), batch)
    if which:  # the years before it are still whole
        assert store.read(BTC, until=part.first - 1).ts[-1] < part.first


def test_no_changed_bit_of_a_manifest_goes_unnoticed(store: BarStore, bars: Make) -> None:
    batch = bars(30, step=STRIDE)
    for series in (BTC, ETH):
        store.merge(series, batch)
    path = store.dataset(BTC).folder / NAME
    whole = path.read_bytes()
    meaning = store.dataset(BTC).manifest()
    noticed = 0
    for position in range(len(whole)):
        content = bytearray(whole)
        content[position] ^= 1 << (position % 8)
        path.write_bytes(content)
        try:
            assert store.dataset(BTC).manifest() == meaning  # white space may change
        except Damaged as error:
            noticed += str(path) in str(error)
    assert noticed > 0.7 * len(whole)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match="manifest"):
        store.read(BTC)
    assert _same(store.read(ETH), batch)


def test_a_failed_commit_leaves_nothing_behind(store: BarStore, bars: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store.merge(BTC, bars(20, step=STRIDE))
    before = _bytes(store.lake.root)
    sound = os.fsync
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        sound(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="no space left"):
        store.merge(BTC, bars(60, step=STRIDE))
    monkeypatch.undo()
    assert _bytes(store.lake.root) == before
    assert store.merge(BTC, bars(60, step=STRIDE)).added == 40


def test_leftovers_of_a_killed_writer_are_swept(store: BarStore, bars: Make) -> None:
    store.merge(BTC, bars(20, step=STRIDE))
    folder = store.dataset(BTC).folder
    orphan = folder / "period=2020" / "0123456789abcdef.parquet"
    for leftover in (folder / ".writing-abc", folder / "period=2020" / ".writing-def", orphan):
        leftover.write_bytes(b"half")
    assert len(store.read(BTC)) == 20
    store.merge(BTC, bars(40, step=STRIDE))
    assert not list(folder.rglob(".writing-*"))
    assert not orphan.exists()


@settings(max_examples=60, deadline=None)
@given(symbol=st.from_regex(SYMBOL, fullmatch=True).filter(lambda text: ".." not in text))
def test_a_symbol_is_one_folder_and_comes_back(symbol: str) -> None:
    series = Series("binance", symbol, "1d")
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        place = lake.folder("bars", series)
        assert place.parent.parent == Path(folder) / "bars" / "venue=binance"
        place.mkdir(parents=True)
        (place / NAME).touch()
        assert list(lake.series()) == [series]


def test_quarantined_rows_are_kept_once_with_their_flaws(store: BarStore, bars: Make) -> None:
    rows = bars(3)
    first = store.quarantine(BTC, rows, ["off_grid", "conflict", "off_grid"])
    assert store.quarantine(BTC, rows, ["off_grid", "conflict", "off_grid"]) == first
    assert store.quarantine(BTC, rows, ["off_grid", "conflict", "conflict"]) != first
    assert store.quarantine(BTC, bars(0), []) is None
    assert len(list((store.lake.root / "quarantine").rglob("*.parquet"))) == 2
    assert list(store.lake.series()) == []
