"""Several processes, one journal: nobody loses a row, and a killed one only what it had not acknowledged."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock
from wire_orders import NOON, allow, made_order, open_log

from conf.home import PROJECT
from data.journal import OrderLog, open_journal

WRITER = """
import sys
from pathlib import Path
from data.journal import open_journal
path, name, most = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
journal = open_journal(path)
start = sum(row["severity"] == name for row in journal.tables()["alerts_outbox"])
print("ready", flush=True)
for number in range(start, most):
    journal.raise_alert(f"{name} {number}", name, "text", number)
    print(number + 1, flush=True)
"""


def _writer(path: Path, name: str, most: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(most)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


def _written(path: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in open_journal(path).tables()["alerts_outbox"]:
        found.setdefault(row["severity"], []).append(row["raised_at"])
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


def test_two_processes_write_at_once_into_a_new_journal(path: Path) -> None:
    writers = [_writer(path, name, 150) for name in ("a", "b", "c")]
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert _written(path) == {name: list(range(150)) for name in ("a", "b", "c")}


def test_kill_9_keeps_every_acknowledged_row(path: Path) -> None:
    kept = 0
    for pause in (0.0, 0.05, 0.12, 0.2):
        writer = _writer(path, "a", 10**6)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(pause)
        writer.kill()
        acknowledged = [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        writer.wait()
        least = max(acknowledged, default=kept)
        rows = _written(path).get("a", [])
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
from pathlib import Path
sys.path[:0] = ["tests/support"]
from wire_orders import NOON, allow, made_order
from data.journal import Lease, OrderLog, Holder, open_journal
from models.types import Unavailable
path, name, most, room = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
log = OrderLog(open_journal(path).engine, Lease("orders", 1, Holder("host", "boot", 1, 1), NOON))
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
from pathlib import Path
from data.journal import OrderLog, open_journal
log, most = OrderLog(open_journal(Path(sys.argv[1])).engine), 0
print("ready", flush=True)
while most < int(sys.argv[2]):
    found = len(log.orders_of_book("book"))
    assert found >= most
    most = found
"""


def _admitting(path: Path, name: str, most: int, room: int = 0) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", ADMITTING, str(path), name, str(most), str(room)]
    return subprocess.Popen(arguments, cwd=PROJECT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def orders(path: Path) -> OrderLog:
    log = open_log(open_journal(path))
    assert log.fence is not None
    assert log.fence.token == 1
    return log


def test_four_processes_admit_at_once_while_one_reads(path: Path, orders: OrderLog) -> None:
    """All under the same token: not how it is used, but the chain has to hold whoever writes."""
    reader = subprocess.Popen(
        [sys.executable, "-c", READING, str(path), "2000"], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    writers = [_admitting(path, name, 500) for name in "abcd"]
    said = [writer.communicate(timeout=300)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert (reader.wait(timeout=60), [len(one) for one in said]) == (0, [501] * 4)
    written = [one.cid for one in orders.orders_of_book("book")]
    assert sorted(written) == sorted(cid for one in said for cid in one[1:])
    orders.verify_chain()


def test_kill_9_keeps_every_admitted_order_and_half_of_none(path: Path, orders: OrderLog) -> None:
    kept: set[str] = set()
    for turn, pause in enumerate((0.0, 0.05, 0.2)):
        writer = _admitting(path, str(turn), 10**6)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(pause)
        writer.kill()
        acknowledged = set(writer.stdout.read().split("\n")[:-1])
        writer.wait()
        written = {one.cid for one in orders.orders_of_book("book")}
        assert kept | acknowledged <= written
        assert len(written - kept - acknowledged) <= 1
        orders.verify_chain()
        kept = written
    assert len(kept) > 10


def test_without_room_no_order_is_admitted_and_none_is_half_there(path: Path, orders: OrderLog) -> None:
    """Fault 22: a file that cannot grow. Who has room again goes on."""
    writer = _admitting(path, "a", 10**6, room=2**20)
    *admitted, last = writer.communicate(timeout=120)[0].split("\n")[1:-1]
    assert writer.returncode == 0
    assert last.startswith("full the journal ")
    assert [one.cid for one in orders.orders_of_book("book")] == admitted
    orders.verify_chain()
    assert orders.admit(made_order("later"), allow, NOON) is None
    orders.verify_chain()
