"""Ticks in the lake: every acknowledged row once, whatever happens between; what was changed is named."""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conf.home import PROJECT
from data.books import append_books, book_store, read_books
from data.hot import read_hot
from data.lake import Lake
from data.tick_parts import compact_days, drop_before
from data.tick_writer import TickWriter, arrival_key
from data.ticks import Market, TickStore
from data.trades import append_trades, read_trades, trade_store
from models.types import Book, Damaged, MarketTrades, Unavailable
from models.types.timeframes import DAY, HOUR

BTC = Market("binance", "BTC/USDT")
START = 1_722_470_400_000_000  # 2024-08-01, UTC microseconds


def trades(first: int, count: int, known_at: int) -> MarketTrades:
    """Trades numbered from `first`, all of one arrival; the venue's clock is an hour ahead."""
    numbers = np.arange(first, first + count)
    stamps = np.full(count, known_at, np.int64)
    return MarketTrades(
        stamps + HOUR, stamps, tuple(map(str, numbers)), numbers + 0.5, np.ones(count), numbers % 2 == 0
    )


def ids(store: TickStore) -> list[int]:
    return [int(one) for one in read_trades(store.lake, BTC).id]


class Crash(BaseException):
    """A process that ends here."""


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "cut", "roll", "compact", "restart"]),
        st.integers(1, 4),
        st.sampled_from([-DAY, 0, 1, HOUR, DAY]),
        st.sampled_from([None, None, "part", "manifest", "hot file"]),
    ),
    max_size=14,
)


@given(STEPS)
@settings(max_examples=50)
def test_any_interleaving_with_crashes_leaves_every_row_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, str | None]]
) -> None:
    store = trade_store(Lake(tmp_path_factory.mktemp("lake")))
    written, clock, fault = 0, START, [""]

    def reached(label: str) -> None:
        if label == fault[0]:
            raise Crash

    writer = TickWriter(store, BTC, reached).__enter__()
    for act, count, passed, crash in steps:
        clock += passed
        fault[0] = crash or ""
        try:
            if act == "append":
                append_trades(writer, [trades(written, count, clock)])
                written += count
            elif act == "cut":
                writer.cut()
            elif act == "roll":
                writer.cut()
                writer.roll()
            elif act == "compact":
                compact_days(store.dataset(BTC), clock + 2 * DAY, reached)
            else:
                raise Crash
        except Crash:
            fault[0] = ""
            assert ids(store) == list(range(written))
            writer._lock.release()
            writer = TickWriter(store, BTC, reached).__enter__()
        fault[0] = ""
        assert ids(store) == list(range(written))
    writer.__exit__(None, None, None)
    compact_days(store.dataset(BTC), clock + 400 * DAY, lambda _: None)
    assert ids(store) == list(range(written))
    assert not store.hot_files(BTC)
    parts = store.dataset(BTC).manifest().parts
    assert len({part.period for part in parts}) == len(parts)
    assert {path.name for path in store.dataset(BTC).folder.rglob("*.parquet")} == {
        part.path.split("/")[1] for part in parts
    }


def test_a_roll_never_touches_the_file_that_is_open(tmp_path: Path) -> None:
    """Whatever is appended while it runs: here, in the moment its part is written."""
    store, more = trade_store(Lake(tmp_path)), [4, 5, 6]

    def reached(label: str) -> None:
        if more and label == "part":
            append_trades(writer, [trades(more.pop(0), 1, START)])

    with TickWriter(store, BTC, reached) as writer:
        append_trades(writer, [trades(0, 3, START)])
        writer.cut()
        append_trades(writer, [trades(3, 1, START)])
        writer.roll()
        assert len(store.hot_files(BTC)) == 1
        assert ids(store) == [0, 1, 2, 3, 4]
        writer.roll()
        assert len(store.hot_files(BTC)) == 1
        more.clear()
    assert ids(store) == [0, 1, 2, 3, 4]


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(0, 60))
def test_the_key_is_unique_ascending_and_never_before_the_arrival(known_at: list[int], last: int) -> None:
    key = arrival_key(np.array(known_at, np.int64), last)
    expected, before = [], last
    for moment in known_at:
        before = max(moment, before + 1)
        expected.append(before)
    assert key.tolist() == expected


def test_a_reader_sees_rows_at_once_and_by_their_arrival(tmp_path: Path) -> None:
    store = trade_store(Lake(tmp_path))
    with TickWriter(store, BTC, lambda _: None) as writer:
        for hour in range(4):
            append_trades(writer, [trades(2 * hour, 2, START + hour * HOUR)])
            if hour == 1:
                writer.cut()
                writer.roll()
        for since, until, expected in [
            (None, None, range(8)),
            (START + HOUR, None, range(2, 8)),
            (START + HOUR + 1, START + 2 * HOUR, [3, 4]),
            (START + 3 * HOUR, None, [6, 7]),
            (None, START, [0]),
            (START + 4 * HOUR, None, []),
        ]:
            assert [int(one) for one in read_trades(store.lake, BTC, since, until).id] == list(expected)
        found = read_trades(store.lake, BTC)
        assert (found.ts == found.known_at + HOUR).all()
    assert list(store.markets()) == [BTC]


def test_a_reader_never_misses_a_row_that_is_being_rolled(tmp_path: Path) -> None:
    store, acknowledged, over = trade_store(Lake(tmp_path)), [0], threading.Event()

    def write() -> None:
        with TickWriter(store, BTC, lambda _: None) as writer:
            for number in range(150):
                append_trades(writer, [trades(number, 1, START)])
                acknowledged[0] = number + 1
                writer.cut()
                writer.roll()
                compact_days(store.dataset(BTC), START + 2 * DAY, lambda _: None)
        over.set()

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(write)
        while not over.is_set() and not job.done():
            before = acknowledged[0]
            found = ids(store)
            assert found == list(range(len(found)))
            assert len(found) >= before
        job.result()


def test_a_book_keeps_its_levels_and_lacks_those_it_never_had(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    deep = np.column_stack([np.arange(30.0, 0.0, -1.0), np.arange(30.0)])
    with TickWriter(book_store(lake), BTC, lambda _: None) as writer:
        append_books(writer, [Book(START, START + 5, deep[:3], deep), Book(START, START + 5, deep, deep[:1])])
    rows = read_books(lake, BTC)
    assert rows.ts.tolist() == [START + 5, START + 6]
    np.testing.assert_array_equal(rows.book(0).bids, deep[:3])
    np.testing.assert_array_equal(rows.book(0).asks, deep[:20])
    np.testing.assert_array_equal(rows.book(1).asks, deep[:1])
    assert np.isnan(rows.bid_px[0, 3:]).all()


def _written(lake: Lake) -> tuple[TickStore, Path]:
    """Three frames of two trades in a hot file that its writer never rolled."""
    store = trade_store(lake)
    writer = TickWriter(store, BTC, lambda _: None).__enter__()
    for frame in range(3):
        append_trades(writer, [trades(2 * frame, 2, START + frame)])
    writer._lock.release()
    return store, store.hot_files(BTC)[0]


def test_a_frame_that_was_cut_off_is_dropped_at_every_byte(tmp_path: Path) -> None:
    store, path = _written(Lake(tmp_path))
    whole = path.read_bytes()
    frame = len(whole) // 3
    for size in (*range(2 * frame, 2 * frame + 40), len(whole) - 1):
        path.write_bytes(whole[:size])
        assert ids(store) == [0, 1, 2, 3]
    with TickWriter(store, BTC, lambda _: None) as writer:
        append_trades(writer, [trades(4, 2, START)])
    assert ids(store) == list(range(6))


@pytest.mark.parametrize(("at", "rest"), [(0.5, [0, 1, 4, 5]), (0.0, [0, 1])])
def test_a_flipped_byte_is_named_and_the_sound_frames_are_kept(tmp_path: Path, at: float, rest: list[int]) -> None:
    """In the middle frame: in its payload, or in its header, after which nothing can be found any more."""
    store, path = _written(Lake(tmp_path))
    content = bytearray(path.read_bytes())
    frame = len(content) // 3
    content[frame + int(at * frame) + 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match=path.name):
        ids(store)
    assert [found for found, _ in store.damaged()] == [path]
    with TickWriter(store, BTC, lambda _: None) as writer:
        assert ids(store) == rest
        append_trades(writer, [trades(6, 1, START)])
    assert ids(store) == [*rest, 6]
    ((found, said),) = store.damaged()
    assert found.suffix == ".damaged"
    assert f"byte {frame}" in said or "at byte" in said


def test_every_flipped_bit_of_a_frame_is_noticed(tmp_path: Path) -> None:
    store, path = _written(Lake(tmp_path))
    content = path.read_bytes()
    changed = path.with_name("changed.frames")
    for at in range(0, len(content) // 3, 7):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 8
        changed.write_bytes(flipped)
        found = read_hot(changed, store.schema)
        assert found is not None
        assert found.damage is not None, at
    changed.unlink()


def test_a_flipped_byte_in_a_part_is_named(tmp_path: Path) -> None:
    store, _ = _written(Lake(tmp_path))
    with TickWriter(store, BTC, lambda _: None):
        pass
    (part,) = store.dataset(BTC).folder.rglob("*.parquet")
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    assert [path for path, _ in store.damaged()] == [part]
    with pytest.raises(Damaged, match=part.name):
        ids(store)


def test_days_that_are_over_become_one_part_and_old_ones_go(tmp_path: Path) -> None:
    store = trade_store(Lake(tmp_path))
    dataset = store.dataset(BTC)
    with TickWriter(store, BTC, lambda _: None) as writer:
        for hour in range(0, 72, 6):
            append_trades(writer, [trades(hour, 6, START + hour * HOUR)])
            writer.cut()
            writer.roll()
    assert len(dataset.manifest().parts) == 12
    assert compact_days(dataset, START + 2 * DAY + HOUR, lambda _: None) == 6
    assert [part.period for part in dataset.manifest().parts][:2] == ["2024-08-01", "2024-08-02"]
    assert len(dataset.manifest().parts) == 6
    assert compact_days(dataset, START + 2 * DAY + HOUR, lambda _: None) == 0
    assert ids(store) == list(range(72))
    assert drop_before(dataset, START + DAY) == 24
    assert drop_before(dataset, START + DAY) == 0
    assert drop_before(dataset, START + DAY + HOUR) == 0  # a part goes when all of it is old
    assert ids(store) == list(range(24, 72))
    assert len(list(dataset.folder.rglob("*.parquet"))) == 5
    assert drop_before(dataset, START + 9 * DAY) == 48
    assert ids(store) == []


def test_rows_of_two_days_in_one_roll_become_two_parts(tmp_path: Path) -> None:
    store = trade_store(Lake(tmp_path))
    with TickWriter(store, BTC, lambda _: None) as writer:
        for day in range(3):
            append_trades(writer, [trades(day, 1, START + day * DAY)])
    days = [part.period.split(".")[0] for part in store.dataset(BTC).manifest().parts]
    assert days == ["2024-08-01", "2024-08-02", "2024-08-03"]


@pytest.fixture
def full_disk() -> Iterator[Callable[[], None]]:
    """A limit on the size of files, as a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _append_until_full(writer: TickWriter) -> None:
    for number in range(2, 40):
        append_trades(writer, [trades(number, 1, START)])


def test_a_disk_without_room_says_so_and_keeps_what_was_acknowledged(
    tmp_path: Path, full_disk: Callable[[], None]
) -> None:
    store = trade_store(Lake(tmp_path))
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    with TickWriter(store, BTC, lambda _: None) as writer:
        append_trades(writer, [trades(0, 2, START)])
        full_disk()
        with pytest.raises(Unavailable, match="no space left"):
            _append_until_full(writer)
        stored = len(ids(store))
        assert 2 < stored < 40
        assert ids(store) == list(range(stored))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        append_trades(writer, [trades(stored, 1, START)])
        assert ids(store) == list(range(stored + 1))


# Imports once, and forks a writer for every line; what a writer acknowledged is on its standard output.
WRITER = """
import os, sys
from pathlib import Path
import numpy as np
import pandas  # pyarrow would import it in every writer anew
from data.lake import Lake
from data.tick_writer import TickWriter
from data.ticks import Market
from data.trades import append_trades, trade_store
from models.types import MarketTrades
def write(number):
    with TickWriter(trade_store(Lake(Path(sys.argv[1]))), Market("binance", "BTC/USDT"), lambda _: None) as writer:
        while True:
            one = np.full(1, 1_722_470_400_000_000 + number, np.int64)
            append_trades(writer, [MarketTrades(one, one, (str(number),), one + 0.5, one + 0.0, one > 0)])
            number += 1
            os.write(1, f"{number}{os.linesep}".encode())  # print would write twice where Python is unbuffered
            if number % 40 == 0:
                writer.cut()
                writer.roll()
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        print(os.getpid(), flush=True)
        write(int(line))
    print("killed", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_kill_9_loses_no_acknowledged_row(tmp_path: Path) -> None:
    store, count = trade_store(Lake(tmp_path)), 0
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for kill in range(12):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        writer = int(process.stdout.readline())
        said = [process.stdout.readline() for _ in range(20 + 7 * kill)]
        os.kill(writer, signal.SIGKILL)
        while said[-1] and not said[-1].startswith("killed"):
            said.append(process.stdout.readline())
        assert said.pop() == "killed -9\n"
        acknowledged, found = int(said[-1]), ids(store)
        # One row may have been written and not acknowledged.
        assert found in (list(range(acknowledged)), list(range(acknowledged + 1)))
        assert acknowledged >= count + 20
        count = len(found)
    process.stdin.close()
    assert process.wait(timeout=300) == 0
    process.stdout.close()
    assert not list(store.damaged())
