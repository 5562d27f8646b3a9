"""A backup is put back whole or not at all, over nobody's head, and stops trading."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from kept_home import FILES, NOW, alert, alerts_of, back_up, restore
from made_news import headline
from told_news import tell

from conf.home import PROJECT
from data.journal import AuditLog, Beat, Heartbeats, Holder, Leases, LiveLog, StopFlag, open_journal
from data.journal.stop_flag import write_stop_file
from data.lake import Lake
from data.news import HEARD, append_headlines, news_store, read_headlines
from data.sealed import write_sealed
from data.tick_writer import TickWriter
from data.verify import verify_lake
from models.types import Damaged, Level, Refused
from tasks.adapters.holder import this_process
from tasks.session.keeping.backup import JOURNAL, NAME, SECRETS, STOP
from tasks.session.keeping.restoring import _stage

LATER = NOW + 3_600_000_000
HOUR = 3_600_000_000
OPEN = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM decisions'); print(); input()"


@pytest.fixture
def backup(home: Path, tmp_path: Path) -> Path:
    back_up(home, tmp_path / "backup", NOW, lake=True)
    return tmp_path / "backup"


def test_an_empty_home_gets_everything_and_is_stopped(backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    done = restore(backup, new, LATER, over=False)
    assert done.beside is None
    assert {name: (new / name).read_bytes() for name in FILES} == FILES
    assert verify_lake(Lake(new / "lake"), lambda _: None).damaged == ()
    journal = open_journal(new / JOURNAL)
    stopped = journal.stop()
    assert stopped is not None
    assert (stopped.level, stopped.at) == (Level.PAUSE, LATER)
    assert stopped.reason.startswith("restored from the backup of 2026-09-21T")
    assert "keel resume" in stopped.reason
    assert [one.why for one in AuditLog(journal.engine).entries()] == [stopped.reason]
    assert {one["severity"] for one in journal.tables()["alerts_outbox"]} == {"info", "critical"}
    assert (new / STOP).exists()
    assert not list(new.glob(".writing-*"))


def test_sealed_keys_stay_their_owners_alone(home: Path, tmp_path: Path) -> None:
    (home / SECRETS).chmod(0o600)
    back_up(home, tmp_path / "backup", NOW, lake=False)
    restore(tmp_path / "backup", tmp_path / "new", LATER, over=False)
    assert (tmp_path / "new" / SECRETS).stat().st_mode & 0o777 == 0o600


def test_the_headlines_of_the_lake_are_there_again_those_too_that_no_part_has_yet(home: Path, tmp_path: Path) -> None:
    told, lake = [headline(one) for one in range(4)], Lake(home / "lake")
    tell(lake, told[:2])
    with TickWriter(news_store(lake), HEARD, lambda _: None) as writer:
        append_headlines(writer, told[2:])
        back_up(home, tmp_path / "backup", NOW, lake=True)
    restore(tmp_path / "backup", tmp_path / "new", LATER, over=False)
    again = Lake(tmp_path / "new" / "lake")
    assert read_headlines(again) == told
    assert verify_lake(again, lambda _: None).damaged == ()


def test_a_home_with_something_in_it_asks_for_over_and_is_kept_beside(home: Path, backup: Path) -> None:
    alert(home, "after the backup")
    (home / "state" / "genomes" / "trending.json").write_bytes(b"another one")
    with pytest.raises(Refused, match=r"state/journal\.sqlite.*--over"):
        restore(backup, home, LATER, over=False)
    assert alerts_of(home) == ["first", "after the backup"]
    assert not (home / STOP).exists()
    done = restore(backup, home, LATER, over=True)
    assert done.beside is not None
    assert alerts_of(home) == ["first", f"restored-{LATER}"]
    assert (home / "state" / "genomes" / "trending.json").read_bytes() == FILES["state/genomes/trending.json"]
    assert alerts_of(done.beside) == ["first", "after the backup"]
    assert (done.beside / "state" / "genomes" / "trending.json").read_bytes() == b"another one"
    assert verify_lake(Lake(done.beside / "lake"), lambda _: None).damaged == ()


def test_a_journal_with_rows_in_its_log_loses_none_of_them_and_leaves_none_to_the_restored(
    home: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it wrote: a write-ahead log of the old file must never meet the new one."""
    script = (
        "import os, sys; from pathlib import Path; from kept_home import *; "
        "j = open_journal(Path(sys.argv[1])); j.raise_alert('in the log', 'info', 'x', NOW); os._exit(9)"
    )
    environment = os.environ | {"PYTHONPATH": f"{PROJECT}:{PROJECT}/tests/support"}
    subprocess.run([sys.executable, "-c", script, str(home / JOURNAL)], env=environment, check=False)
    assert (home / f"{JOURNAL}-wal").stat().st_size > 0
    monkeypatch.setattr("tasks.session.keeping.restoring.alive_in", lambda *_: [])  # it would open and close the file
    done = restore(backup, home, LATER, over=True)
    assert done.beside is not None
    assert alerts_of(home) == ["first", f"restored-{LATER}"]
    assert alerts_of(done.beside) == ["first", "in the log"]


def test_one_that_was_stopped_when_it_was_copied_says_that_it_was_restored_as_well(home: Path, tmp_path: Path) -> None:
    journal = open_journal(home / JOURNAL)
    journal.set_stop("a person sold everything", NOW, Level.FLATTEN, "anna")
    journal.engine.dispose()
    back_up(home, tmp_path / "backup", NOW, lake=False)
    restore(tmp_path / "backup", tmp_path / "new", LATER, over=False)
    journal = open_journal(tmp_path / "new" / JOURNAL)
    stopped = journal.stop()
    assert stopped is not None
    assert (stopped.level, stopped.reason) == (Level.FLATTEN, "a person sold everything")
    _, second = AuditLog(journal.engine).entries()
    assert second.why.startswith("restored from")


def test_a_stop_that_was_a_file_alone_when_it_was_copied_keeps_its_level(home: Path, tmp_path: Path) -> None:
    write_stop_file(home / STOP, StopFlag(Level.FLATTEN, "the journal did not answer", "anna", NOW))
    back_up(home, tmp_path / "backup", NOW, lake=False)
    restore(tmp_path / "backup", tmp_path / "new", LATER, over=False)
    stopped = open_journal(tmp_path / "new" / JOURNAL).stop()
    assert stopped is not None
    assert (stopped.level, stopped.reason) == (Level.FLATTEN, "the journal did not answer")


@pytest.mark.parametrize(
    ("since", "holds"), [("nothing", True), ("revoked", False), ("confirmed anew", False), ("lost", False)]
)
def test_live_trading_is_confirmed_only_where_it_still_was(home: Path, tmp_path: Path, since: str, holds: bool) -> None:
    _live(home, lambda log: log.confirm("binance", "anna", "LIVE binance 1000", Decimal(1000), {}, NOW))
    back_up(home, tmp_path / "backup", NOW, lake=False)
    if since == "revoked":
        _live(home, lambda log: log.revoke("binance", "anna", "the key was stolen", NOW + 1))
    elif since == "confirmed anew":
        _live(home, lambda log: log.confirm("binance", "anna", "LIVE binance 100", Decimal(100), {}, NOW + 1))
    elif since == "lost":
        (home / JOURNAL).unlink()
    restore(tmp_path / "backup", home, LATER, over=True)
    assert _live(home, lambda log: log.in_force("binance") is not None) is holds


def _live(home: Path, act: Callable[[LiveLog], object]) -> object:
    engine = open_journal(home / JOURNAL).engine
    try:
        return act(LiveLog(engine))
    finally:
        engine.dispose()


def test_dossiers_are_added_and_a_demotion_that_an_older_journal_does_not_know_stays(
    home: Path, tmp_path: Path
) -> None:
    folder = home / "state" / "stages" / "line"
    folder.mkdir(parents=True)
    (folder / "1-promoted.json").write_bytes(b"first")
    back_up(home, tmp_path / "backup", NOW, lake=False)
    (folder / "1-promoted.json").unlink()
    (folder / "2-demoted.json").write_bytes(b"second")
    restore(tmp_path / "backup", home, LATER, over=True)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == {
        "1-promoted.json": b"first",
        "2-demoted.json": b"second",
    }


@pytest.mark.parametrize("name", [JOURNAL, "state/models/venue=binance/current"])
def test_a_damaged_backup_changes_nothing(home: Path, backup: Path, name: str) -> None:
    (backup / name).write_bytes((backup / name).read_bytes()[:-1] + b"?")
    with pytest.raises(Damaged, match=Path(name).name):
        restore(backup, home, LATER, over=True)
    assert alerts_of(home) == ["first"]
    assert not (home / STOP).exists()
    assert not (home / "before").exists()


@pytest.mark.parametrize("name", ["{outside}", "../outside", "state/models/../../../outside", "conf/base.yaml"])
def test_a_backup_that_reaches_out_of_the_home_changes_nothing(
    home: Path, backup: Path, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    body = json.loads((backup / NAME).read_bytes())["body"]
    body["files"][name.format(outside=outside)] = sha256(b"precious").hexdigest()
    write_sealed(backup / NAME, body)
    with pytest.raises(Damaged, match="no backup has a file"):
        restore(backup, home, LATER, over=True)
    assert outside.read_bytes() == b"precious"
    assert not (home / STOP).exists()
    assert not (home / "outside").exists()


def test_a_damaged_journal_is_what_a_backup_is_for(home: Path, backup: Path) -> None:
    (home / JOURNAL).write_bytes(b"SQLite format 3\x00" + b"\xff" * 9000)
    done = restore(backup, home, LATER, over=True)
    assert alerts_of(home) == ["first", f"restored-{LATER}"]
    assert done.beside is not None
    assert (done.beside / JOURNAL).read_bytes().endswith(b"\xff" * 9000)


@contextmanager
def _beating(name: str, home: Path, due_at: int | None) -> Iterator[None]:
    engine = open_journal(home / JOURNAL).engine
    Heartbeats(engine).beat(Beat(name, this_process(), NOW, due_at, "a test"))
    engine.dispose()
    yield


@contextmanager
def _leased(home: Path) -> Iterator[None]:
    engine = open_journal(home / JOURNAL).engine
    Leases(engine).take("orders", this_process(), LATER, HOUR, lambda _: False)
    engine.dispose()
    yield


@contextmanager
def _opened(home: Path) -> Iterator[None]:
    command = [sys.executable, "-c", OPEN, str(home / JOURNAL)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.kill()


ALIVE = {
    "trader": lambda home: _beating("trader", home, LATER + 1),
    "frozen trader": lambda home: _beating("trader", home, NOW),
    "guardian": lambda home: _beating("guardian", home, LATER + 1),
    "order desk": _leased,
    "has the journal open": _opened,
}


@pytest.mark.parametrize("who", ALIVE)
def test_while_somebody_works_there_nothing_is_changed(home: Path, backup: Path, who: str) -> None:
    with ALIVE[who](home), pytest.raises(Refused, match=who.removeprefix("frozen ")):
        restore(backup, home, LATER, over=True)
    assert alerts_of(home) == ["first"]
    assert not (home / STOP).exists()


def test_who_begins_while_the_backup_is_copied_is_noticed(
    home: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as opened:

        def staged(*said: Any) -> None:
            _stage(*said)
            opened.enter_context(_opened(home))

        monkeypatch.setattr("tasks.session.keeping.restoring._stage", staged)
        with pytest.raises(Refused, match="has the journal open"):
            restore(backup, home, LATER, over=True)
    assert alerts_of(home) == ["first"]
    assert not (home / STOP).exists()


def test_a_trader_that_ended_or_was_killed_is_nobody(home: Path, backup: Path) -> None:
    engine = open_journal(home / JOURNAL).engine
    gone = Holder(this_process().host, "another boot", 1, 1)
    Heartbeats(engine).beat(Beat("trader", gone, NOW, LATER + HOUR, "killed"))
    Heartbeats(engine).beat(Beat("guardian", this_process(), NOW, None, "ended"))
    engine.dispose()
    restore(backup, home, LATER, over=True)


MOMENTS = ("_stage", "_stop_staged", "_swapped", "_swap_journal")


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_the_home_is_as_it_was_or_stopped_and_a_second_try_ends_well(
    home: Path, backup: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"tasks.session.keeping.restoring.{moment}", killed)
        with pytest.raises(KeyboardInterrupt):
            restore(backup, home, LATER, over=True)
    journal = open_journal(home / JOURNAL)
    assert (journal.stop() is None) == (moment == "_stage")
    journal.engine.dispose()
    assert alerts_of(home) == ["first"], "the journal is the last that is moved"
    restore(backup, home, LATER + 1_000_000, over=True)
    assert alerts_of(home) == ["first", f"restored-{LATER + 1_000_000}"]
    assert verify_lake(Lake(home / "lake"), lambda _: None).damaged == ()


def test_the_commands_say_what_they_did_and_what_is_next(
    home: Path, tmp_path: Path, keel: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_HOME", str(home))
    made = keel("backup", str(tmp_path / "copy"), "--json")
    assert made.code == 0, made.err
    assert (made.json["verified"], made.json["path"]) == (True, str(tmp_path / "copy"))
    again = keel("backup", str(tmp_path / "copy"))
    assert (again.code, "is there already" in again.err) == (3, True)
    refused = keel("restore", str(tmp_path / "copy"), "--json")
    assert (refused.code, "--over" in refused.json["error"]) == (3, True)
    done = keel("restore", str(tmp_path / "copy"), "--over", "--json")
    assert done.code == 0, done.err
    assert done.json["stopped"] is True
    assert "reconcile, then keel resume" in done.json["reason"]
    assert Path(done.json["kept"]).is_dir()
    shutil.rmtree(tmp_path / "copy")
    gone = keel("restore", str(tmp_path / "copy"), "--json")
    assert (gone.code, json.dumps(gone.json["error"]).count("is no backup")) == (2, 1)


def test_a_backup_without_the_lake_is_put_back_whatever_the_configuration_is(
    home: Path, tmp_path: Path, keel: Callable[..., object], conf_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, lake in (("nightly", False), ("whole", True)):
        back_up(home, tmp_path / name, NOW, lake=lake)
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "new"))
    (conf_folder / "local.yaml").write_text("trading: {nonsense: 1}\n")
    whole = keel("restore", str(tmp_path / "whole"), "--json")
    assert (whole.code, "nonsense" in whole.json["error"]) == (2, True), "where its lake goes is not known"
    done = keel("restore", str(tmp_path / "nightly"), "--json")
    assert done.code == 0, done.err
    assert alerts_of(tmp_path / "new")[0] == "first"


@pytest.mark.parametrize("name", ["trader", "guardian"])
def test_a_promise_that_was_copied_is_nobodys_to_keep(home: Path, tmp_path: Path, name: str) -> None:
    """A guardian would find it broken, and sell by a journal that does not know what came later."""
    engine = open_journal(home / JOURNAL).engine
    promised = Beat(name, Holder("here", "boot", 7, 1), NOW, NOW + 15_000_000, "as it was copied")
    Heartbeats(engine).beat(promised)
    engine.dispose()
    back_up(home, tmp_path / "backup", NOW, lake=False)
    restore(tmp_path / "backup", tmp_path / "new", LATER, over=False)
    found = Heartbeats(open_journal(tmp_path / "new" / JOURNAL).engine).last(name)
    assert found == replace(promised, due_at=None)
