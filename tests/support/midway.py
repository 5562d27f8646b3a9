"""A live session that ends in the middle, and what must hold afterwards between its journal and the venue."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from exchange_process import Simulator
from live_homes import CAPITAL, VENUE, LiveHome
from processes import ROOT
from typer.testing import CliRunner

from data.journal import AccountHistory, Heartbeats, Journal, OrderLog, VenueLedger, open_journal
from flows.cli import app
from tasks.session.keeping.backup import JOURNAL
from tasks.session.ordering.accounting import NOTHING, flows, noted

ASSETS = ("BTC", "USDT")


@contextmanager
def session_of(home: LiveHome) -> Iterator["subprocess.Popen[bytes]"]:
    """A live session as a process of its own; killed at the end, as by a machine that loses its power."""
    asked = [sys.executable, "-m", "flows.cli", "trade", "--session", "--live", "--duration", "1d"]
    environment = {**os.environ, **home.environment}
    with (home.folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            asked, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def said_by(home: LiveHome, *arguments: str) -> str:
    """What a command says that a person gives beside the trader; in this process, which has imported all of it.

    Raises:
        AssertionError: it failed.
    """
    with settings_of(home.environment):
        done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def confirm(home: LiveHome) -> None:
    """A person types what is asked."""
    phrase = f"LIVE {VENUE} {CAPITAL}"
    said_by(home, "live", "confirm", "--venue", VENUE, "--phrase", phrase, "--who", "a test")


def waits(journal: Journal, session: "subprocess.Popen[bytes]") -> bool:
    """Whether the session has recovered, and waits for its next bar."""
    assert session.poll() is None
    beat = Heartbeats(journal.engine).last("trader")
    return beat is not None and beat.detail.startswith("waits")


@contextmanager
def journal_of(folder: Path) -> Iterator[Journal]:
    """A home's journal, closed at the end."""
    journal = open_journal(folder / JOURNAL)
    try:
        yield journal
    finally:
        journal.engine.dispose()


@contextmanager
def settings_of(environment: Mapping[str, str]) -> Iterator[None]:
    """In this process for a while."""
    before = dict(os.environ)
    try:
        os.environ.update(environment)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def states(journal: Journal) -> dict[str, str]:
    """Of every order, by its role; the newest of each."""
    rows = sorted(journal.tables()["wire_orders"], key=lambda row: int(row["number"]))
    return {row["role"]: row["state"] for row in rows}


def assert_one_truth(home: LiveHome, simulator: Simulator) -> None:
    """Each order of the venue is one of the journal's, each fill is there once, and every unit is accounted for."""
    there, made = simulator.control("orders"), simulator.control("trades")
    with journal_of(home.folder) as journal:
        tables = journal.tables()
        orders = {row["cid"]: row for row in tables["wire_orders"]}
        assert len({one["client_id"] for one in there}) == len(there)
        assert {one["client_id"] for one in there} == set(orders)
        assert {cid: Decimal(row["filled"]) for cid, row in orders.items()} == {
            one["client_id"]: Decimal(one["executed"]) for one in there
        }
        trades = tables["venue_trades"]
        assert sorted(row["trade_id"] for row in trades) == sorted(str(one["id"]) for one in made)
        assert all(row["cid"] in orders for row in trades)
        assert not OrderLog(journal.engine).doubtful(next(iter(orders.values()))["book"])
        balances = simulator.control("snapshot")["balances"]
        brought = flows(VenueLedger(journal.engine, VENUE).moved())
        there_before = noted(
            [one.holding for one in AccountHistory(journal.engine).notes(VENUE) if one.cleared_at is None]
        )
        found = {one: brought.get(one, NOTHING) + there_before.get(one, NOTHING) for one in ASSETS}
        assert found == {one: Decimal(balances.get(one, "0")) for one in ASSETS}


def assert_accounts_agree(home: LiveHome) -> None:
    """Tax lots come to what the journal counts: no fill is missing and none is there twice."""
    with settings_of(home.environment):  # exit code 1: nobody has said what the money at the start has cost
        said = json.loads(CliRunner().invoke(app, ["taxes", "--json"], catch_exceptions=False).stdout)
    assert said["reconciliation"]
    assert all(one["agrees"] for one in said["reconciliation"]), said["reconciliation"]
