"""A round of news that is killed: nothing that was acknowledged is lost, and nothing is read twice."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conf.home import PROJECT
from data.lake import Lake
from data.news import read_headlines
from data.verify import verify_lake

# Rounds of three new items each beside all old ones, in a process that kills itself when it has reached a label often
# enough.
ROUNDS = """
import asyncio, json, os, signal, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, "tests/support")
from fake_news import FakeSource, PlainReader, item
from made_news import START
from models.types.timeframes import HOUR
from tasks.adapters.clocks import FixedClock
from tasks.bootstrap import build_desk, build_journal
from tasks.ports import Heard, Mark
from tasks.session.news.round import hear_round

class Marked(FakeSource):
    # Gives only what is behind the mark: whoever moves it too early never hears of the rest again.
    async def hear(self, mark):
        told = 0 if mark is None else int(mark.newest)
        return Heard(self.items[told:], (), Mark(newest=str(len(self.items))))

label, left, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
desk = build_desk(folder=Path(os.environ["KEEL_HOME"]))
journal = build_journal(desk)

def reached(name):
    global left
    left -= name == label
    if name == label and left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

for number in range(first, first + 3):
    source = Marked("reuters", tuple(item("reuters", n) for n in range(3 * (number + 1))))
    then = replace(desk, clock=FixedClock(START + number * HOUR))
    found = asyncio.run(hear_round(then, journal, [source], PlainReader, None, reached))
    print(json.dumps([number, found.count.items, len(found.count.headlines)]), flush=True)
"""


def rounds(home: Path, label: str, left: int, first: int) -> tuple[int, list[list[int]]]:
    """Exit code, and what was acknowledged: number of the round, items, headlines."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS, label, str(left), str(first)],
        cwd=PROJECT,
        env=environment | {"KEEL_HOME": str(home), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("label", ["heard", "stored", "marked", "part", "manifest", "hot file", "weighed"])
def test_a_killed_round_loses_nothing_and_the_next_one_reads_nothing_twice(tmp_path: Path, label: str) -> None:
    code, said = rounds(tmp_path, label, 2, 0)
    assert code == -signal.SIGKILL, "the second round is killed"
    assert [number for number, _, _ in said] == [0]
    lake = Lake(tmp_path / "lake")
    before = [one.id for one in read_headlines(lake)]
    assert before[:3] == [f"reuters:key-{n}" for n in range(3)], "what was acknowledged is there"
    assert len(before) in (3, 6), "a round's headlines are there as a whole, or not at all"
    assert verify_lake(lake, lambda _: None).damaged == ()
    code, again = rounds(tmp_path, "never", 1, 3)
    assert code == 0
    assert [number for number, _, _ in again] == [3, 4, 5]
    after = [one.id for one in read_headlines(lake)]
    assert after == [f"reuters:key-{n}" for n in range(18)], "each once, in the order of arrival"
    assert again[0][2] == 12 - len(before)
