"""Fault matrix 18 and 20, on paper: a cycle killed at any step, or run twice at once, ends in the same journal."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from stormy import STORMY, settle_in_storms

from data.journal import RiskEvent, RiskKind, RiskLog, open_journal
from models.types import Breaker, Level
from tasks.bootstrap import build_broker, build_desk, journal_place, no_checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import run_cycle
from tasks.session.parity import hold_against_backtest

SCRIPT = Path(__file__).parent.parent / "support" / "cycle_process.py"
ROOT = Path(__file__).parent.parent.parent
BARS = 30
# Killed while a row of these is written, in the middle of the transaction.
TABLES = ("decisions", "fills", "switches", "intents")
# A fall that both systems see soon: it pauses the one that has it, and no more.
TIGHT = STORMY | {"KEEL_RISK__BREAKERS__STRATEGY_DRAWDOWN": "0.003"}
# Each chain dies in one home, the first three times; a process goes on where the one before it was killed.
CHAINS = (
    (("begun", 1), ("intents", 2), ("risk_events", 1)),
    (("folded", 1), ("switches", 2), ("risk_events", 2)),
    (("decided", 1), ("begun", 3), ("alerts_outbox", 1)),
    (("recorded", 1), ("folded", 3), ("alerts_outbox", 2)),
    (("placed", 1), ("decided", 3), ("fills", 5)),
    (("recorded", 3), ("placed", 3), ("decisions", 5)),
)
NTH = 10
# Who wrote of an order at the paper venue, and when it was told there what the book knows, is not what was decided.
TOLD = {"token", "previous", "sha256", "id", "at", "number", "updated_at"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template")
    before = dict(os.environ)
    desk = settle_in_storms(home, **TIGHT)
    log, name = RiskLog(open_journal(journal_place(home)).engine), configured_book(desk).name
    log.record_event(RiskEvent(name, 1, RiskKind.FLOW, "a person", "moved", amount=1500.0))
    log.record_event(RiskEvent(name, 2, RiskKind.FORCED, "timer", "x", Level.PAUSE, Breaker.VAR, 0.03, 0.025))
    log.record_event(RiskEvent(name, 3, RiskKind.RELEASE, "a person", "seen"))
    os.environ.clear()
    os.environ.update(before)
    return home


def run_jobs(jobs: list[list[Any]]) -> list[int]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), json.dumps(jobs)],
        env={**os.environ, **TIGHT, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return [int(line) for line in done.stdout.split()]


def content(home: Path) -> dict[str, list[dict[str, Any]]]:
    tables = open_journal(journal_place(home)).tables()
    for row in tables["routes"]:
        del row["latency_us"]  # how long it took is not what was decided
    for row in tables["decision_seals"]:
        digests = json.loads(row["digests"])
        for route in digests.get("routes", {}).values():
            del route["latency_us"]
        row["digests"] = digests
        del row["sha256"], row["previous"]  # of a seal with that digest
    for row in tables["wire_orders"] + tables["order_events"]:
        for name in TOLD & set(row):
            del row[name]
    return {name: sorted(rows, key=str) for name, rows in tables.items() if name != "leases"}


def copies(template: Path, tmp_path: Path, names: list[str]) -> dict[str, Path]:
    return {name: Path(shutil.copytree(template, tmp_path / name)) for name in names}


@pytest.fixture(scope="module")
def undisturbed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = copies(template, tmp_path_factory.mktemp("lived"), ["undisturbed"])["undisturbed"]
    assert run_jobs([[str(home), BARS, "none", 0]]) == [0]
    return home


def test_killed_at_every_step_it_converges_to_the_undisturbed_journal(
    template: Path, undisturbed: Path, tmp_path: Path
) -> None:
    homes = copies(template, tmp_path, [" ".join(label for label, _ in chain) for chain in CHAINS])
    pairs = zip(homes.values(), CHAINS, strict=True)
    statuses = run_jobs([[str(home), BARS, *death] for home, chain in pairs for death in (*chain, ("none", 0))])
    assert statuses == [-9, -9, -9, 0] * len(CHAINS), "every run but a home's last has to die where it was told to"
    expected = content(undisturbed)
    assert len(expected["fills"]) >= 12
    assert len({row["bar"] for row in expected["switches"]}) >= 3
    assert len(expected["decisions"]) == BARS
    assert {row["kind"] for row in expected["risk_events"]} >= {"flow", "forced", "release", "trip"}
    assert len({row["bar"] for row in expected["risk_events"] if row["kind"] not in ("trip", "released")}) == 1
    assert len(expected["alerts_outbox"]) == sum(row["kind"] == "trip" for row in expected["risk_events"]) >= 2
    for name, home in homes.items():
        assert content(home) == expected, name


def test_of_a_decision_that_died_in_its_transaction_nothing_is_there(
    template: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Neither the decision nor a fill nor an order that it closed."""
    homes = copies(template, tmp_path, list(TABLES))
    assert run_jobs([[str(homes[name]), BARS, name, NTH] for name in TABLES]) == [-9] * len(TABLES)
    expected = content(undisturbed)
    for name in TABLES:
        found = content(homes[name])
        assert len(found[name]) < NTH
        bars = [row["bar"] for row in found["decisions"]]
        assert 0 < len(bars) < BARS
        assert found["decisions"] == [row for row in expected["decisions"] if row["bar"] in bars]
        for table in ("switches", "intents"):
            assert found[table] == [row for row in expected[table] if row["bar"] in bars]
        assert all(row["filled_at"] <= max(bars) for row in found["fills"])
        closed = {row["cid"] for row in found["orders"] if row["status"] != "open"}
        assert closed == {row["cid"] for row in found["fills"]}


def test_two_cycles_at_once_make_one_decision_and_one_order_each(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copies(template, tmp_path, ["shared"])["shared"]
    for name, value in (TIGHT | {"KEEL_HOME": str(home)}).items():
        monkeypatch.setenv(name, value)
    desk = build_desk()
    ts = desk.bars.read(desk.universe()[0]).ts
    failures: list[BaseException] = []

    def trade(moment: int, start: threading.Barrier) -> None:
        try:
            start.wait(timeout=300)
            journal = open_journal(journal_place(home))
            run_cycle(desk.at(moment), journal, build_broker(desk.at(moment), journal), no_checkpoint)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is for the test to show
            failures.append(error)

    for bar in ts[-12:]:
        start = threading.Barrier(2)
        pair = [threading.Thread(target=trade, args=(int(bar) + 3_600_000_000, start)) for _ in range(2)]
        for one in pair:
            one.start()
        for one in pair:
            one.join()
    assert not failures
    tables = content(home)
    assert len(tables["decisions"]) == 12
    assert len(tables["orders"]) == len(tables["intents"])
    assert hold_against_backtest(desk, open_journal(journal_place(home))).equal
