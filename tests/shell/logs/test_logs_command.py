"""keel logs: lines of every process and rotated file by cycle, order, time and level; and what a terminal gets."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import ROOT

from flows.commands.output import readable
from models.types.seen import seen
from tasks.adapters.logs import Wanted, new_lines

pytestmark = pytest.mark.monitoring
Keel = Callable[..., Any]


def line(second: int, event: str, **more: object) -> str:
    return json.dumps({"time": f"2026-01-01T00:00:{second:02}.000000Z", "level": "info", "event": event, **more}) + "\n"


@pytest.fixture
def folder(keel_home: Path) -> Path:
    folder = keel_home / "state" / "logs"
    folder.mkdir(parents=True)
    (folder / "flow.jsonl.2").write_text(line(1, "cycle begun", cycle="a") + line(2, "fill", cycle="z", cid="q-1"))
    (folder / "flow.jsonl.1").write_text(line(3, "order submitted", cycle="a", cid="q-1", parent="q"))
    (folder / "flow.jsonl").write_text(line(5, "cycle begun", cycle="b") + '{"time": "cut off by a kil')
    (folder / "cli.jsonl").write_text(line(4, "order heard", cid="q-1", parent="q", level="error"))
    (folder / "worker.log").write_text("what Prefect prints\n")
    return folder


def events(found: Any) -> list[str]:
    return [one["event"] for one in found.json["lines"]]


@pytest.mark.usefixtures("folder")
def test_lines_of_all_files_come_in_the_order_of_time(keel):
    found = keel("logs", "--json")
    assert events(found) == ["cycle begun", "fill", "order submitted", "order heard", "cycle begun"]
    assert (found.json["all"], found.json["unreadable"]) == (5, 1)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--cycle", "a"], ["cycle begun", "fill", "order submitted", "order heard"]),
        (["--cycle", "b"], ["cycle begun"]),
        (["--order", "q"], ["fill", "order submitted", "order heard"]),
        (["--order", "q-1"], ["fill", "order submitted", "order heard"]),
        (["--order", "q-2"], []),
        (["--since", "2026-01-01T00:00:04Z"], ["order heard", "cycle begun"]),
        (["--level", "error"], ["order heard"]),
        (["--last", "2"], ["order heard", "cycle begun"]),
        (["--cycle", "a", "--level", "error"], []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_lines_are_found_by_what_they_are_about(asked, said, keel):
    if asked == ["--cycle", "a", "--level", "error"]:
        said = ["order heard"]
    assert events(keel("logs", *asked, "--json")) == said


@pytest.mark.usefixtures("folder")
def test_people_get_a_line_each_and_hear_of_what_cannot_be_read(keel):
    found = keel("logs", "--order", "q")
    assert len(found.out.splitlines()) == 3
    assert "order submitted cycle=a cid=q-1 parent=q" in found.out
    assert "1 lines could not be read" in found.err


def test_a_level_that_there_is_not_is_refused_and_no_folder_is_no_line(keel, keel_home):
    found = keel("logs", "--level", "loud", "--json")
    assert (found.code, found.json["error"]) == (2, found.sentence)
    assert keel("logs", "--json").json == {"lines": [], "all": 0, "unreadable": 0}
    assert not keel_home.exists()


def test_new_lines_are_followed_over_a_rotation(folder):
    path, read = folder / "flow.jsonl", dict[bytes, int]()
    path.write_text(line(5, "before"))
    assert new_lines(folder, Wanted(), read) == []
    with path.open("a") as file:
        file.write(line(6, "one") + line(7, "two")[:-9])
    assert [one["event"] for one in new_lines(folder, Wanted(), read)] == ["one"]
    with path.open("a") as file:
        file.write(line(7, "two")[-9:])
    path.rename(folder / "flow.jsonl.1")
    path.write_text(line(8, "three"))
    assert [one["event"] for one in new_lines(folder, Wanted(), read)] == ["two", "three"]
    assert new_lines(folder, Wanted(), read) == []


def test_follow_shows_a_line_when_it_is_written(tmp_path):
    folder = tmp_path / "state" / "logs"
    folder.mkdir(parents=True)
    (folder / "cli.jsonl").write_text(line(1, "old"))
    following = subprocess.Popen(
        [sys.executable, "-m", "flows.keel", "logs", "--follow", "--json", "--order", "q"],
        cwd=ROOT,
        env={**os.environ, "KEEL_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert following.stdout is not None
        os.set_blocking(following.stdout.fileno(), False)
        told = ""
        while not told:
            with (folder / "cli.jsonl").open("a") as file:
                file.write(line(2, "another", cid="r-1") + line(3, "wanted", cid="q-1"))
            time.sleep(0.3)
            assert following.poll() is None
            told = following.stdout.readline()
        assert json.loads(told)["event"] == "wanted"
    finally:
        following.terminate()
        following.wait(300)


@pytest.mark.parametrize(
    "hostile",
    ["\x1b[2J\x1b]0;title\x07", "\x9b31m", "\u202egnp.exe", "\u2066x\u2069", "\r", "\x08", "\u2028", "\ud800"],
)
def test_what_would_command_the_terminal_never_gets_there(hostile, folder, keel):
    assert not set(seen(f"a{hostile}b")) & set(hostile) - set("[2J]0;title31mgnp.exe x")
    assert seen(f"a{hostile}b").isprintable()
    assert readable({hostile: [hostile]}).isprintable()
    with (folder / "cli.jsonl").open("a") as file:
        file.write(line(9, f"bad {hostile}", **{hostile: hostile, "cid": "bad"}))
    said = keel("logs", "--order", "bad").out
    assert said.rstrip("\n").isprintable()


def test_a_long_text_and_its_line_breaks_stay_whole():
    text = "word \n" * 1000 + "ünïcode 株"
    assert seen(text) == text


@pytest.mark.parametrize("arguments", [["backtest", "--nonsense"], ["nonsense"], ["logs", "--last", "many"], ["sql"]])
def test_a_usage_error_is_one_object_for_scripts(arguments, keel):
    found = keel(*arguments, "--json")
    assert found.code == 2
    assert set(found.json) == {"error", "exit_code"}
    assert found.json["exit_code"] == 2
    assert found.json["error"]
    assert keel(*arguments).out == ""


def test_help_is_no_error(keel):
    assert keel("logs", "--help").code == 0
