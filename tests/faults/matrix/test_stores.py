"""Fault matrix 21 to 24 and 37: stores that are locked, full, damaged, gone or another version's."""

import subprocess
import sys
from pathlib import Path

import pytest
from exchange_process import exchange_process
from fault_scenes import ACCOUNT, Ended, judged, run_jobs
from live_homes import SYMBOL, TIMEFRAME, VENUE, live_home
from matrix_books import ENTRY, assert_one_truth, sent, state, told
from order_sims import Simulation
from sim_choices import enter
from sqlalchemy import text

from data.catalogue import refresh_catalogue
from data.journal import open_journal
from data.lake import Lake
from models.types import Damaged, Refused, Series
from tasks.bootstrap import build_bars

# Where the one or the other file is full, at one step or another.
ROOMS = (280_000, 330_000, 600_000, 1_000_000)
HOLDING = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_fault_21_who_holds_the_analysis_file_stops_neither_trading_nor_bars(book: Simulation, tmp_path: Path) -> None:
    home = live_home(tmp_path / "home", {})
    lake = Lake(home.folder / "lake")
    refresh_catalogue(lake)
    command = [sys.executable, "-c", HOLDING, str(lake.root / "catalogue.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        book.do(enter)
        refresh_catalogue(lake)
        assert len(build_bars(lake).read(Series(VENUE, SYMBOL, TIMEFRAME))) > 0
        holder.communicate("")
    assert state(book, ENTRY) == "filled"
    assert_one_truth(book)


@pytest.mark.parametrize("room", [400_000, *(pytest.param(one, marks=pytest.mark.faults) for one in ROOMS)])
def test_fault_22_without_room_nothing_is_ordered_that_the_journal_does_not_have(room: int, tmp_path: Path) -> None:
    with exchange_process(*ACCOUNT) as simulator:
        job = {"home": str(tmp_path / "home"), "url": simulator.url, "acts": ["hold", "enter", "trail", "add"]}
        _, first, second = run_jobs([{**job, "acts": ["hold"]}, {**job, "room": room}, {**job, "keep": True}])
    assert first.said.startswith("Unavailable: "), first
    assert "cannot be used" in first.said, "it is the journal, or the budget of requests, that has no room"
    assert second == Ended(0, "done")
    assert list(judged(tmp_path / "home")) == []


def test_fault_23_a_bit_that_flipped_is_named_and_nothing_is_read(tmp_path: Path) -> None:
    home = live_home(tmp_path / "home", {})
    (part,) = (home.folder / "lake").rglob("*.parquet")
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with pytest.raises(Damaged, match=part.name):
        build_bars(Lake(home.folder / "lake")).read(Series(VENUE, SYMBOL, TIMEFRAME))


def test_fault_24_a_damaged_journal_is_no_new_one(book: Simulation) -> None:
    book.do(enter)
    path = book.folder / "journal.sqlite"
    for journal in book.journals:
        journal.engine.dispose()
    sound = path.read_bytes()
    path.write_bytes(sound[:4096] + bytes(len(sound) - 4096))
    with pytest.raises(Damaged, match="restore"):
        open_journal(path)
    path.write_bytes(sound)
    assert_one_truth(book)


def test_fault_24_a_journal_that_is_gone_while_orders_stand_trades_nothing(book: Simulation) -> None:
    book.do(enter)
    for journal in book.journals:
        journal.engine.dispose()
    for file in book.folder.glob("journal.*"):
        file.unlink()
    open_journal(book.folder / "journal.sqlite").engine.dispose()
    before = len(sent(book))
    for _ in range(2):
        book.do(enter)
        assert book.ended[-1].startswith("Refused: the journal has never looked at this account")
    assert len(sent(book)) == before
    assert told(book, "journal lost")


def test_fault_37_a_newer_journal_is_refused(book: Simulation) -> None:
    with book.journals[0].engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(Refused, match="newer Keel"):
        open_journal(book.folder / "journal.sqlite")
