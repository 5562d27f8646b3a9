"""Orders made durable before the wire, while somebody reads the journal, against bare sqlite3 commits."""

import itertools
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

from data.journal import Holder, Leases, OrderLog, open_journal
from models.types.wire import OrderKind, Role, WireOrder
from tasks.session.bench.figure import Figure, Workplace, paired_seconds

ADMITS = 500
TARGET = 1000.0
SECOND = 1_000_000
NOW = 1_700_000_000 * SECOND
PLAIN = "CREATE TABLE wire_orders (cid TEXT PRIMARY KEY, body TEXT)"
# Somebody who looks at both journals again and again, as a dashboard does.
READER = """
import sqlite3, sys, time
held = [sqlite3.connect(f"file:{path}?mode=ro", uri=True) for path in sys.argv[1:]]
print("reading", flush=True)
while True:
    for one in held:
        one.execute("SELECT * FROM wire_orders ORDER BY rowid DESC LIMIT 50").fetchall()
    time.sleep(0.01)
"""


def bench_admits(place: Workplace) -> Figure:
    """Orders a second that pass the journal's own checks and are durable before the wire, each with its event in the
    chain, while another process reads the newest fifty a hundred times a second.
    """
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        ours, plain = Path(name) / "journal.sqlite", Path(name) / "plain.sqlite"
        log, numbers, cids = _log(ours), itertools.count(), itertools.count()
        with closing(_plain(plain)) as bare, _reader(ours, plain):
            seconds, _, ratio = paired_seconds(lambda: _admit(log, numbers), lambda: _bare(bare, cids), rounds=5)
        log.engine.dispose()
    speed = ADMITS / seconds
    said = f">= {TARGET:g} orders/s with one reader"
    return Figure("orders_journal", speed, "orders/s", "bare sqlite3 commits", ratio, said, speed >= TARGET)


def _log(path: Path) -> OrderLog:
    engine = open_journal(path).engine
    holder = Holder("bench", "bench", 1, 1)
    lease = Leases(engine).take("orders", holder, NOW, 3600 * SECOND, lambda _: False)
    if lease is None:
        raise AssertionError("a new journal has a holder already")
    return OrderLog(engine, lease)


def _admit(log: OrderLog, numbers: "itertools.count[int]") -> None:
    for number in itertools.islice(numbers, ADMITS):
        # Ten a second: the last minute, which is counted each time, has six hundred.
        why = log.admit(_order(number), lambda _: None, NOW + number * SECOND // 10)
        if why is not None:
            raise AssertionError(f"an order was refused: {why}")


def _order(number: int) -> WireOrder:
    parent = f"a1b2c3-20240131T2300-{number}"
    return WireOrder(
        cid=f"{parent}-1",
        parent=parent,
        book="bench",
        system="long",
        venue="binance",
        symbol="BTC/USDT",
        role=Role.ENTRY,
        kind=OrderKind.MARKET,
        is_buy=True,
        quantity=Decimal("0.01"),
        limit=Decimal(101),
        stop=None,
        reference=Decimal(100),
        decided_at=NOW,
        created_at=NOW,
    )


def _plain(path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", PLAIN):
        made.execute(statement)
    return made


def _bare(plain: sqlite3.Connection, cids: "itertools.count[int]") -> None:
    for number in itertools.islice(cids, ADMITS):
        plain.execute("BEGIN IMMEDIATE")
        plain.execute("INSERT INTO wire_orders VALUES (?, ?)", (str(number), "x" * 300))
        plain.execute("COMMIT")


@contextmanager
def _reader(*paths: Path) -> Iterator[None]:
    """A process of its own that reads both while the context lasts."""
    command = [sys.executable, "-c", READER, *(str(one) for one in paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            if process.stdout is None or not process.stdout.readline():
                raise RuntimeError("the reader of the bench did not start")
            yield
            if process.poll() is not None:
                raise RuntimeError("the reader of the bench ended before the measurement")
        finally:
            process.kill()
