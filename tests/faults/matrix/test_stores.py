"""Fault matrix 15, 21 to 24, 35 and 37: stores that are late, locked, full, damaged, gone or another version's."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb
import pytest
from exchange_process import NOWHERE, Simulator, exchange_process
from fault_scenes import ACCOUNT, Ended, judged, run_jobs
from live_homes import SYMBOL, TIMEFRAME, VENUE, LiveHome, earn_live, hours_until_now, live_home, watched
from matrix_books import assert_one_truth, sent, told
from order_sims import Simulation
from sim_choices import enter
from sim_world import ORDER
from sqlalchemy import text

from data.journal import open_journal
from models.types import Bars, Damaged, Refused, Series
from tasks.bootstrap import build_desk, build_journal
from tasks.session.book import configured_book
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

# An entry, and the stop that protects it.
ONE_ENTRY = [("BTCUSDT", "BUY"), ("BTCUSDT", "SELL")]
EMPTY: Mapping[str, int] = MappingProxyType({})

# Where the one or the other file is full, at one step or another.
ROOMS = (280_000, 330_000, 400_000, 500_000, 600_000)
HOLDING = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A live home that a person has confirmed, the exchange that it trades at, and all bars that have closed."""

    home: LiveHome
    simulator: Simulator
    bars: Bars

    def sent(self) -> list[tuple[str, str]]:
        """Market and side of every order that came to the exchange, accepted or not."""
        log = self.simulator.control("log")
        sent = [one["params"] for one in log if (one["method"], one["path"]) == ("POST", ORDER)]
        return [(one["symbol"], one["side"]) for one in sent]


Opened = Callable[..., Place]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Opens one: the newest `late` bars of BTC are not in its lake yet, and it trades `others`, that lack so many."""
    every = hours_until_now()
    with exchange_process(*ACCOUNT) as simulator:

        def open_with(late: int = 0, others: Mapping[str, int] = EMPTY) -> Place:
            monkeypatch.setattr("live_homes.hours_until_now", lambda: every.rows(slice(0, len(every) - late)))
            home = live_home(tmp_path / "home", {"url": simulator.url, "feed": "none"})
            home.environment["KEEL_TRADING__SYMBOLS"] = f"[{', '.join((SYMBOL, *others))}]"
            for symbol in ("BTCUSDT", "ETHUSDT"):
                simulator.control("set_price", symbol=symbol, price=str(every.close[-1]))
            for symbol, lacks in others.items():
                bring(home, every.rows(slice(0, len(every) - lacks)), symbol)
            if others:
                with said_by(home):
                    prepared(build_desk())
            home.confirm()
            return Place(home, simulator, every)

        yield open_with


def bring(home: LiveHome, bars: Bars, symbol: str = SYMBOL) -> None:
    """These bars come to its lake."""
    with said_by(home):
        take_in_archive(build_desk(), Series(VENUE, symbol, TIMEFRAME), bars)


@contextmanager
def said_by(home: LiveHome) -> Iterator[None]:
    """With the home's settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in home.environment.items():
            patch.setenv(name, value)
        yield


def prepared(desk: Desk) -> None:
    """A book of other symbols has to earn its own stage, and to be watched."""
    earn_live(desk)
    watched(build_journal(desk), configured_book(desk).name)


@pytest.mark.faults
def test_fault_15_on_bars_that_end_too_early_nothing_is_ordered_until_they_come(opened: Opened) -> None:
    place = opened(late=5)
    said = place.home.trade()
    assert said["decision"] is None
    assert {one["reason"] for one in said["refused"]} == {"refused_stale"}
    assert place.sent() == []
    bring(place.home, place.bars)
    assert place.home.trade()["decision"] is not None
    assert place.sent() == ONE_ENTRY


@pytest.mark.faults
@pytest.mark.parametrize(("lacks", "entered"), [(0, {"BTCUSDT", "ETHUSDT"}), (1, {"BTCUSDT"})])
def test_fault_15_a_market_whose_newest_bar_is_missing_is_not_traded(
    opened: Opened, lacks: int, entered: set[str]
) -> None:
    place = opened(others={"ETH/USDT": lacks})
    assert place.home.trade()["decision"] is not None
    assert {symbol for symbol, _ in place.sent()} == entered


@pytest.mark.faults
def test_fault_21_who_holds_the_analysis_file_stops_neither_bars_nor_orders(opened: Opened) -> None:
    """The home's own: first while bars come, which replaces the file, then the new one while a cycle trades."""
    place = opened(late=5)
    catalogue = place.home.folder / "lake" / "catalogue.duckdb"
    before = catalogue.stat().st_ino
    with held_by_another(catalogue):
        bring(place.home, place.bars)
    assert catalogue.stat().st_ino != before
    with held_by_another(catalogue):
        assert place.home.trade()["decision"] is not None
        assert place.sent() == ONE_ENTRY
    assert [one["status"] for one in place.simulator.control("orders")] == ["FILLED", "NEW"]


@contextmanager
def held_by_another(catalogue: Path) -> Iterator[None]:
    """A process has it open for writing, and nobody else can open it."""
    command = [sys.executable, "-c", HOLDING, str(catalogue)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(duckdb.IOException, match="lock"):
            duckdb.connect(str(catalogue), read_only=True)
        yield
        assert holder.poll() is None
        holder.communicate("")


@pytest.mark.faults
@pytest.mark.parametrize("room", ROOMS)
def test_fault_22_without_room_nothing_is_ordered_that_the_journal_does_not_have(room: int, tmp_path: Path) -> None:
    with exchange_process(*ACCOUNT) as simulator:
        job = {"home": str(tmp_path / "home"), "url": simulator.url, "acts": ["hold", "enter", "trail", "add"]}
        _, first, second = run_jobs([{**job, "acts": ["hold"]}, {**job, "room": room}, {**job, "keep": True}])
    assert first.said.startswith("Unavailable: "), first
    assert "cannot be used" in first.said, "it is the journal, or the budget of requests, that has no room"
    assert second == Ended(0, "done")
    assert list(judged(tmp_path / "home")) == []


@pytest.mark.faults
def test_fault_23_on_a_bit_that_flipped_nothing_is_ordered_until_it_is_right(opened: Opened) -> None:
    place = opened()
    (part,) = (place.home.folder / "lake").rglob("*.parquet")
    sound = part.read_bytes()
    content = bytearray(sound)
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    with pytest.raises(AssertionError, match=f"{part.name}.* does not match its checksum"):
        place.home.trade()
    assert place.sent() == []
    part.write_bytes(sound)
    assert place.home.trade()["decision"] is not None
    assert place.sent() == ONE_ENTRY


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


@pytest.mark.faults
def test_fault_35_without_prefect_s_server_a_cycle_orders_as_ever(opened: Opened) -> None:
    place = opened()
    place.home.environment["PREFECT_API_URL"] = f"{NOWHERE}/api"
    assert place.home.trade()["decision"] is not None
    assert place.sent() == ONE_ENTRY


def test_fault_37_a_newer_journal_is_refused(book: Simulation) -> None:
    with book.journals[0].engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(Refused, match="newer Keel"):
        open_journal(book.folder / "journal.sqlite")
