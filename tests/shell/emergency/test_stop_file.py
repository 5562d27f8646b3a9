"""The stop's file by the standard library alone, and the first act of a command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes import ROOT

from conf import home
from data.journal import Journal, open_journal
from data.stop_file import LEVELS, Said, read_file, write_file
from models.types import Level
from tasks import stopping
from tasks.session.heeding import heed_stop
from tasks.stopping import NO_REASON, runtime_folder, stop_by

DRILL = Said("PAUSE", "drill", "ann", 5)


def test_it_climbs_and_keeps_its_first_words(tmp_path: Path) -> None:
    file = tmp_path / "state" / "STOP"
    assert read_file(file) is None
    assert write_file(file, DRILL) == read_file(file) == DRILL
    assert write_file(file, Said("PAUSE", "later", "bob", 6)) == DRILL
    harder = Said("FLATTEN", "out", "bob", 7)
    assert write_file(file, harder) == harder
    assert write_file(file, Said("REDUCE", "x", "bob", 8)) == harder
    assert list(file.parent.iterdir()) == [file]
    assert [Level[one] for one in LEVELS] == sorted(Level)[1:]


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff", b'{"level": "NONE", "reason": "x", "who": "x", "at": 1}', b"[]"]
)
def test_one_that_cannot_be_read_stops_and_flattens_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "STOP"
    file.write_bytes(content)
    found = read_file(file)
    assert found is not None
    assert found.level == "PAUSE"
    assert "cannot be read" in found.reason


def test_where_there_is_no_room_for_words_the_file_alone_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("data.stop_file._replace", full)
    assert write_file(tmp_path / "STOP", DRILL).level == "PAUSE"
    assert (tmp_path / "STOP").read_bytes() == b""
    assert open_journal(tmp_path / "journal.sqlite").stop() is not None


def test_where_not_even_that_goes_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    monkeypatch.setattr("data.stop_file._replace", denied)
    monkeypatch.setattr(Path, "touch", denied)
    act = stop_by("stop", ["drill"])
    assert act is not None
    assert act.stands is None
    assert "Read-only file system" in act.trouble


def test_what_stands_in_the_way_of_the_file_stops_as_well(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    assert read_file(tmp_path / "state" / "STOP") is not None


@pytest.mark.parametrize("said", [None, "~/x/../keel", "there"])
def test_the_folder_is_the_one_that_everything_else_uses(said: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEEL_HOME", raising=False)
    if said is not None:
        monkeypatch.setenv("KEEL_HOME", said)
    assert runtime_folder() == home()


@pytest.mark.parametrize(
    ("arguments", "reason", "who"),
    [
        (["drill", "--who", "ann", "--json"], "drill", "ann"),
        (["--json", "the", "market", "is", "broken"], "the market is broken", None),
        ([], NO_REASON, None),
        (["--who"], NO_REASON, None),
        (["x", "--unknown"], "x", None),
    ],
)
def test_whatever_is_typed_stops(
    arguments: list[str], reason: str, who: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    act = stop_by("stop", arguments)
    assert act is not None
    assert (act.asked.reason, act.trouble) == (reason, "")
    assert who in (None, act.asked.who)
    assert read_file(tmp_path / "state" / "STOP") == act.stands == act.asked


def test_help_stops_nothing_and_flatten_is_the_hardest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    assert stop_by("stop", ["--help"]) is None
    assert not (tmp_path / "state").exists()
    flatten = stop_by("flatten", ["out"])
    assert flatten is not None
    assert flatten.asked.level == "FLATTEN"


def test_the_first_act_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, flows.keel; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    others = ["typer", "numpy", "sqlalchemy", "pydantic", "rich", "filelock", "prefect", "models", "conf"]
    done = subprocess.run([sys.executable, "-c", code, *others], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert stopping.COMMANDS == {"stop": "PAUSE", "flatten": "FLATTEN"}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.sqlite")


def test_who_finds_one_half_writes_the_other(journal: Journal, tmp_path: Path) -> None:
    file = tmp_path / "STOP"
    write_file(file, DRILL)
    assert heed_stop(journal, "book", 9) is not None
    assert journal.tables()["control"][0]["reason"] == "drill"
    file.unlink()
    heed_stop(journal, "book", 9)
    assert json.loads(file.read_text())["reason"] == "drill"
    kinds = [row["kind"] for row in journal.tables()["audit_chain"]]
    assert kinds == ["stopped"], "once"
    assert heed_stop(open_journal(tmp_path / "new" / "journal.sqlite"), "book", 9) is None
