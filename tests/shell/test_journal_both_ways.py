"""The journal's revisions up and down, in a file and in a database: every row stays that both revisions can hold."""

import json
from typing import Any

import pytest
from journal_places import make_older, rows_in, writing_at
from journal_rows import made_decision, record
from old_journals import old_rows
from sqlalchemy import inspect

from data.journal import JournalPlace, migrating
from data.journal.database import HEAD
from data.journal.migrating import found_revision, migrate, revisions
from models.types import BadInput, Level, Refused

OLDER = revisions()[:-1]


@pytest.mark.parametrize("revision", OLDER)
def test_down_and_up_again_ends_in_the_same_tables(place: JournalPlace, revision: str) -> None:
    wanted = _columns(place)
    done = migrate(place, revision, lose=False)
    assert (done.before, done.after, done.lost) == (HEAD, revision, {})
    assert found_revision(place) == revision
    assert migrate(place, HEAD, lose=False).after == HEAD
    assert _columns(place) == wanted


def test_each_revision_has_the_same_columns_in_both(
    empty: JournalPlace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = JournalPlace(tmp_path_factory.mktemp("file") / "state")
    make_older(empty, "0001", {})
    make_older(file, "0001", {})
    for revision in (*revisions()[1:], *reversed(OLDER)):
        for one in (empty, file):
            migrate(one, revision, lose=False)
        assert _columns(empty, as_it_is=True) == _columns(file, as_it_is=True), revision


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_rows_of_an_old_journal_come_back_as_they_were(empty: JournalPlace, revision: str) -> None:
    """Up, where they are filled in, and down again."""
    stop = [{"flag": "stop", "reason": "kept", "set_at": 3}]
    make_older(empty, revision, old_rows() | {"control": stop})
    before = rows_in(empty)
    journal = empty.open()
    assert journal.stop_reason() == "kept"
    assert [len(one.intents) for one in journal.decisions_of("book")] == [2, 1]
    journal.engine.dispose()
    with pytest.raises(Refused, match=r"cannot hold fills\.leg \(3 rows\), .*--lose"):
        migrate(empty, revision, lose=False)
    assert found_revision(empty) == HEAD, "nothing was changed"
    lost = migrate(empty, revision, lose=True).lost
    assert {"intents.system": 3, "intents.regime": 3, "fills.model": 3}.items() <= lost.items()
    assert _parsed(rows_in(empty)) == _parsed(before)
    again = empty.open()
    assert [len(one.intents) for one in again.decisions_of("book")] == [2, 1]
    assert again.stop_reason() == "kept"


def test_what_both_revisions_hold_goes_down_and_up_without_a_word(place: JournalPlace) -> None:
    journal = place.open()
    record(journal, made_decision(systems=("swing", "long")))
    journal.set_stop("drill", 1)
    before = rows_in(place)
    del before["audit_chain"], before["decision_seals"]
    journal.engine.dispose()
    with pytest.raises(Refused, match=r"revision 0010 cannot hold audit_chain \(1 rows\), decision_seals \(1 rows\)"):
        migrate(place, "0010", lose=False)
    assert migrate(place, "0010", lose=True).lost == {"audit_chain": 1, "decision_seals": 1}
    journal = place.open()
    stop = journal.stop()
    assert rows_in(place) == before
    assert stop is not None
    assert (stop.level, stop.reason) == (Level.PAUSE, "drill")


def test_a_level_that_is_not_the_one_of_before_is_something_to_lose(place: JournalPlace) -> None:
    journal = place.open()
    journal.set_stop("drill", 1, Level.FLATTEN, "me")
    journal.engine.dispose()
    with pytest.raises(Refused, match=r"audit_chain \(1 rows\), control.level \(1 rows\), control.who \(1 rows\)"):
        migrate(place, "0010", lose=False)


def test_decisions_of_several_systems_never_go_below_the_revision_that_knows_them(place: JournalPlace) -> None:
    journal = place.open()
    record(journal, made_decision(systems=("swing", "long")))
    before = rows_in(place)
    journal.engine.dispose()
    with pytest.raises(Refused, match="0004 at most"):
        migrate(place, "0003", lose=True)
    assert (found_revision(place), rows_in(place)) == (HEAD, before)


def test_a_revision_that_nobody_knows_is_bad_input(place: JournalPlace) -> None:
    place.open().engine.dispose()
    with pytest.raises(BadInput, match=rf"found revision '12'; this Keel knows 0001 to {HEAD}"):
        migrate(place, "12", lose=False)


def test_the_revision_is_that_of_the_moment_in_which_nobody_else_writes(
    place: JournalPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process has gone down to the oldest while this one came: the way to 0011 is up from there."""
    place.open().engine.dispose()
    changing = migrating._changing

    def after_another(wanted: JournalPlace) -> Any:
        monkeypatch.setattr(migrating, "_changing", changing)
        migrate(wanted, "0001", lose=True)
        return changing(wanted)

    monkeypatch.setattr(migrating, "_changing", after_another)
    done = migrate(place, "0011", lose=False)
    assert (done.before, done.after, found_revision(place)) == ("0001", "0011", "0011")


def test_where_there_is_no_journal_nothing_is_migrated(empty: JournalPlace) -> None:
    with pytest.raises(BadInput, match="there is no journal"):
        migrate(empty, "0011", lose=False)


def _columns(place: JournalPlace, as_it_is: bool = False) -> dict[str, set[tuple[str, bool]]]:
    if not as_it_is:
        place.open().engine.dispose()
    with writing_at(place) as connection:
        found = inspect(connection)
        return {
            name: {(one["name"], one["nullable"]) for one in found.get_columns(name)}
            for name in found.get_table_names()
        }


def _parsed(rows: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """JSON as what it says: spaces and the order of its names may differ."""
    return {name: [{key: _read(value) for key, value in row.items()} for row in some] for name, some in rows.items()}


def _read(value: object) -> object:
    is_json = isinstance(value, str) and value[:1] in "{["
    return json.loads(value) if is_json and isinstance(value, str) else value
