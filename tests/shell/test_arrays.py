"""The array cache gives to the bit what Parquet gives, never changes under a reader's hands, and is never trusted
without its checksums.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lakes import NEIGHBOURS, PLAIN, always_cached, equal_bars, make_store, memory_folder, merge, uneven_bars
from power import power_until

import data.arrays
from data.array_file import INDEX, SUFFIX, Opened
from data.bars import BarStore, Grading
from data.columns import Columns
from data.manifest import Manifest, write_manifest
from data.repair import set_aside
from data.verify import verify_lake
from models.types import Bars, Series

BTC = Series("binance", "BTC/USDT", "15m")
DAY = 86_400_000_000
START = 1_577_836_800_000_000
COUNT = 80
TRUTH = uneven_bars(COUNT, DAY, START)  # some fifteen months


@pytest.fixture(autouse=True)
def cached() -> Iterator[None]:
    """Short series go through the cache too; nothing is flushed, which takes most of the time."""
    with always_cached(), power_until(None):
        yield


@pytest.fixture
def store(tmp_path: Path) -> BarStore:
    return make_store(tmp_path / "lake")


def _parquet(store: BarStore) -> Columns:
    """What the cache has to give, from the parts alone."""
    table = store.dataset(BTC).read()
    return Columns.of(table).rows(table["flaw"].to_numpy() == 0)


def _equal(one: Columns, other: Columns) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one.arrays(), other.arrays(), strict=True))


def _copy(columns: Columns) -> Columns:
    arrays = [one.copy() for one in columns.arrays()]
    return Columns(Bars(*arrays[:-1]), arrays[-1])


def _folder(store: BarStore) -> Path:
    return store.lake.folder("cache", BTC)


def _files(store: BarStore) -> list[Path]:
    return sorted(path for path in _folder(store).iterdir() if path.name != ".lock")


def _columns_file(store: BarStore) -> Path:
    (path,) = _folder(store).glob(f"*{SUFFIX}")
    return path


def _lose(store: BarStore, number: int) -> None:
    """A part is spoilt and taken out, as repair does it."""
    dataset = store.dataset(BTC)
    parts = dataset.manifest().parts
    path = dataset.folder / parts[number % len(parts)].path
    path.write_bytes(b"spoilt")
    for damage in verify_lake(store.lake, lambda _: None).damaged:
        set_aside(store.lake, damage)
    store.regrade(BTC)


# What happens to the lake: rows from the front, rows anywhere, a loss, or a manifest that goes back to a former one.
step = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 30)),
    st.tuples(st.just("insert"), st.sets(st.integers(0, COUNT - 1), min_size=1, max_size=8)),
    st.tuples(st.just("lose"), st.integers(0, 20)),
    st.tuples(st.just("back"), st.integers(0, 20)),
)


@settings(max_examples=30)
@given(steps=st.lists(step, min_size=2, max_size=9), grading=st.sampled_from([PLAIN, NEIGHBOURS]), data=st.data())
def test_it_is_parquet_to_the_bit_and_held_arrays_never_change(
    steps: list[tuple[str, int | set[int]]], grading: Grading, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        writer, reader = (make_store(Path(name), grading) for _ in range(2))
        merge(writer, BTC, TRUTH.rows(slice(0, 5)))
        end = 5
        held: list[tuple[Columns, Columns]] = []
        for kind, what in steps:
            if kind == "append":
                end = min(COUNT, end + what)
                merge(writer, BTC, TRUTH.rows(slice(max(0, end - what - 3), end)))
            elif kind == "insert":
                merge(writer, BTC, TRUTH.rows(np.array(sorted(what))))
            elif kind == "lose" and writer.dataset(BTC).manifest().parts:
                _lose(writer, what)
            elif kind == "back":
                parts = writer.dataset(BTC).manifest().parts
                write_manifest(writer.dataset(BTC).folder, Manifest(parts[: what % (len(parts) + 1)]))
            if not writer.dataset(BTC).manifest().parts:
                merge(writer, BTC, TRUTH.rows(slice(0, 5)))
            asked = data.draw(st.sampled_from([[writer], [reader], [writer, reader], [make_store(Path(name)), reader]]))
            for one in asked:
                seen = one.columns(BTC)
                assert _equal(seen, _parquet(writer))
                held.append((seen, _copy(seen)))
                assert one.cache.holds(BTC, one.dataset(BTC).manifest())
            assert all(_equal(seen, copy) for seen, copy in held)
            assert len(_files(writer)) == 2


def test_new_bars_at_the_end_go_behind_what_is_read_and_late_ones_make_a_new_file(store: BarStore) -> None:
    merge(store, BTC, TRUTH.rows(slice(0, 40)))
    held = store.columns(BTC)
    file, inode = _columns_file(store), _columns_file(store).stat().st_ino
    merge(store, BTC, TRUTH.rows(slice(40, 60)))
    assert len(store.columns(BTC).bars) == 60
    assert (_columns_file(store), _columns_file(store).stat().st_ino) == (file, inode)
    late = np.r_[0:10, 11:60]
    other = make_store(store.lake.root.parent / "other")
    merge(other, BTC, TRUTH.rows(late))
    before = other.columns(BTC)
    merge(other, BTC, TRUTH.rows(slice(10, 11)))
    assert equal_bars(other.read(BTC), TRUTH.rows(slice(0, 60)))
    assert equal_bars(before.bars, TRUTH.rows(late))
    assert equal_bars(held.bars, TRUTH.rows(slice(0, 40)))


def test_a_reader_that_scribbles_spoils_its_own_arrays_only(store: BarStore) -> None:
    merge(store, BTC, TRUTH)
    held = store.columns(BTC)
    whole = _copy(held)
    held.bars.close[:] = 0.0
    assert _equal(make_store(store.lake.root).columns(BTC), whole)
    assert verify_lake(store.lake, lambda _: None).damaged == ()


def test_room_runs_out_and_is_made(store: BarStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data.arrays, "LEAST_CAPACITY", 12)
    merge(store, BTC, TRUTH.rows(slice(0, 1)))
    held = [store.columns(BTC)]
    sizes = [_columns_file(store).stat().st_size]
    for stop in range(2, COUNT + 1):
        merge(store, BTC, TRUTH.rows(slice(stop - 1, stop)))
        held.append(store.columns(BTC))
        sizes.append(_columns_file(store).stat().st_size)
        assert len(_files(store)) == 2
    for count, columns in enumerate(held, 1):
        assert equal_bars(columns.bars, TRUTH.rows(slice(0, count)))
    assert sizes[0] == 12 * 7 * 8
    assert sizes == sorted(sizes)
    assert 5 < len(set(sizes)) < COUNT / 3
    assert sizes[-1] <= 1.25 * COUNT * 7 * 8


def test_any_changed_byte_of_rows_or_index_is_named_and_made_good(store: BarStore) -> None:
    merge(store, BTC, TRUTH)
    whole = _copy(store.columns(BTC))
    file, index = _columns_file(store), _folder(store) / INDEX
    capacity = file.stat().st_size // 56
    places = [(file, (k * capacity + row) * 8 + byte) for k in range(7) for row, byte in ((0, 0), (79, 7))]
    places += [(index, position) for position in range(0, index.stat().st_size, 101)]
    for path, position in places:
        sound = path.read_bytes()
        content = bytearray(sound)
        content[position] ^= 1 << position % 8
        path.write_bytes(content)
        assert [one.path for one in verify_lake(store.lake, lambda _: None).damaged] == [path], position
        assert _equal(make_store(store.lake.root).columns(BTC), whole), position
        assert verify_lake(store.lake, lambda _: None).damaged == ()
        assert len(_files(store)) == 2


@pytest.mark.parametrize(
    "spoil", ["cut", "longer", "empty", "gone", "index gone", "index of another file", "both gone"]
)
def test_a_file_that_is_not_what_its_index_says_is_made_anew(spoil: str, store: BarStore) -> None:
    merge(store, BTC, TRUTH)
    whole = _copy(store.columns(BTC))
    file, index = _columns_file(store), _folder(store) / INDEX
    content = file.read_bytes()
    if spoil in ("cut", "longer", "empty"):
        file.write_bytes({"cut": content[:-8], "longer": content + bytes(8)}.get(spoil, b""))
    if spoil in ("gone", "both gone"):
        file.unlink()
    if spoil in ("index gone", "both gone"):
        index.unlink()
    if spoil == "index of another file":
        other = make_store(store.lake.root.parent / "other")
        merge(other, BTC, TRUTH.rows(slice(0, 50)))
        other.columns(BTC)
        index.write_bytes((_folder(other) / INDEX).read_bytes())
    for one in (store, make_store(store.lake.root)):
        assert _equal(one.columns(BTC), whole)
    assert len(_files(store)) == 2


def test_what_killed_builders_left_is_removed_by_the_next(store: BarStore) -> None:
    merge(store, BTC, TRUTH.rows(slice(0, 40)))
    store.columns(BTC)
    for name in (f"0123456789abcdef{SUFFIX}-77", f"0123456789abcdef{SUFFIX}", ".writing-abc"):
        (_folder(store) / name).write_bytes(b"half")
    merge(store, BTC, TRUTH)
    assert equal_bars(store.read(BTC), TRUTH)
    assert len(_files(store)) == 2


def test_a_kill_between_rows_and_index_leaves_the_old_state(store: BarStore, monkeypatch: pytest.MonkeyPatch) -> None:
    merge(store, BTC, TRUTH.rows(slice(0, 40)))
    store.columns(BTC)
    old = store.dataset(BTC).manifest()
    merge(store, BTC, TRUTH.rows(slice(0, 60)))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(data.arrays, "write_index", killed)
        with pytest.raises(KeyboardInterrupt):
            store.columns(BTC)
    assert verify_lake(store.lake, lambda _: None).damaged == ()
    assert store.cache.holds(BTC, old)
    assert equal_bars(make_store(store.lake.root).read(BTC), TRUTH.rows(slice(0, 60)))


def test_a_full_disk_costs_the_cache_and_nothing_else(store: BarStore, monkeypatch: pytest.MonkeyPatch) -> None:
    merge(store, BTC, TRUTH)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)  # the index is written last
        assert equal_bars(store.read(BTC), TRUTH)
        patch.setattr(data.array_file, "_bytes", full)
        assert equal_bars(store.read(BTC), TRUTH)
    assert not [path for path in _files(store) if path.name != f"{store.dataset(BTC).manifest().sha256[:16]}{SUFFIX}"]
    assert equal_bars(store.read(BTC), TRUTH)
    assert len(_files(store)) == 2


def test_a_lake_that_cannot_be_written_is_read_without_a_cache(store: BarStore) -> None:
    merge(store, BTC, TRUTH)
    blocked = store.lake.root / "cache"
    blocked.write_text("in the way of every folder below it")
    assert equal_bars(store.read(BTC), TRUTH)
    assert equal_bars(store.tail(BTC, 7), TRUTH.rows(slice(COUNT - 7, COUNT)))
    assert blocked.is_file()


Swap = Callable[[BarStore], None]


def _rolled_back(store: BarStore) -> None:
    """Another process goes back to a former manifest: the file gets its old name again, with fewer rows."""
    dataset = store.dataset(BTC)
    write_manifest(dataset.folder, Manifest(dataset.manifest().parts[:3]))
    assert len(store.columns(BTC).bars) < COUNT


def _rewritten(store: BarStore) -> None:
    """Another process brings in older rows."""
    older = uneven_bars(3, DAY, START - 400 * DAY)
    merge(store, BTC, older)
    assert len(store.columns(BTC).bars) == COUNT + 3


@pytest.mark.parametrize("swap", [_rolled_back, _rewritten])
def test_a_file_that_is_swapped_while_it_is_opened_is_not_misread(
    swap: Swap, store: BarStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = store.dataset(BTC)
    merge(store, BTC, TRUTH)
    whole = dataset.manifest()
    write_manifest(dataset.folder, Manifest(whole.parts[:3]))
    store.columns(BTC)
    write_manifest(dataset.folder, whole)
    store.columns(BTC)  # appended to the file that is named by the three parts
    reader = make_store(store.lake.root)
    opening = data.arrays.open_sound

    def late(folder: Path, index: data.array_file.Index) -> Opened | None:
        monkeypatch.setattr(data.arrays, "open_sound", opening)
        found = opening(folder, index)
        swap(make_store(store.lake.root))
        return found

    monkeypatch.setattr(data.arrays, "open_sound", late)
    assert equal_bars(reader.read(BTC), TRUTH)
    assert _equal(reader.columns(BTC), _parquet(store))
