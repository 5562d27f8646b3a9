"""Several processes, one journal: nobody loses a row, and a killed one only what it had not acknowledged."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock
from journal_places import wait_for_the_dead, words_of
from waiting import wait_until
from wire_orders import NOON, allow, made_order, open_log

from conf.home import PROJECT
from data.journal import JournalPlace, OrderLog, open_journal

WRITER = """
import sys
sys.path[:0] = ["tests/support"]
from journal_places import place_from
name, most = sys.argv[2], int(sys.argv[3])
journal = place_from(sys.argv[1]).open()
start = sum(row["severity"] == name for row in journal.tables()["alerts_outbox"])
print("ready", flush=True)
for number in range(start, most):
    journal.raise_alert(f"{name} {number}", name, "text", number)
    print(number + 1, flush=True)
"""


def _writer(place: JournalPlace, name: str, most: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, words_of(place), name, str(most)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


def _written(place: JournalPlace) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in place.open().tables()["alerts_outbox"]:
        found.setdefault(row["severity"], []).append(row["raised_at"])
    return found


def test_two_processes_write_at_once_into_a_new_journal(place: JournalPlace) -> None:
    most = 150 if place.url is None else 60
    writers = [_writer(place, name, most) for name in ("a", "b", "c")]
    for writer in writers:
        writer.communicate(timeout=300)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert _written(place) == {name: list(range(most)) for name in ("a", "b", "c")}


def test_kill_9_keeps_every_acknowledged_row(place: JournalPlace) -> None:
    kept = 0
    for pause in (0.0, 0.05, 0.12, 0.2):
        writer = _writer(place, "a", 10**6)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(pause)
        writer.kill()
        acknowledged = [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        writer.wait()
        wait_for_the_dead(place)
        least = max(acknowledged, default=kept)
        rows = _written(place).get("a", [])
        assert rows == list(range(len(rows)))
        assert len(rows) in (least, least + 1)
        kept = len(rows)
    assert kept > 20


OPENERS = """
import multiprocessing, sys
from pathlib import Path
import alembic.command
from data.journal import open_journal

def run(path, number, barrier):
    barrier.wait()
    open_journal(path).raise_alert(str(number), "warning", "text", number)

context = multiprocessing.get_context("fork")
failed = 0
for attempt in range(6):
    path, barrier = Path(sys.argv[1]) / str(attempt) / "journal.sqlite", context.Barrier(6)
    processes = [context.Process(target=run, args=(path, number, barrier)) for number in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    failed += len(open_journal(path).tables()["alerts_outbox"]) != 6
sys.exit(failed)
"""


def test_processes_that_open_a_new_journal_in_the_same_moment_all_succeed(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OPENERS, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_new_journal_is_only_touched_under_the_lock(path: Path) -> None:
    path.parent.mkdir()
    opener = threading.Thread(target=open_journal, args=(path,))
    with FileLock(path.with_suffix(".lock")):
        opener.start()
        opener.join(timeout=0.4)
        assert opener.is_alive()
        assert not path.exists()
    opener.join()
    assert open_journal(path).stop_reason() is None


ADMITTING = """
import os, resource, sys
sys.path[:0] = ["tests/support"]
from journal_places import place_from
from wire_orders import NOON, allow, made_order
from data.journal import Lease, OrderLog, Holder
from models.types import Unavailable
name, most, room = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
log = OrderLog(place_from(sys.argv[1]).open().engine, Lease("orders", 1, Holder("host", "boot", 1, 1), NOON))
if room:
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
print("ready", flush=True)
for number in range(most):
    try:
        log.admit(made_order(f"{name}-{number}"), allow, NOON + number)
    except Unavailable as error:
        print(f"full {error}", flush=True)
        break
    print(f"{name}-{number}", flush=True)
"""
READING = """
import sys
sys.path[:0] = ["tests/support"]
from journal_places import place_from
from data.journal import OrderLog
log, most = OrderLog(place_from(sys.argv[1]).open().engine), 0
print("ready", flush=True)
while most < int(sys.argv[2]):
    found = len(log.orders_of_book("book"))
    assert found >= most
    most = found
"""


def _admitting(place: JournalPlace, name: str, most: int, room: int = 0) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", ADMITTING, words_of(place), name, str(most), str(room)]
    return subprocess.Popen(arguments, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def orders(place: JournalPlace) -> OrderLog:
    log = open_log(place.open())
    assert log.fence is not None
    assert log.fence.token == 1
    return log


def test_four_processes_admit_at_once_while_one_reads(place: JournalPlace, orders: OrderLog) -> None:
    """All under the same token: not how it is used, but the chain has to hold whoever writes."""
    each = 500 if place.url is None else 100
    reader = subprocess.Popen(
        [sys.executable, "-c", READING, words_of(place), str(4 * each)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    writers = [_admitting(place, name, each) for name in "abcd"]
    said = [writer.communicate(timeout=300)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert (reader.wait(timeout=300), [len(one) for one in said]) == (0, [each + 1] * 4)
    written = [one.cid for one in orders.orders_of_book("book")]
    assert sorted(written) == sorted(cid for one in said for cid in one[1:])
    orders.verify_chain()


def _wait_for_more(orders: OrderLog, least: int) -> None:
    wait_until(lambda: len(orders.orders_of_book("book")) > least, 60.0)


def test_kill_9_keeps_every_admitted_order_and_half_of_none(place: JournalPlace, orders: OrderLog) -> None:
    kept: set[str] = set()
    for turn, pause in enumerate((0.0, 0.05, 0.2)):
        writer = _admitting(place, str(turn), 10**6)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        if turn:
            _wait_for_more(orders, len(kept) + 5)
        time.sleep(pause)
        writer.kill()
        acknowledged = set(writer.stdout.read().split("\n")[:-1])
        writer.wait()
        wait_for_the_dead(place)
        written = {one.cid for one in orders.orders_of_book("book")}
        assert kept | acknowledged <= written
        assert len(written - kept - acknowledged) <= 1
        orders.verify_chain()
        kept = written
    assert len(kept) > 10


def test_without_room_no_order_is_admitted_and_none_is_half_there(tmp_path: Path) -> None:
    """Fault 22: a file that cannot grow. Who has room again goes on."""
    place = JournalPlace(tmp_path / "state")
    orders = open_log(place.open())
    writer = _admitting(place, "a", 10**6, room=2**20)
    *admitted, last = writer.communicate(timeout=120)[0].split("\n")[1:-1]
    assert writer.returncode == 0
    assert last.startswith("full the journal ")
    assert [one.cid for one in orders.orders_of_book("book")] == admitted
    orders.verify_chain()
    assert orders.admit(made_order("later"), allow, NOON) is None
    orders.verify_chain()
