"""The lake: a merge only ever adds, all of it or nothing, and what was changed behind its back is never read."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lakes import NEIGHBOURS, SPIKE, equal_bars, lake_bytes, make_store, merge, pick, uneven_bars

from data.bar_rows import Batch
from data.bars import BarStore
from data.lake import Lake
from data.manifest import NAME, Manifest, write_manifest
from models.types import BadInput, Bars, Damaged, Series, Unavailable
from models.types.series import SYMBOL

BTC = Series("binance", "BTC/USDT", "1h")
ETH = Series("binance", "ETH/USDT", "1h")
START = 1_577_836_800_000_000  # 2020-01-01
STRIDE = 36 * 24 * 3_600_000_000  # bars this far apart fill several years with few rows

Make = Callable[..., Bars]


@pytest.fixture
def store(tmp_path: Path) -> BarStore:
    return make_store(tmp_path / "lake")


def test_what_was_merged_is_read_back_to_the_bit(store: BarStore, bars: Make) -> None:
    batch = bars(100, step=STRIDE)
    assert merge(store, BTC, batch).added == 100
    assert equal_bars(store.read(BTC), batch)
    assert equal_bars(store.read(BTC, until=int(batch.ts[40])), batch.rows(slice(0, 41)))
    assert equal_bars(store.read(BTC, until=int(batch.ts[40]) - 1), batch.rows(slice(0, 40)))
    assert len(store.dataset(BTC).manifest().parts) == 10  # hourly bars lie in a part per year


def test_the_same_batch_again_changes_no_byte(store: BarStore, bars: Make) -> None:
    batch = bars(60, step=STRIDE)
    merge(store, BTC, batch)
    before, stamp = lake_bytes(store.lake.root), (store.dataset(BTC).folder / NAME).stat().st_mtime_ns
    again = merge(store, BTC, batch)
    assert (again.added, again.conflicts.size) == (0, 0)
    assert merge(store, BTC, pick(batch, 3, 17)).added == 0
    assert lake_bytes(store.lake.root) == before
    assert (store.dataset(BTC).folder / NAME).stat().st_mtime_ns == stamp


def test_an_empty_batch_makes_no_file(store: BarStore, bars: Make) -> None:
    assert merge(store, BTC, bars(0)).added == 0
    assert lake_bytes(store.lake.root) == {}


def test_a_conflict_keeps_the_stored_bar_and_is_told(store: BarStore, bars: Make) -> None:
    first, other = bars(10), bars(12, seed=1)
    merge(store, BTC, pick(first, 2, 3, 9))
    told = merge(store, BTC, pick(other, *range(2, 12)))
    assert told.added == 7
    assert told.conflicts.tolist() == [0, 1, 7]
    kept = store.read(BTC)
    assert equal_bars(pick(kept, 0, 1, 7), pick(first, 2, 3, 9))
    assert kept.close[2] == other.close[4]


@pytest.mark.parametrize("damage", ["missing", "truncated", "empty", "flipped"])
@pytest.mark.parametrize("which", [0, 4, 9])
def test_a_damaged_part_is_named_and_stays_alone(damage: str, which: int, store: BarStore, bars: Make) -> None:
    batch = bars(100, step=STRIDE)
    for series in (BTC, ETH):
        merge(store, series, batch)
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
        merge(store, BTC, bars(3, start=part.first + 3_600_000_000))
    assert [found for found, _ in store.damaged()] == [path]
    assert equal_bars(store.read(ETH), batch)
    if which:  # the years before it are still whole
        assert store.read(BTC, until=part.first - 1).ts[-1] < part.first


def test_no_changed_bit_of_a_manifest_goes_unnoticed(store: BarStore, bars: Make) -> None:
    batch = bars(30, step=STRIDE)
    for series in (BTC, ETH):
        merge(store, series, batch)
    path = store.dataset(BTC).folder / NAME
    whole = path.read_bytes()
    for position in range(0, len(whole), 2):
        content = bytearray(whole)
        content[position] ^= 1 << (position // 2 % 8)
        path.write_bytes(content)
        with pytest.raises(Damaged) as error:
            store.dataset(BTC).manifest()
        assert str(path) in str(error.value)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Damaged, match="manifest"):
        store.read(BTC)
    assert equal_bars(store.read(ETH), batch)


def test_a_failed_commit_leaves_nothing_behind(store: BarStore, bars: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    merge(store, BTC, bars(20, step=STRIDE))
    before = lake_bytes(store.lake.root)
    sound = os.fsync
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        sound(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="no space left"):
        merge(store, BTC, bars(60, step=STRIDE))
    monkeypatch.undo()
    assert lake_bytes(store.lake.root) == before
    assert merge(store, BTC, bars(60, step=STRIDE)).added == 40


def test_leftovers_of_a_killed_writer_are_swept(store: BarStore, bars: Make) -> None:
    merge(store, BTC, bars(20, step=STRIDE))
    folder = store.dataset(BTC).folder
    orphan = folder / "period=2020" / "0123456789abcdef.parquet"
    for leftover in (folder / ".writing-abc", folder / "period=2020" / ".writing-def", orphan):
        leftover.write_bytes(b"half")
    assert len(store.read(BTC)) == 20
    merge(store, BTC, bars(40, step=STRIDE))
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


def test_the_tail_is_the_end_of_what_is_read(tmp_path: Path) -> None:
    store = make_store(tmp_path / "lake", NEIGHBOURS)
    merge(store, BTC, uneven_bars(150, STRIDE // 4, START))
    whole = store.read(BTC)
    assert len(store.dataset(BTC).manifest().parts) > 5
    for count in (0, 1, 7, 40, len(whole) - 1, len(whole), 1000):
        assert equal_bars(store.tail(BTC, count), whole.rows(slice(max(0, len(whole) - count), len(whole))))


def test_bars_are_read_as_they_were_known(store: BarStore, bars: Make) -> None:
    batch = bars(30, step=STRIDE)
    closes = batch.ts + 3_600_000_000
    for until, known_by, count in (
        (None, int(closes[9]), 10),
        (None, int(closes[9]) - 1, 9),
        (int(batch.ts[4]), int(closes[9]), 5),
        (int(batch.ts[14]), int(closes[9]), 10),
        (int(batch.ts[0]) - 1, None, 0),
        (None, int(closes[0]) - 1, 0),
    ):
        merge(store, BTC, batch)
        assert equal_bars(store.read(BTC, until, known_by), batch.rows(slice(0, count)))
    assert store.columns(BTC).known_at.tolist() == closes.tolist()


def test_every_row_keeps_its_source_and_the_time_it_was_known(store: BarStore, bars: Make) -> None:
    batch = bars(20, step=STRIDE)
    store.merge(BTC, Batch(pick(batch, *range(0, 20, 3)), np.arange(7, dtype=np.int64), "kraken"))
    store.merge(BTC, Batch(batch, np.full(20, 99, np.int64), "archive"))
    rows = store.rows(BTC)
    assert [rows.names[code] for code in rows.source] == ["kraken" if k % 3 == 0 else "archive" for k in range(20)]
    assert rows.known_at.tolist() == [k // 3 if k % 3 == 0 else 99 for k in range(20)]


def test_a_suspect_is_stored_told_and_kept_out_until_its_neighbours_clear_it(tmp_path: Path, bars: Make) -> None:
    store = make_store(tmp_path / "lake", NEIGHBOURS)
    batch = bars(40)
    close = np.full(40, 100.0)
    close[20:30] = 300.0
    batch = Bars(batch.ts, close, close, close, close, batch.volume)
    first = pick(batch, *range(21))  # the level's first bar looks like a spike until the others are there
    told = merge(store, BTC, first)
    assert (told.added, told.suspects.tolist(), told.conflicts.tolist()) == (20, [20], [])
    assert equal_bars(store.read(BTC), batch.rows(slice(0, 20)))
    assert store.rows(BTC).flaw.tolist() == [0] * 20 + [SPIKE]
    assert store.times(BTC)[0].tolist() == first.ts.tolist()
    again = merge(store, BTC, first)
    assert (again.added, again.suspects.tolist(), again.conflicts.tolist()) == (0, [20], [])
    other = Bars(first.ts, close[:21] + 1, close[:21] + 1, close[:21] + 1, close[:21] + 1, first.volume)
    assert merge(store, BTC, other).conflicts.tolist() == list(range(21))
    merge(store, BTC, pick(batch, *range(21, 40)))
    assert equal_bars(store.read(BTC), batch)


def test_a_lost_manifest_is_named_and_what_it_named_is_not_forgotten(store: BarStore, bars: Make) -> None:
    batch = bars(30, step=STRIDE)
    for series in (BTC, ETH):
        merge(store, series, batch)
    path = store.dataset(BTC).folder / NAME
    content = path.read_bytes()
    path.unlink()
    for act in (
        lambda: store.read(BTC),
        lambda: store.tail(BTC, 3),
        lambda: merge(store, BTC, bars(60, step=STRIDE)),
        lambda: store.regrade(BTC),
    ):
        with pytest.raises(Damaged, match=r"manifest\.json is missing"):
            act()
    assert [found for found, _ in store.damaged()] == [path]
    assert list(store.lake.series()) == [BTC, ETH]
    path.write_bytes(content)
    assert equal_bars(store.read(BTC), batch)
    assert merge(store, BTC, bars(60, step=STRIDE)).added == 30


def test_a_first_merge_that_was_killed_is_no_damage_and_the_next_completes_it(store: BarStore, bars: Make) -> None:
    batch = bars(30, step=STRIDE)
    merge(store, BTC, batch)
    expected = lake_bytes(store.lake.root)
    folder = store.dataset(BTC).folder
    write_manifest(folder, Manifest())  # parts, and the manifest that stands there before the first of them
    assert list(store.damaged()) == []
    for path in folder.glob("period=*/*.parquet"):
        path.write_bytes(b"spoilt")  # what no manifest names may be anything
    with pytest.raises(BadInput, match="no bar of binance BTC/USDT 1h left"):
        store.read(BTC)
    assert merge(store, BTC, batch).added == 30
    assert equal_bars(store.read(BTC), batch)
    assert merge(store, BTC, batch).added == 0  # what the last commit replaced was kept for its readers until now
    assert lake_bytes(store.lake.root) == expected


def test_a_first_merge_that_failed_leaves_nothing(store: BarStore, bars: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = os.fsync
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 5:
            raise OSError(28, "No space left on device")
        sound(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="no space left"):
        merge(store, BTC, bars(60, step=STRIDE))
    assert lake_bytes(store.lake.root) == {}
    assert list(store.lake.series()) == []


def test_what_is_left_after_a_loss_is_graded_as_if_it_had_always_been_all(tmp_path: Path) -> None:
    whole = uneven_bars(150, STRIDE // 4, START)
    store, other = (make_store(tmp_path / name, NEIGHBOURS) for name in ("lake", "other"))
    merge(store, BTC, whole)
    parts = store.dataset(BTC).manifest().parts
    kept = [part for number, part in enumerate(parts) if number % 3 != 1]
    write_manifest(store.dataset(BTC).folder, Manifest(tuple(kept)))
    store.regrade(BTC)
    left = np.isin(whole.ts, store.times(BTC)[0])
    merge(other, BTC, whole.rows(left))
    assert 0 < len(store.times(BTC)[0]) < len(whole)
    store.regrade(BTC)  # again: what a commit replaced is kept for its readers until the next one
    assert lake_bytes(store.lake.root) == lake_bytes(other.lake.root)
    for one in (store, other, store, other):
        merge(one, BTC, whole)
    assert lake_bytes(store.lake.root) == lake_bytes(other.lake.root)
