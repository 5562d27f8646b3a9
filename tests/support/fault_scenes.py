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

from models.portfolio import Position

SCRIPT = ROOT / "tests" / "support" / "fault_process.py"
PATHS = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "simulator")]
START = {"USDT": Decimal(1_000_000), "BTC": Decimal(3)}
BALANCES = [text for asset, units in START.items() for text in ("--balance", f"{asset}={units}")]
ACCOUNT = ("--api-key", CANARY_KEY, "--api-secret", CANARY_SECRET, *BALANCES)
LOT = Decimal("0.00001")
NOTHING = Decimal(0)
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
    # Before what others brought is noted, and after, where its alert is still to come.
    found += [
        Scene("holdings", ["enter", DEPOSIT, "again"], nth=4),
        Scene("alerts_outbox", ["enter", DEPOSIT, "again"]),
    ]
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
        # What others brought they bring once.
        seconds = run_jobs(
            [{**job, "acts": [act for act in job["acts"] if act != DEPOSIT], "keep": True} for job in jobs]
        )
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
    yield from _told(home / "journal.sqlite", trades)
    yield from _explained(home / "journal.sqlite", trades, kept["balances"])
    yield from _booked(home / "journal.sqlite", trades)


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
    held = sum((_moved(one, "BTC") for one in trades), NOTHING)
    stops = [one for one in there if one["status"] in OPEN]
    resting = sum((Decimal(one["quantity"]) - Decimal(one["executed"]) for one in stops), NOTHING)
    if held < 0 or resting != held // LOT * LOT or len(stops) > 1:
        yield f"{held} are held, and {[(one['client_id'], one['quantity']) for one in stops]} stand open"


def _told(path: Path, trades: list[dict[str, Any]]) -> Iterator[str]:
    """The journal has every fill of the exchange once and as it was, and none besides."""
    mine = Counter(_fill(one) for one in _trades(path))
    theirs = Counter(_fill(one) for one in trades)
    yield from (f"the journal has the fill {one} {times} times too often" for one, times in (mine - theirs).items())
    yield from (f"the fill {one} is missing {times} times in the journal" for one, times in (theirs - mine).items())


def _fill(trade: Mapping[str, Any]) -> tuple[Any, ...]:
    figures = (Decimal(trade[name]) for name in ("price", "quantity", "commission"))
    said = (str(trade["id"]), str(trade["order_id"]), bool(trade["is_buyer"]), trade["commission_asset"])
    return trade["symbol"], trade["client_id"], *said, *figures


def _explained(path: Path, trades: list[dict[str, Any]], balances: Mapping[str, str]) -> Iterator[str]:
    """What was there at first is noted as that, and what came since and not by our orders as of others: each once."""
    noted: dict[tuple[str, bool], list[Decimal]] = defaultdict(list)
    for asset, kind, quantity in _rows(path, "select asset, kind, quantity from holdings where cleared_at is null"):
        noted[asset, kind == "baseline"].append(Decimal(quantity))
    for asset in sorted({*balances, *(asset for asset, _ in noted)}):
        began, ends = START.get(asset, NOTHING), Decimal(balances.get(asset, NOTHING))
        if noted[asset, True] != [began]:
            yield f"the account began with {began} {asset}, noted are {_listed(noted[asset, True])}"
        of_others = ends - began - sum((_moved(one, asset) for one in trades), NOTHING)
        if noted[asset, False] != ([of_others] if of_others else []):
            yield f"others brought {of_others} {asset} to the account, noted are {_listed(noted[asset, False])}"
        told = _rows(path, "select key from alerts_outbox")
        if of_others and not any(key.startswith(f"external binance {asset} ") for (key,) in told):
            yield f"nobody was told of {of_others} {asset} of others"


def _listed(units: Sequence[Decimal]) -> str:
    return " and ".join(map(str, units)) or "none"


def _booked(path: Path, trades: list[dict[str, Any]]) -> Iterator[str]:
    """After its newest decision and the fills since, the book has what its orders brought."""
    ((state,),) = _rows(path, "select state_after from decisions order by bar desc limit 1")
    rows = [rows["BTC/USDT"] for rows in json.loads(state)["positions"].values() if "BTC/USDT" in rows]
    since = sum((_moved(one, "BTC") for one in _trades(path) if one["settled_by"] is None), NOTHING)
    booked = sum((Decimal(repr(Position(*one).quantity)) for one in rows), since)
    brought = sum((_moved(one, "BTC") for one in trades), NOTHING)
    if abs(booked - brought) >= LOT:
        yield f"the book holds {booked} BTC, its orders brought {brought}"


def _moved(trade: Mapping[str, Any], asset: str) -> Decimal:
    """Units of an asset that a fill brought, its fee included; negative where it took them."""
    side = 1 if trade["is_buyer"] else -1
    units, price = Decimal(trade["quantity"]), Decimal(trade["price"])
    found = -Decimal(trade["commission"]) if trade["commission_asset"] == asset else NOTHING
    found += side * units if trade["symbol"].startswith(asset) else NOTHING
    return found - (side * units * price if trade["symbol"].endswith(asset) else NOTHING)


def _trades(path: Path) -> list[dict[str, Any]]:
    """The journal's fills, each under the names that the exchange has for it."""
    names = {
        "symbol": "replace(symbol, '/', '')",
        "client_id": "cid",
        "id": "trade_id",
        "order_id": "exchange_id",
        "is_buyer": "is_buy",
        "price": "price",
        "quantity": "quantity",
        "commission": "fee",
        "commission_asset": "fee_asset",
        "settled_by": "settled_by",
    }
    rows = _rows(path, f"select {', '.join(names.values())} from venue_trades")  # noqa: S608 - names of its own
    return [dict(zip(names, row, strict=True)) for row in rows]


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
