"""A backup has everything as it was at one moment, also beside a writer; a damaged one is refused by its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from busy_home import MARKET, SERIES
from busy_home import bars as busy_bars
from busy_home import trade as busy_trade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept_home import FILES, NOW, PLAIN, alert, alerts_of, back_up, nightly_backup
from lakes import make_store, merge

from conf.home import PROJECT
from data.journal import AuditLog, open_journal
from data.lake import Lake
from data.tick_writer import TickWriter
from data.trades import append_trades, read_trades, trade_store
from data.verify import verify_lake
from models.types import BadInput, Damaged, Refused
from tasks.session.keeping import backups_in, read_backup, verify_backup
from tasks.session.keeping.backup import JOURNAL, NAME
from tasks.session.keeping.copied import copy_file

SECOND = 1_000_000


def test_everything_is_in_it_and_nothing_else(home: Path, tmp_path: Path) -> None:
    (home / "state" / "STOP").write_bytes(b"{}")
    made = back_up(home, tmp_path / "copy", NOW, lake=True)
    assert verify_backup(tmp_path / "copy") == made == read_backup(tmp_path / "copy")
    assert {name: (tmp_path / "copy" / name).read_bytes() for name in FILES} == FILES
    assert {JOURNAL, "state/STOP"} <= set(made.files)
    there = {str(one.relative_to(tmp_path / "copy")) for one in (tmp_path / "copy").rglob("*") if one.is_file()}
    assert there == {*made.files, NAME}
    assert not there & set(PLAIN)
    assert verify_lake(Lake(tmp_path / "copy" / "lake"), lambda _: None).damaged == ()
    parts = {str(one.relative_to(home)) for one in (home / "lake").rglob("*.parquet") if "features" not in one.parts}
    assert parts
    assert parts <= set(made.files)


def test_a_stop_that_is_released_meanwhile_hinders_no_backup(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "state" / "STOP").write_bytes(b"{}")

    def copy_late(source: Path, target: Path) -> str:
        (home / "state" / "STOP").unlink(missing_ok=True)
        return copy_file(source, target)

    monkeypatch.setattr("tasks.session.keeping.backup.copy_file", copy_late)
    (told,) = nightly_backup(home, 2, NOW)
    assert told.trouble == ""
    (made,) = backups_in(home / "state" / "backups")
    assert "state/STOP" not in verify_backup(made).files


def test_a_nightly_one_leaves_the_lake_out_and_only_the_newest_stay(home: Path) -> None:
    for number in range(4):
        alert(home, f"night {number}")
        (told, *_) = nightly_backup(home, 2, NOW + number * SECOND)
        assert told.trouble == ""
    newest, older = backups_in(home / "state" / "backups")
    assert newest.name > older.name
    assert not (newest / "lake").exists()
    assert alerts_of(newest)[-1] == "night 3"
    assert nightly_backup(home, 0, NOW) == []
    assert len(backups_in(home / "state" / "backups")) == 2


def test_the_one_of_this_night_stays_also_beside_those_of_a_clock_that_was_ahead(home: Path) -> None:
    for days in (400, 401, 0):
        nightly_backup(home, 2, NOW + days * 86_400 * SECOND)
    assert sorted(read_backup(one).made_at for one in backups_in(home / "state" / "backups")) == [
        NOW,
        NOW + 401 * 86_400 * SECOND,
    ]


def test_a_journal_that_is_damaged_makes_no_backup_and_takes_no_good_one_away(home: Path) -> None:
    nightly_backup(home, 1, NOW)
    journal = open_journal(home / JOURNAL)
    journal.set_stop("a person", NOW)
    with journal.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_chain SET why = 'somebody else'")
    journal.engine.dispose()
    (told,) = nightly_backup(home, 1, NOW + SECOND)
    assert "audit chain is not as it was written" in told.trouble
    (stays,) = backups_in(home / "state" / "backups")
    assert verify_backup(stays).made_at == NOW
    assert not list((home / "state" / "backups").glob(".writing-*"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_file_is_changed_cut_or_gone_the_backup_is_refused_by_its_name(
    home: Path, tmp_path: Path, data: st.DataObject
) -> None:
    copy = tmp_path / "copy"
    if not copy.exists():
        back_up(home, copy, NOW, lake=True)
    name = data.draw(st.sampled_from([*sorted(read_backup(copy).files), NAME]))
    before = (copy / name).read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    way = data.draw(st.sampled_from(["flipped", "cut", "gone"]))
    if way == "flipped":
        (copy / name).write_bytes(before[:at] + bytes([before[at] ^ 0x01]) + before[at + 1 :])
    elif way == "cut":
        (copy / name).write_bytes(before[:at])
    else:
        (copy / name).unlink()
    try:
        with pytest.raises((Damaged, BadInput), match=Path(name).name):
            verify_backup(copy)
    finally:
        (copy / name).write_bytes(before)
    verify_backup(copy)


def test_what_is_there_is_not_written_over_and_a_part_that_is_wrong_is_named(home: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is there already"):
        back_up(home, tmp_path, NOW, lake=True)
    part = next((home / "lake" / "bars").rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(Damaged, match=part.name):
        back_up(home, tmp_path / "copy", NOW, lake=True)
    assert not (tmp_path / "copy").exists()
    assert not list(tmp_path.glob(".writing-*"))
    with pytest.raises(BadInput, match="nothing to back up"):
        back_up(tmp_path / "empty", tmp_path / "copy", NOW, lake=True)


def test_beside_a_writer_that_never_rests_every_copy_is_one_moment(home: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": f"{PROJECT}:{PROJECT}/tests/support"}
    script = str(PROJECT / "tests" / "support" / "busy_home.py")
    with subprocess.Popen(
        [sys.executable, script, str(home)], stdout=subprocess.PIPE, text=True, env=environment
    ) as busy:
        assert busy.stdout is not None
        seen = []
        for number in range(4):
            for _ in range(3):
                busy.stdout.readline()
            seen.append(_rounds(home, tmp_path / str(number)))
        assert busy.poll() is None
        busy.kill()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0] >= 3


def test_a_dataset_that_is_replaced_while_it_is_copied_is_copied_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(home / "lake")
    merge(store, SERIES, busy_bars(2))
    meanwhile = [busy_bars(3), busy_bars(4)]

    def copy_and_write(source: Path, target: Path) -> str:
        done = copy_file(source, target)
        if "symbol=BUSY" in str(source):
            while meanwhile:  # two: what the first replaces is removed by the second
                merge(store, SERIES, meanwhile.pop(0))
        return done

    monkeypatch.setattr("tasks.session.keeping.lake_copy.copy_file", copy_and_write)
    back_up(home, tmp_path / "copy", NOW, lake=True)
    assert not meanwhile
    verify_backup(tmp_path / "copy")
    lake = Lake(tmp_path / "copy" / "lake")
    assert verify_lake(lake, lambda _: None).damaged == ()
    assert len(make_store(lake.root).read(SERIES)) == 4


def test_rows_that_are_rolled_while_they_are_copied_are_there_once(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TickWriter(trade_store(Lake(home / "lake")), MARKET, lambda _: None) as writer:
        for number in (1, 2):
            append_trades(writer, [busy_trade(number)])
            writer.cut()
            if number == 1:
                writer.roll()

        def copy_and_roll(source: Path, target: Path) -> str:
            done = copy_file(source, target)
            if "trades" in source.parts and source.suffix in (".frames", ".json"):
                writer.roll()
            return done

        monkeypatch.setattr("tasks.session.keeping.lake_copy.copy_file", copy_and_roll)
        back_up(home, tmp_path / "copy", NOW, lake=True)
        assert not trade_store(Lake(home / "lake")).hot_files(MARKET)
    assert read_trades(Lake(tmp_path / "copy" / "lake"), MARKET).id == ("1", "2")


def _rounds(home: Path, copy: Path) -> int:
    """How many rounds the copy's journal knows of; its lake has the bars and trades of each."""
    back_up(home, copy, NOW, lake=True)
    verify_backup(copy)
    lake = Lake(copy / "lake")
    assert verify_lake(lake, lambda _: None).damaged == ()
    engine = open_journal(copy / JOURNAL).engine
    rounds = [one.detail["number"] for one in AuditLog(engine).entries()]
    engine.dispose()
    assert rounds == list(range(1, len(rounds) + 1))
    assert len(make_store(lake.root).read(SERIES)) >= len(rounds)
    trades = [int(one) for one in read_trades(lake, MARKET).id]
    assert trades == list(range(1, len(trades) + 1))
    assert len(trades) >= len(rounds)
    return len(rounds)
