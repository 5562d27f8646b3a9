"""What grows is cut: old features, pages, logs, free pages of the journal; what is in use stays."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.features import RECORD, FeatureStore
from data.journal import AuditKind, AuditLog, Beat, Entry, Heartbeats, Holder, Journal, Leases, open_journal
from data.journal.tidying import pages_of
from data.lake import Lake
from models.types import Series
from models.types.timeframes import DAY
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import this_process
from tasks.session.keeping import keep_features, keep_journal, keep_logs, keep_reports
from tasks.session.keeping.files import _files
from tasks.session.ordering.writing import Writing

SERIES = Series("binance", "BTC/USDT", "1h")
NOW = 1_790_000_000_000_000
SECOND = 1_000_000
HOUR = 3600 * SECOND


def test_a_page_that_goes_meanwhile_and_a_folder_that_was_just_made_hinder_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "state" / "reports"
    (root / "just made").mkdir(parents=True)
    for name in ("gone.md", "old/old.md"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"page")
        os.utime(root / name, (1, 1))

    def seen(folder: Path) -> list[Path]:
        found = list(_files(folder))
        (root / "gone.md").unlink(missing_ok=True)
        return found

    monkeypatch.setattr("tasks.session.keeping.files._files", seen)
    (told,) = keep_reports(tmp_path, 1.0, NOW)
    assert (told.gone, told.freed, told.trouble) == (1, 4, "")
    assert [one.name for one in root.iterdir()] == ["just made"]


@given(ages=st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True), keep=st.integers(1, 4))
@settings(max_examples=30)
def test_of_a_series_features_the_versions_used_last_stay(
    tmp_path_factory: pytest.TempPathFactory, ages: list[int], keep: int
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    folder = lake.folder("features", SERIES)
    for age in ages:
        _version(folder / f"version={age}", NOW - age * HOUR)
    (folder / "version=killed").mkdir(parents=True)
    told = keep_features(lake, keep)
    stay = {f"version={age}" for age in sorted(ages)[:keep]}
    assert {one.name for one in folder.glob("version=*")} == stay
    (row,) = told
    assert row.gone == len(ages) - len(stay) + 1
    assert row.freed == 10 * (len(ages) - len(stay))
    assert FeatureStore(lake).series() == [SERIES]
    assert keep_features(lake, keep) == []


def test_a_version_that_is_read_is_one_that_is_used(home: Path) -> None:
    from tasks.bootstrap import build_desk
    from tasks.session.market import market_view

    desk = build_desk(
        {"trading.venue": "binance", "trading.symbols": ["BTC/USDT"], "trading.timeframe": "1h"}, folder=home
    )
    market_view(desk, SERIES)
    folder = desk.lake.folder("features", SERIES)
    (used,) = folder.glob("version=*")
    os.utime(used / RECORD, ns=(0, 0))
    market_view(desk, SERIES)
    _version(folder / "version=other", NOW)
    keep_features(desk.lake, 1)
    assert list(folder.glob("version=*")) == [used]


def test_features_that_are_being_written_are_left_and_told(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    _version(lake.folder("features", SERIES) / "version=1", NOW)
    _version(lake.folder("features", SERIES) / "version=2", NOW - 1)
    lock = str(lake.folder("features", SERIES) / ".lock")
    code = f"import filelock; held = filelock.FileLock({lock!r}); held.acquire(); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (row,) = keep_features(lake, 1, patience=0.1)
        other.kill()
    assert "another process" in row.trouble
    assert len(list(lake.folder("features", SERIES).glob("version=*"))) == 2


def test_old_pages_go_with_their_folders_and_new_ones_stay(tmp_path: Path) -> None:
    root = tmp_path / "state" / "reports"
    for name, age in {"old.html": 91, "training/a/b.png": 200, "new.html": 89, "training/c.png": 1}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x" * 7)
        os.utime(root / name, ns=(0, (NOW - age * DAY) * 1000))
    (row,) = keep_reports(tmp_path, 90.0, NOW)
    assert (row.gone, row.freed, row.trouble) == (2, 14, "")
    assert {str(one.relative_to(root)) for one in root.rglob("*")} == {"new.html", "training", "training/c.png"}
    assert keep_reports(tmp_path / "none", 90.0, NOW)[0].gone == 0


def test_dossiers_of_nights_go_and_those_of_steps_stay(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "stages" / "binance-1h"
    folder.mkdir(parents=True)
    names = [
        f"{at}-{kind}{end}" for at in (1, 2) for kind in ("looked", "promoted", "demoted") for end in (".json", ".md")
    ]
    for name in names:
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, ns=(0, (NOW - (91 if name.startswith("1") else 1) * DAY) * 1000))
    (row,) = keep_reports(tmp_path, 90.0, NOW)
    assert row.gone == 2
    assert {one.name for one in folder.iterdir()} == {*names} - {"1-looked.json", "1-looked.md"}


def test_a_long_log_is_cut_and_its_writer_goes_on_at_the_new_end(tmp_path: Path) -> None:
    logs = tmp_path / "state" / "logs"
    logs.mkdir(parents=True)
    (logs / "short.log").write_bytes(b"short")
    with (logs / "prefect.log").open("ab", buffering=0) as server:
        server.write(b"a" * 90 + b"b" * 20)
        (row,) = keep_logs(tmp_path, most=100, kept=20)
        assert (row.what, row.freed) == ("prefect.log", 90)
        server.write(b"next")
    assert (logs / "prefect.log").read_bytes() == b"next"
    assert (logs / "prefect.log.1").read_bytes() == b"b" * 20
    assert (logs / "short.log").read_bytes() == b"short"
    assert keep_logs(tmp_path, most=100, kept=20) == []


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Half of its pages are free; its chain has a row."""
    journal = open_journal(tmp_path / "journal.sqlite")
    AuditLog(journal.engine).append(Entry(AuditKind.DRILLED, "", "a test", "a row", {}, NOW))
    for number in range(300):
        journal.raise_alert(f"alert {number}", "info", "x" * 2000, NOW - 400 * DAY)
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alerts_outbox SET delivered_at = ? WHERE rowid <= 200", (NOW - 366 * DAY,))
        connection.exec_driver_sql("UPDATE alerts_outbox SET delivered_at = ? WHERE rowid > 290", (NOW - 364 * DAY,))
    return journal


def _writing(journal: Journal, patience: int = 0) -> Writing:
    gone = Writing(Leases(journal.engine), this_process(), lambda _: False, SystemClock(), 30 * SECOND, patience)
    return replace(gone, beats=False)


def test_the_journal_gives_its_free_pages_back_and_loses_no_row(journal: Journal) -> None:
    before, tables = pages_of(journal.engine), journal.tables()
    alerts, file = keep_journal(journal, _writing(journal), 0.25, NOW)
    assert (alerts.gone, file.trouble) == (200, "")
    assert file.freed is not None
    assert file.freed > before.whole / 3
    after = pages_of(journal.engine)
    assert after.free == 0
    path = Path(str(journal.engine.url.database))
    assert path.stat().st_size == after.whole
    assert path.with_name(f"{path.name}-wal").stat().st_size < 100_000, "no more than the lease that was given back"
    kept = journal.tables()
    assert len(kept.pop("alerts_outbox")) == 100, "neither those that wait nor those of this year"
    tables.pop("alerts_outbox")
    assert {name: rows for name, rows in kept.items() if name != "leases"} == {
        name: rows for name, rows in tables.items() if name != "leases"
    }
    assert AuditLog(journal.engine).verify() == 1
    _, again = keep_journal(journal, _writing(journal), 0.25, NOW)
    assert again.freed == 0


def test_while_somebody_orders_or_without_room_it_is_left_and_told(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Holder("elsewhere", "boot", 1, 1)
    lease = Leases(journal.engine).take("orders", other, SystemClock().now(), HOUR, lambda _: False)
    assert lease is not None
    before = pages_of(journal.engine)
    _, file = keep_journal(journal, _writing(journal), 0.25, NOW)
    assert "the only one that may order" in file.trouble
    assert pages_of(journal.engine).whole == before.whole
    Leases(journal.engine).release(lease, NOW)
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("tasks.session.keeping.journal.shutil.disk_usage", lambda _: usage)
    _, file = keep_journal(journal, _writing(journal), 0.25, NOW)
    assert "make room" in file.trouble
    assert pages_of(journal.engine).whole == before.whole
    assert Leases(journal.engine).current("orders") is None, "the lease was given back"


@pytest.mark.parametrize(("name", "seconds"), [("trader", 60), ("guardian", 60), ("guardian", -60), ("trader", None)])
def test_a_large_one_is_not_written_anew_while_a_sign_of_life_is_promised(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, name: str, seconds: int | None
) -> None:
    due = None if seconds is None else NOW + seconds * SECOND
    Heartbeats(journal.engine).beat(Beat(name, this_process(), NOW, due, "x"))
    before, is_promised = pages_of(journal.engine), seconds == 60
    monkeypatch.setattr("tasks.session.keeping.journal.QUICK", 0)
    _, file = keep_journal(journal, _writing(journal), 0.25, NOW)
    assert file.trouble == ""
    assert (pages_of(journal.engine).whole == before.whole) is is_promised
    assert (f"the {name} could not be heard of meanwhile" in file.note) is is_promised
    monkeypatch.undo()
    _, file = keep_journal(journal, _writing(journal), 0.25, NOW)
    assert pages_of(journal.engine).whole < before.whole, "a small one is done before anybody waits for it"


def test_others_read_and_write_while_it_is_written_anew(journal: Journal) -> None:
    ended, written, seen = threading.Event(), [], []

    def write() -> None:
        mine = open_journal(Path(str(journal.engine.url.database)))
        while not ended.is_set():
            mine.raise_alert(f"meanwhile {len(written)}", "info", "x", NOW)
            written.append(len(written))
            seen.append(mine.stop())

    other = threading.Thread(target=write)
    other.start()
    while not written:
        pass
    for _ in range(3):
        (*_, file) = keep_journal(journal, _writing(journal), 1e-9, NOW)
        assert file.trouble == ""
    ended.set()
    other.join()
    keys = {row["key"] for row in journal.tables()["alerts_outbox"]}
    assert {f"meanwhile {number}" for number in written} <= keys
    assert set(seen) == {None}


def _version(folder: Path, used: int) -> None:
    folder.mkdir(parents=True)
    (folder / RECORD).write_bytes(b"x" * 10)
    os.utime(folder / RECORD, ns=(used * 1000, used * 1000))
