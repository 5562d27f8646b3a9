"""KEEL_JOURNAL__URL: everything that a home does with its journal, in a database, and the way there and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journal_places import at_database
from journal_rows import made_decision, record
from postgres_server import PASSWORD, Server, postgres, shared_server
from sample_home import DAYS, sample_home
from wire_orders import NOON, allow, made_order, open_log

from conf.secrets import scrub
from data.journal import JournalPlace, open_journal
from data.journal.copying import copy_in, copy_journal, verify_copy
from data.journal.place import NOTE, VARIABLE, noted
from data.stop_file import FILE
from models.types import BadInput, Level, Refused
from tasks.bootstrap import journal_place
from tasks.session.keeping import alive_in, nightly_backup


@pytest.fixture
def home(keel_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sample_home(tmp_path_factory, keel_home)
    return keel_home


@pytest.fixture
def url(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of an empty database, which the environment names."""
    made = shared_server().new_database()
    monkeypatch.setenv(VARIABLE, made)
    with at_database(made, keel_home / "state"):
        yield made


def trade(keel: Any, day: str, *more: str) -> Any:
    return keel("trade", "--once", "--as-of", day, "--json", *more)


def test_a_home_trades_stops_and_is_looked_at_in_a_database_as_in_a_file(
    keel: Any, home: Path, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    traded = [trade(keel, day) for day in DAYS[:2]]
    assert [one.code for one in traded] == [0, 0], traded[0].err
    assert not (home / "state" / "journal.sqlite").exists()
    assert noted(home / "state") == str(journal_place(home))
    dry = trade(keel, DAYS[2], "--dry-run")
    assert (dry.code, len(_decisions(home))) == (0, 2)

    status = keel("status", "--json")
    parts = {one["name"]: one for one in status.json["components"]}
    assert parts["journal"]["ok"], parts["journal"]
    assert keel("sql", "SELECT count(*) AS n FROM decisions", "--json").code == 0
    said = keel("journal", "status", "--json").json
    assert (said["kind"], said["revision"], said["working"]) == ("postgresql", said["newest"], [])
    assert keel("stop", "drill", "--json").json["stopped"]
    (home / "state" / FILE).unlink()
    assert keel("status", "--json").json["stopped"], "the row stops by itself"
    assert trade(keel, DAYS[2]).json["intents"] == []

    assert keel("backup", str(tmp_path / "copy"), "--json").json["verified"]
    assert [one.trouble for one in nightly_backup(home, 2, NOON, journal_place(home))] == [""]
    monkeypatch.delenv(VARIABLE)
    laptop = tmp_path / "laptop"
    monkeypatch.setenv("KEEL_HOME", str(laptop))
    assert keel("restore", str(tmp_path / "copy"), "--json").json["stopped"]
    (laptop / "state" / FILE).unlink()
    assert [repr(one) for one in _decisions(laptop)] == [repr(one) for one in _decided(url, tmp_path)]
    for told in (*traded, dry, status):
        assert PASSWORD not in told.out + told.err


def test_the_same_days_are_decided_the_same_in_both(
    keel: Any, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_file = [trade(keel, day).json["intents"] for day in DAYS[:2]]
    wanted = [(one.bar, repr(one.state_after), repr(one.inputs)) for one in _decisions(home)]
    (home / "state" / "journal.sqlite").rename(tmp_path / "away.sqlite")
    made = shared_server().new_database()
    monkeypatch.setenv(VARIABLE, made)
    with at_database(made, home / "state"):
        assert [trade(keel, day).json["intents"] for day in DAYS[:2]] == in_file
        found = [(one.bar, repr(one.state_after), repr(one.inputs)) for one in _decisions(home)]
    assert (len(found), found) == (2, wanted)


def test_a_stop_holds_and_trading_fails_closed_while_the_server_is_down(
    keel: Any, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with postgres(tmp_path) as server:
        made = server.new_database()
        monkeypatch.setenv(VARIABLE, made)
        with at_database(made, home / "state"):
            assert trade(keel, DAYS[0]).code == 0
            server.stop()
            _stops_without(keel, home)
            _starts(server)
            assert len(_decisions(home)) == 1


def _stops_without(keel: Any, home: Path) -> None:
    refused = trade(keel, DAYS[1])
    assert refused.code == 1
    assert "see whether the server runs" in refused.err
    status = keel("status", "--json")
    assert status.json["stopped"] is True
    stopped = keel("stop", "fire", "--json")
    assert (home / "state" / FILE).exists()
    assert stopped.json["stopped"] is True
    assert PASSWORD not in refused.err + stopped.out + stopped.err + status.out


def _starts(server: Server) -> None:
    server.start()


def test_a_home_whose_journal_is_elsewhere_begins_none_in_a_file(
    keel: Any, keel_home: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal_place(keel_home).open()
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(BadInput, match=rf"is in the database .* and {VARIABLE} is nowhere to be found"):
        journal_place(keel_home)
    refused = keel("trade", "--once")
    assert refused.code == 2
    assert VARIABLE in refused.err
    assert keel("stop", "fire").code != 70
    assert (keel_home / "state" / FILE).exists()
    (keel_home / "state" / NOTE).unlink()
    assert journal_place(keel_home).url is None


def test_a_home_with_a_journal_in_a_file_begins_none_in_a_database(keel_home: Path, url: str) -> None:
    record(open_journal(keel_home / "state" / "journal.sqlite"), made_decision())
    with pytest.raises(Refused, match="say keel backup without KEEL_JOURNAL__URL, then keel restore --over"):
        journal_place(keel_home).open()


def test_from_a_laptop_to_a_server_in_the_same_home(
    keel: Any, keel_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = open_journal(keel_home / "state" / "journal.sqlite")
    record(file, made_decision())
    open_log(file).admit(made_order(), allow, NOON)
    file.engine.dispose()
    assert keel("backup", str(tmp_path / "copy")).code == 0
    made = shared_server().new_database()
    monkeypatch.setenv(VARIABLE, made)
    with at_database(made, keel_home / "state"):
        outcome = keel("restore", str(tmp_path / "copy"), "--over", "--json")
        assert outcome.code == 0, outcome.err
        assert not (keel_home / "state" / "journal.sqlite").exists()
        journal = journal_place(keel_home).open()
        assert journal.decisions_of("book") == [made_decision()]
        assert open_log(journal).order("a1-0-1") == made_order()
        journal.raise_alert("later", "error", "numbers go on behind those that were copied", 1)
        assert record(journal, made_decision(1))
        again = keel("restore", str(tmp_path / "copy"), "--over", "--json")
        assert again.code == 0, again.err
        kept = Path(str(again.json["kept"])) / "state" / "database.sqlite"
        assert verify_copy(kept).decisions == 2
        assert [one.bar for one in journal.decisions_of("book")] == [0]


@pytest.mark.parametrize("damage", ["TABLE alembic_version", "TABLE decisions CASCADE", "COLUMN"])
def test_a_damaged_database_is_what_a_backup_is_for(
    keel: Any, keel_home: Path, url: str, tmp_path: Path, damage: str
) -> None:
    journal = journal_place(keel_home).open()
    record(journal, made_decision())
    (keel_home / "state" / "genomes").mkdir()
    (keel_home / "state" / "genomes" / "trending.json").write_bytes(b"{}")
    assert keel("backup", str(tmp_path / "copy")).code == 0
    journal.raise_alert("later", "error", "no backup has it", 1)
    journal.engine.dispose()
    database = url.rpartition("/")[2]
    shared_server().execute(
        "ALTER TABLE decisions DROP COLUMN state_after" if damage == "COLUMN" else f"DROP {damage}", database
    )
    refused = keel("restore", str(tmp_path / "copy"), "--json")
    assert (refused.code, "state/journal.sqlite" in refused.json["error"]) == (3, True)
    done = keel("restore", str(tmp_path / "copy"), "--over", "--json")
    assert done.code == 0, done.err
    journal = journal_place(keel_home).open()
    assert journal.decisions_of("book") == [made_decision()]
    assert record(journal, made_decision(1))
    kept = Path(str(done.json["kept"])) / "state"
    schema = f"before_{kept.parent.name}"
    assert not (kept / "database.sqlite").exists()
    assert schema in (kept / "database.txt").read_text()
    assert shared_server().execute(f'SELECT key FROM "{schema}".alerts_outbox', database) == [("later",)]  # noqa: S608
    assert (kept / "genomes" / "trending.json").exists()
    assert keel("backup", str(tmp_path / "again"), "--json").json["decisions"] == 2


def test_a_copy_in_that_finds_rows_changes_nothing(place: JournalPlace, tmp_path: Path) -> None:
    record(place.open(), made_decision())
    copy = tmp_path / "copy.sqlite"
    copy_journal(place, copy)
    assert verify_copy(copy).decisions == 1
    assert open_journal(copy).tables() == place.open().tables()
    if place.url is not None:
        with pytest.raises(Refused, match="--over"):
            copy_in(copy, place, over=False)
        copy_in(copy, place, over=True)
        assert open_journal(copy).tables() == place.open().tables()


def test_the_command_says_where_it_is_and_goes_down_and_up(keel: Any, keel_home: Path, url: str) -> None:
    journal_place(keel_home).open().set_stop("drill", 1)
    newest = keel("journal", "status", "--json").json["newest"]
    refused = keel("journal", "migrate", "--to", "0010", "--json")
    assert (refused.code, "audit_chain (1 rows)" in refused.err) == (3, True)
    down = keel("journal", "migrate", "--to", "0010", "--lose", "--json")
    assert down.json["lost"] == {"audit_chain": 1}
    found = keel("journal", "status", "--json").json
    assert (found["kind"], found["revision"], found["working"]) == ("postgresql", "0010", [])
    assert keel("journal", "migrate", "--to", newest, "--json").json["after"] == newest
    assert keel("journal", "migrate", "--to", "12").code == 2
    assert "postgresql" in keel("journal", "status").out


def test_other_homes_and_homes_that_say_so_have_their_journal_in_a_file(keel_home: Path, url: str) -> None:
    assert journal_place(keel_home).url is not None
    assert journal_place(keel_home.parent / "scratch").url is None
    JournalPlace(keel_home / "state").note()
    assert journal_place(keel_home).url is None


def test_the_password_alone_is_a_secret_as_well(keel_home: Path, url: str) -> None:
    journal_place(keel_home)
    assert PASSWORD not in scrub(f"it said {PASSWORD}")


def test_who_is_connected_works_with_the_home(keel_home: Path, url: str) -> None:
    import psycopg

    place = journal_place(keel_home)
    place.open().set_stop("x", 1, Level.PAUSE)
    assert alive_in(keel_home, place, NOON) == []
    plain, named = url.replace("+psycopg", ""), "keel/elsewhere/77"
    with psycopg.connect(plain, application_name=named), psycopg.connect(plain, application_name=named):
        (found,) = alive_in(keel_home, place, NOON)
    assert found == "process 77 on elsewhere, which is connected with the journal"


def _decisions(home: Path) -> list[Any]:
    journal = journal_place(home).open()
    return [one for book in journal.books() for one in journal.decisions_of(book)]


def _decided(url: str, folder: Path) -> list[Any]:
    with at_database(url, folder / "look") as place:
        journal = place.open()
        return [one for book in journal.books() for one in journal.decisions_of(book)]
