"""Several processes write one file and rotate it: no line that was written is lost, whoever is killed or frozen."""

import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from log_writer import MOST
from processes import ROOT

from tasks.adapters.logs.appending import RotatedFile

pytestmark = pytest.mark.monitoring
COUNT = 4000


def begin(path: Path, name: str, kind: str, count: int = COUNT) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(ROOT / "tests/support/log_writer.py"), str(path), name, str(count), kind],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def run_together(path: Path, kind: str, killed: int) -> list[str]:
    """What four processes said that they had written; `killed` of them are killed on the way, and others take over."""
    draw, said = random.Random(7), list[str]()  # noqa: S311
    writers = [begin(path, f"w{k}", kind) for k in range(4)]

    def hear(number: int, writer: "subprocess.Popen[str]") -> None:
        assert writer.stdout is not None
        end = draw.randrange(COUNT // 4, COUNT // 2) if number < killed else None
        for count, line in enumerate(writer.stdout):
            said.append(line.strip())
            if count == end:
                writer.send_signal(signal.SIGKILL)
        writer.wait()

    threads = [threading.Thread(target=hear, args=pair) for pair in enumerate(writers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return said


def stored(path: Path) -> list[str]:
    found = []
    for one in path.parent.glob(f"{path.name}*"):
        if not one.name.endswith(".lock"):
            found += [json.loads(line)["line"] for line in one.read_text().splitlines() if line.strip()]
    return found


def test_four_processes_lose_no_line_though_two_of_them_are_killed(tmp_path):
    path = tmp_path / "shared.jsonl"
    said = run_together(path, "shared", killed=2)
    found = stored(path)
    assert set(said) <= set(found)
    assert len(found) == len(set(found)), "a line is there twice"
    assert len(list(tmp_path.glob("shared.jsonl.*"))) > 20  # it was rotated again and again
    assert len(said) > 2 * COUNT


def test_the_handler_of_the_standard_library_would_lose_some(tmp_path):
    """What the test above can see: without this it might pass by itself."""
    path = tmp_path / "plain.jsonl"
    said = run_together(path, "plain", killed=0)
    assert set(said) - set(stored(path))


def test_whoever_is_frozen_as_it_rotates_keeps_nobody_from_writing(tmp_path):
    path = tmp_path / "a.jsonl"
    with (tmp_path / "a.jsonl.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        file = RotatedFile(path, 100, 3)
        for number in range(50):
            file.append(b'{"line": "%d"}\n' % number)
        assert len(stored(path)) == 50
        assert [one.name for one in tmp_path.glob("a.jsonl.[0-9]")] == []
    file.append(b'{"line": "50"}\n')
    assert path.exists() is False  # rotated at last
    file.append(b'{"line": "51"}\n')
    assert len(stored(path)) == 52


def test_so_many_files_stay(tmp_path):
    path = tmp_path / "a.jsonl"
    file = RotatedFile(path, 10, 3)
    for number in range(9):
        file.append(b'{"line": "%d"}\n' % number)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.jsonl.1", "a.jsonl.2", "a.jsonl.3", "a.jsonl.lock"]
    assert stored(path.with_name("a.jsonl.1")) == ["8"]


def test_a_rotation_that_was_cut_off_is_gone_on_with_and_nothing_is_lost(tmp_path):
    path = tmp_path / "a.jsonl"
    for name, line in (("a.jsonl.2", 1), ("a.jsonl.3", 0), ("a.jsonl", 2)):  # .1 became .2, and then the kill
        (tmp_path / name).write_text(f'{{"line": "{line}"}}\n')
    RotatedFile(path, 10, 3).append(b'{"line": "3"}\n')
    assert sorted(stored(path)) == ["0", "1", "2", "3"]


def test_what_a_full_disk_cuts_off_spoils_no_line_after_it(tmp_path, monkeypatch):
    file, write = RotatedFile(tmp_path / "a.jsonl", MOST, 3), os.write
    monkeypatch.setattr(os, "write", lambda number, data: write(number, data[:5]))
    with pytest.raises(OSError, match="5 of 14 bytes"):
        file.append(b'{"line": "1"}\n')
    monkeypatch.undo()
    file.append(b'{"line": "2"}\n')
    assert json.loads((tmp_path / "a.jsonl").read_text().splitlines()[-1]) == {"line": "2"}


def test_a_folder_that_becomes_a_link_is_written_into_where_it_leads(tmp_path):
    path, elsewhere = tmp_path / "logs" / "a.jsonl", tmp_path / "elsewhere"
    file = RotatedFile(path, 60, 3)
    file.append(b'{"line": "0"}\n')
    path.parent.rename(tmp_path / "before")
    elsewhere.mkdir()
    path.parent.symlink_to(elsewhere)
    for number in range(1, 20):
        file.append(b'{"line": "%d"}\n' % number)
    kept = [*stored(tmp_path / "before" / "a.jsonl"), *stored(elsewhere / "a.jsonl")]
    assert sorted(map(int, kept))[-10:] == list(range(10, 20))
    assert "0" in kept


def test_a_link_in_the_place_of_the_file_leads_nobody_into_another_one(tmp_path):
    """Not into the journal, for one."""
    (tmp_path / "journal.sqlite").write_bytes(b"rows")
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "journal.sqlite")
    with pytest.raises(OSError, match="symbolic link"):
        RotatedFile(tmp_path / "a.jsonl", MOST, 3).append(b'{"line": "1"}\n')
    assert (tmp_path / "journal.sqlite").read_bytes() == b"rows"
