"""Scenes in which a process is killed at a step, and what has to be true after the next one."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from canary import CANARY_KEY, CANARY_SECRET, assert_absent
from exchange_process import ROOT, exchange_process

SCRIPT = ROOT / "tests" / "support" / "fault_process.py"
PATHS = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "simulator")]
ACCOUNT = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET, "--balance", "USDT=1000000", "--balance", "BTC=3")
LOT = Decimal("0.00001")
OPEN = ("NEW", "PARTIALLY_FILLED")
STATES = {"open": OPEN, "filled": ("FILLED",), "canceled": ("CANCELED",), "expired": ("EXPIRED",)}
ORDER = {"fault": "reset_after", "method": "POST", "path": "/api/v3/order"}
SALE = {**ORDER, "params": {"side": "SELL", "type": "LIMIT"}}
TO_TARGET = {"do": "set_price", "symbol": "BTCUSDT", "price": "66500"}
TO_PARTIAL = {"do": "set_price", "symbol": "BTCUSDT", "price": "62600"}
DEPOSIT = {"do": "edit_balance", "asset": "BTC", "delta": "0.5"}
STEPS = ("admitted", "sent", "absorbed")
TAKING_BACK = ("cancelling", "cancelled", "confirmed")

Act = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the first process dies, and on the way to what; `nth` time that it gets there."""

    label: str
    acts: Sequence[Act]
    faults: Sequence[Mapping[str, Any]] = ()
    nth: int = 1

    @property
    def name(self) -> str:
        return f"{self.label} {self.nth}".replace(" ", "-")


def scenes() -> list[Scene]:
    """Every step of an order that a process can reach at Binance, and the writes of reconciling and deciding."""
    found = [Scene(f"{step} {role}", acts) for role, acts in WAYS.items() for step in STEPS]
    found += [Scene(f"asked {role}", acts, [DOUBTS[role]]) for role, acts in WAYS.items()]
    found += [Scene(f"{step} {role}", acts) for role, acts in PATIENT.items() for step in TAKING_BACK]
    found += [Scene("holdings", ["enter"], nth=nth) for nth in (1, 2)]
    found += [Scene("holdings", ["enter", DEPOSIT, "again"], nth=4)]
    found += [Scene(table, ["enter", "leave"], nth=2) for table in ("wire_orders", "venue_trades", "decisions")]
    found += [Scene("order_events", ["enter", "trail"], nth=nth) for nth in (3, 7, 11)]
    return [*found, *(Scene(label, ["enter", "trail"], nth=2) for label in ("decided", "recorded"))]


WAYS: Mapping[str, Sequence[Act]] = {
    "entry": ["enter"],
    "add": ["enter", "add"],
    "exit": ["enter", "leave"],
    "stop": ["enter"],
    "target": ["enter", TO_TARGET, "again"],
    "partial": ["enter", TO_PARTIAL, "again"],
    "flatten": ["enter", "flatten"],
}
PATIENT: Mapping[str, Sequence[Act]] = {
    "entry": ["enter_patiently"],
    "add": ["enter", "add_patiently"],
    "exit": ["enter", "leave_patiently"],
    "stop": ["enter", "trail"],
}
DOUBTS: Mapping[str, Mapping[str, Any]] = {
    "entry": ORDER,
    "add": {**ORDER, "params": {"side": "BUY"}, "nth": 3},
    "stop": {**ORDER, "params": {"type": "STOP_LOSS"}},
    **dict.fromkeys(("exit", "target", "partial", "flatten"), SALE),
}
# An order at market never rests at a venue that fills it at once or not at all, so that nobody takes it back.
NEVER_REACHED = frozenset(f"{step} {role}" for role in ("target", "partial", "flatten") for step in TAKING_BACK)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its status, and what it said, which is nothing where it was killed."""

    status: int
    said: str


def run_jobs(jobs: Sequence[Mapping[str, Any]], timeout: float = 600) -> list[Ended]:
    """One after the other, or where they are so, together; in processes of their own."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), json.dumps(jobs)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert_absent([], [done.stdout, done.stderr])
    said: dict[int, str] = {}
    ended: list[Ended] = []
    for line in map(json.loads, done.stdout.splitlines()):
        if "said" in line:
            said[line["pid"]] = line["said"]
        else:
            ended.append(Ended(line["status"], said.get(line["pid"], "")))
    return ended


def play(played: Sequence[Scene], folder: Path) -> dict[str, list[str]]:
    """What is wrong after each scene, by its name; all of them at once, each at an exchange of its own."""
    with ExitStack() as stack:
        simulators = [stack.enter_context(exchange_process(*ACCOUNT)) for _ in played]
        jobs = [_job(one, folder, simulator.url) for one, simulator in zip(played, simulators, strict=True)]
        firsts = run_jobs(
            [
                {**job, "label": one.label, "nth": one.nth, "faults": one.faults}
                for one, job in zip(played, jobs, strict=True)
            ]
        )
        seconds = run_jobs([{**job, "keep": True} for job in jobs])
    found = {}
    for one, job, first, second in zip(played, jobs, firsts, seconds, strict=True):
        wrong = [] if first.status == -9 else [f"nobody was killed at {one.label}: {first}"]
        wrong += [] if second == Ended(0, "done") else [f"the next process ended with {second}"]
        found[one.name] = [*wrong, *judged(Path(job["home"]))]
    assert_absent([folder])
    return found


def _job(scene: Scene, folder: Path, url: str) -> dict[str, Any]:
    return {"home": str(folder / scene.name), "url": url, "acts": scene.acts, "together": True}


def judged(home: Path) -> Iterator[str]:
    """What does not agree between the journal in `home` and what was kept of the exchange there."""
    kept = json.loads((home / "exchange.json").read_text())
    there, trades = kept["orders"], kept["trades"]
    mine = _orders(home / "journal.sqlite")
    yield from (
        f"{cid} is {times} orders" for cid, times in Counter(one["client_id"] for one in there).items() if times > 1
    )
    by_cid = {one["client_id"]: one for one in there}
    for order in mine:
        found = by_cid.get(order["cid"])
        if order["state"] in ("lost", "rejected"):
            if found is not None:
                yield f"{order['cid']} is {order['state']}, and at the exchange {found['status']}"
        elif found is None or found["status"] not in STATES.get(order["state"], ()):
            yield f"{order['cid']} is {order['state']}, and at the exchange {found and found['status']}"
        elif Decimal(found["executed"]) != Decimal(order["filled"]):
            yield f"{order['cid']}: {order['filled']} filled, at the exchange {found['executed']}"
    yield from (f"the journal has no {one}" for one in by_cid if one not in {order["cid"] for order in mine})
    yield from _within(mine, by_cid, home / "journal.sqlite")
    yield from _covered(there, trades)


def _within(mine: list[dict[str, Any]], there: Mapping[str, Any], path: Path) -> Iterator[str]:
    """No intent got more than it wanted."""
    filled: dict[str, Decimal] = defaultdict(Decimal)
    for order in mine:
        if order["role"] in ("entry", "add", "exit") and order["cid"] in there:
            filled[order["parent"]] += Decimal(there[order["cid"]]["executed"])
    for cid, wanted in _rows(path, "select cid, quantity from intents"):
        if filled[cid] > abs(Decimal(str(wanted))):
            yield f"{filled[cid]} were filled of {cid}, which wanted {wanted}"


def _covered(there: list[dict[str, Any]], trades: list[dict[str, Any]]) -> Iterator[str]:
    """What is held has one stop of its size; nothing else stands open."""
    held = sum((_net(one) for one in trades), Decimal(0))
    stops = [one for one in there if one["status"] in OPEN]
    resting = sum((Decimal(one["quantity"]) - Decimal(one["executed"]) for one in stops), Decimal(0))
    if held < 0 or resting != held // LOT * LOT or len(stops) > 1:
        yield f"{held} are held, and {[(one['client_id'], one['quantity']) for one in stops]} stand open"


def _net(trade: Mapping[str, Any]) -> Decimal:
    units = Decimal(trade["quantity"])
    fee = Decimal(trade["commission"]) if trade["commission_asset"] == "BTC" else Decimal(0)
    return (units if trade["is_buyer"] else -units) - fee


def _orders(path: Path) -> list[dict[str, Any]]:
    names = ("cid", "parent", "role", "state", "filled")
    rows = _rows(path, f"select {', '.join(names)} from wire_orders order by number")  # noqa: S608 - names of its own
    return [dict(zip(names, row, strict=True)) for row in rows]


def _rows(path: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
