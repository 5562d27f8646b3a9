"""Whatever way the bars of a series come in, the lake ends in the same bytes; and through kills, damage and repairs no
bar is lost or doubled that was not in a damaged file, and no damage stays unnamed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from lakes import (
    FICKLE,
    REACH,
    always_cached,
    equal_bars,
    fickle_codes,
    lake_bytes,
    make_store,
    memory_folder,
    merge,
    uneven_bars,
)
from power import PowerLost, power_until

from data.bars import BarStore
from data.manifest import NAME
from data.repair import set_aside
from data.verify import verify_lake
from models.types import Bars, Damaged, Series

COUNT = 48
DAY = 86_400_000_000
START = 1_577_836_800_000_000
HOURLY = Series("binance", "BTC/USDT", "1h")  # a part per year, of fewer rows than a verdict reads
MINUTES = Series("binance", "BTC/USDT", "15m")  # a part per month
TRUTH = {HOURLY: uneven_bars(COUNT, 17 * DAY, START), MINUTES: uneven_bars(COUNT, DAY // 2, START, seed=8)}


@st.composite
def batches(draw: st.DrawFn) -> list[int]:
    """Rows of a batch, ascending: a window of the series, or any of its rows."""
    if draw(st.booleans()):
        first = draw(st.integers(0, COUNT - 1))
        return list(range(first, min(COUNT, first + draw(st.integers(1, 25)))))
    return sorted(draw(st.sets(st.integers(0, COUNT - 1), min_size=1, max_size=20)))


def _settled(store: BarStore, series: Series) -> dict[str, bytes]:
    """Every file below bars/; what the last commit replaced stays for its readers until the next one, so one comes."""
    merge(store, series, store.rows(series).bars)
    return lake_bytes(store.lake.root / "bars")


def _chosen(bars: Bars, rows: list[int]) -> Bars:
    return bars.rows(np.array(rows, np.int64))


def test_the_true_series_is_worth_it() -> None:
    """Several parts, short and long ones, and verdicts that change when neighbours come."""
    for series, bars in TRUTH.items():
        codes = fickle_codes(bars)
        assert 6 <= (codes != 0).sum() < COUNT / 2
        halves = np.concatenate([fickle_codes(bars.rows(slice(k, None, 2))) for k in (0, 1)])
        order = np.argsort(np.concatenate([bars.ts[::2], bars.ts[1::2]]))
        assert (halves[order] != codes).sum() > COUNT / 6
        unit = "Y" if series == HOURLY else "M"
        rows = np.unique(bars.ts.astype("datetime64[us]").astype(f"datetime64[{unit}]"), return_counts=True)[1]
        assert len(rows) > 3
        assert ((rows >= REACH) & (rows < 2 * REACH)).sum() >= (2 if series == HOURLY else 0)


@settings(max_examples=30)
@given(series=st.sampled_from([HOURLY, MINUTES]), cut=st.lists(batches(), min_size=1, max_size=7), data=st.data())
def test_any_batches_in_any_order_end_in_the_same_bytes(series: Series, cut: list[list[int]], data) -> None:
    order = data.draw(st.permutations(cut + cut[:2]))
    union = _chosen(TRUTH[series], sorted(set().union(*cut)))
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder, power_until(None):
        once, often = (make_store(Path(folder) / name, FICKLE) for name in ("once", "often"))
        merge(once, series, union)
        for rows in order:
            told = merge(often, series, _chosen(TRUTH[series], rows))
            assert not told.conflicts.size
        assert _settled(often, series) == _settled(once, series)
        codes = fickle_codes(union)
        assert often.rows(series).flaw.tolist() == codes.tolist()
        assert equal_bars(often.read(series), union.rows(codes == 0))
        with always_cached():
            assert equal_bars(often.read(series), union.rows(codes == 0))
        assert list(often.damaged()) == []


@settings(max_examples=30)
@given(came=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), batches()), min_size=1, max_size=7))
def test_of_several_sources_the_first_stored_wins_and_nothing_else_counts(came: list[tuple[str, list[int]]]) -> None:
    figures = {name: uneven_bars(COUNT, 17 * DAY, START) for name in "abc"}
    figures["b"].close[:] += 0.125
    first: dict[int, str] = {}
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder, power_until(None):
        mixed, sorted_out = (make_store(Path(folder) / name, FICKLE) for name in ("mixed", "sorted"))
        for name, rows in came:
            told = merge(mixed, HOURLY, _chosen(figures[name], rows), name)
            differs = [k for k, row in enumerate(rows) if "b" in {first.get(row, name), name} != {"b"}]
            assert told.conflicts.tolist() == differs
            first |= {row: name for row in rows if row not in first}
        for name in "cba":
            mine = sorted(row for row, winner in first.items() if winner == name)
            merge(sorted_out, HOURLY, _chosen(figures[name], mine), name)
        assert _settled(mixed, HOURLY) == _settled(sorted_out, HOURLY)
        rows = mixed.rows(HOURLY)
        assert [rows.names[code] for code in rows.source] == [first[row] for row in sorted(first)]
        assert rows.bars.close.tolist() == [figures[first[row]].close[row] for row in sorted(first)]


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder in memory."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as name:
        yield Path(name)


@pytest.mark.parametrize(("rows", "every"), [(range(0, 48, 2), 4), (range(20, 35), 1)])
def test_a_merge_killed_at_any_operation_is_done_or_not_begun(rows: range, every: int, home: Path) -> None:
    truth, batch = TRUTH[HOURLY], _chosen(TRUTH[HOURLY], list(rows))
    begin = _chosen(truth, list(range(5, 48, 5)))
    union = np.union1d(begin.ts, batch.ts).tolist()
    with power_until(None) as asked:
        prepared = make_store(home / "prepared", FICKLE)
        merge(prepared, HOURLY, begin)
        made = make_store(home / "made", FICKLE)
        merge(made, HOURLY, begin)
        so_far = len(asked)
        merge(made, HOURLY, batch)
        operations = len(asked) - so_far
        expected = _settled(made, HOURLY)
    outcomes = set()
    for moment in (*range(0, operations, every), operations - 1, operations):
        root = home / "killed"
        shutil.copytree(prepared.lake.root, root)
        store = make_store(root, FICKLE)
        try:
            with power_until(moment):
                merge(store, HOURLY, batch)
        except PowerLost:
            pass
        store = make_store(root, FICKLE)
        seen = store.times(HOURLY)[0].tolist()
        assert seen in (begin.ts.tolist(), union)
        outcomes.add(seen == union)
        assert verify_lake(store.lake, lambda _: None).damaged == ()
        with power_until(None):
            merge(store, HOURLY, batch)
            assert _settled(store, HOURLY) == expected
        shutil.rmtree(root)
    assert outcomes == {True, False}
    assert operations > 8


class LakeLife(RuleBasedStateMachine):
    """Merges, kills, damage, verification and repair in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=memory_folder()))
        self.series = MINUTES
        self.truth = TRUTH[MINUTES]
        self.held: set[int] = set()  # rows that have to be there
        self.damaged: dict[Path, set[int]] = {}  # files as they were spoilt, and the rows that may go with each
        self.loose = False  # a kill in a merge leaves rows that may or may not be there

    @property
    def store(self) -> BarStore:
        """A new process each time."""
        return make_store(self.folder / "lake", FICKLE)

    def teardown(self) -> None:
        self.repair(None)
        with power_until(None):
            merge(self.store, self.series, self.truth)
            whole = make_store(self.folder / "whole", FICKLE)
            merge(whole, self.series, self.truth)
            assert _settled(self.store, self.series) == _settled(whole, self.series)
        assert verify_lake(self.store.lake, lambda _: None).damaged == ()
        shutil.rmtree(self.folder)

    @rule(rows=batches(), moment=st.none() | st.integers(0, 14))
    def merges(self, rows: list[int], moment: int | None) -> None:
        before = lake_bytes(self.folder)
        try:
            with power_until(moment):
                merge(self.store, self.series, _chosen(self.truth, rows))
        except PowerLost:
            self.loose = True
        except Damaged:
            assert self.damaged
            assert lake_bytes(self.folder) == before
        else:
            self.held |= set(rows)

    @rule(
        which=st.integers(0, 99),
        kind=st.sampled_from(["flipped", "truncated", "empty", "gone"]),
        at=st.integers(0, 99_999),
    )
    def spoils(self, which: int, kind: str, at: int) -> None:
        dataset = self.store.dataset(self.series)
        manifest = dataset.folder / NAME
        assume(manifest not in self.damaged and manifest.exists() and dataset.manifest().parts)
        parts = {dataset.folder / part.path: part for part in dataset.manifest().parts}
        path = [manifest, *parts][which % (1 + len(parts))]
        # Without the manifest nobody can know that a part is gone.
        assume(path not in self.damaged and not (path == manifest and any(not one.exists() for one in self.damaged)))
        content = bytearray(path.read_bytes())
        content[at % len(content)] ^= 1 << (at % 8)
        if kind == "gone":
            path.unlink()
        else:
            path.write_bytes(
                {"flipped": bytes(content), "truncated": bytes(content[: at % len(content)])}.get(kind, b"")
            )
            os.utime(path, ns=(0, at))
        if path == manifest:
            self.damaged[path] = set()
        else:
            inside = (self.truth.ts >= parts[path].first) & (self.truth.ts <= parts[path].last)
            self.damaged[path] = set(np.flatnonzero(inside).tolist())

    @rule(moment=st.none() | st.integers(0, 14))
    def repair(self, moment: int | None) -> None:
        try:
            with power_until(moment):
                for damage in verify_lake(self.store.lake, lambda _: None).damaged:
                    set_aside(self.store.lake, damage)
                if (self.folder / "lake").exists() and list(self.store.lake.series()):
                    self.store.regrade(self.series)
        except PowerLost:
            self.loose = True
        for lost in self.damaged.values():
            self.held -= lost
        named = {damage.path for damage in verify_lake(self.store.lake, lambda _: None).damaged}
        if moment is None:
            assert named == set()
        self.damaged = {path: rows for path, rows in self.damaged.items() if path in named}

    @invariant()
    def every_damage_is_named_and_nothing_else(self) -> None:
        found = verify_lake(self.store.lake, lambda _: None).damaged
        assert {damage.path for damage in found} == set(self.damaged)

    @invariant()
    def no_bar_is_lost_or_doubled_or_changed(self) -> None:
        if self.damaged or not list(self.store.lake.series()):
            assert self.damaged or not self.held
            return
        rows = self.store.rows(self.series)
        at = np.searchsorted(self.truth.ts, rows.bars.ts)
        assert (np.diff(rows.bars.ts) > 0).all()
        assert equal_bars(rows.bars, self.truth.rows(at))
        assert set(at.tolist()) >= self.held
        if not self.loose:
            assert set(at.tolist()) == self.held
            assert rows.flaw.tolist() == fickle_codes(rows.bars).tolist()


LakeLife.TestCase.settings = settings(max_examples=30, stateful_step_count=12)
TestLakeLife = LakeLife.TestCase
