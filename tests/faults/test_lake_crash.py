"""Kill -9, a full disk and a folder that cannot be written: what was acknowledged stays, the rest is as it was."""

import csv
import ctypes
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conf.home import PROJECT
from data.bars import BarStore
from data.catalogue import refresh_catalogue
from data.dataset import micros_of
from data.lake import Lake
from models.types import Series, iso

BTC = Series("binance", "BTC/USDT", "1h")
BUDGET = 12.0  # seconds of killing
STRIDE = 36 * 24 * 3_600_000_000  # ten bars a year, so that a merge now and then begins a new part
PER_MERGE, OVERLAP = 4, 7
HOUR, START = 3_600_000_000, 1_577_836_800_000_000
TINY, ROOM_FOR_A_PART = 1_000, 20_000  # bytes that a file may have; a catalogue takes a quarter of a million
POWERLESS = 99

WRITER = """
import sys
from pathlib import Path
import numpy as np
from data.bars import BarStore
from data.catalogue import refresh_catalogue
from data.lake import Lake
from models.types import Bars, Series
root, start, stride, per_merge, overlap = Path(sys.argv[1]), *map(int, sys.argv[2:])
store, series = BarStore(Lake(root)), Series("binance", "BTC/USDT", "1h")
figures = np.ones(1)  # the first Parquet file of a process takes half a second
one = Bars(np.zeros(1, np.int64), figures, figures, figures, figures, figures)
BarStore(Lake(root.parent / "warm-up")).merge(series, one)
print(start, flush=True)
for stop in range(start + per_merge, 10**6, per_merge):
    ts = np.arange(max(0, stop - per_merge - overlap), stop, dtype=np.int64) * stride
    figures = 100.0 + ts / stride
    store.merge(series, Bars(ts, figures, figures, figures, figures, figures))
    print(stop, flush=True)
    if stop % 5 == 0:
        refresh_catalogue(store.lake)
"""

# One process for many commands, because importing everything takes seconds. A limit of 0 is none.
KEEL = """
import contextlib, io, json, os, resource, sys
from flows.cli import main
for line in sys.stdin:
    limit, os.environ["KEEL_HOME"], *arguments = json.loads(line)
    out, err = io.StringIO(), io.StringIO()
    sys.argv, code = ["keel", *arguments], 0
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit or hard, hard))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ending:
            code = ending.code
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
Keel = Callable[..., tuple[int, dict[str, Any], str]]


def _acknowledged(lake: Path, start: int, seconds: float) -> int:
    """Number of bars that a writer said it had stored before it was killed."""
    arguments = [str(lake), *map(str, (start, STRIDE, PER_MERGE, OVERLAP))]
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == f"{start}\n"
    time.sleep(seconds)
    writer.kill()
    said = writer.stdout.read()
    assert writer.wait() == -9
    whole_lines = said.split("\n")[:-1]
    return int(whole_lines[-1]) if whole_lines else start


def test_kill_9_at_any_moment_keeps_every_acknowledged_bar(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)  # noqa: S311 - the seed is printed, so that a failure can be looked at again
    store = BarStore(Lake(tmp_path / "lake"))
    count, kills, grew = 0, 0, 0
    deadline = time.monotonic() + BUDGET
    while time.monotonic() < deadline or kills < 3:
        acknowledged = _acknowledged(store.lake.root, count, moments.uniform(0.0, 0.25))
        kills += 1
        grew += acknowledged > count
        seen = [int(ts) // STRIDE for ts in micros_of(store.dataset(BTC).read())]
        count = len(seen)
        # At most one merge was under way: it is there as a whole, or not at all.
        assert count in (acknowledged, acknowledged + PER_MERGE), f"seed {seed}, kill {kills}"
        assert seen == list(range(count)), f"seed {seed}, kill {kills}"
        assert not list(store.damaged()), f"seed {seed}, kill {kills}"
    assert grew > kills / 4, "the writers were hardly ever killed while they wrote"
    with duckdb.connect(str(refresh_catalogue(store.lake)), read_only=True) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT ts) FROM bars").fetchall() == [(count, count)]
    assert not list(store.lake.root.glob(".building-*"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def keel() -> Iterator[Keel]:
    """Run `keel import` of so many bars in a process without root's powers: exit code, JSON and standard error."""
    process = subprocess.Popen(
        [sys.executable, "-c", KEEL],
        cwd=PROJECT,
        env={name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
        | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=_without_root_powers,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ask, answer = process.stdin, process.stdout

    def run(home: Path, bars: int, limit: int = 0) -> tuple[int, dict[str, Any], str]:
        path = _archive(home.parent / f"{bars}.csv", bars)
        names = ["--venue", BTC.venue, "--symbol", BTC.symbol, "--timeframe", BTC.timeframe, "--json"]
        ask.write(json.dumps([limit, str(home), "import", str(path), *names]) + "\n")
        ask.flush()
        code, out, err = json.loads(answer.readline())
        return code, json.loads(out), err

    yield run
    ask.close()
    assert process.wait(timeout=60) != POWERLESS, "root cannot give up its powers here, so that nothing was tested"


def _archive(path: Path, count: int) -> Path:
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["ts", "open", "high", "low", "close", "volume"])
        for number in range(count):
            rows.writerow([iso(START + number * HOUR), 10 + number, 12 + number, 9 + number, 11 + number, 5])
    return path


def _files(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".lock"))
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def _without_root_powers() -> None:
    # Root ignores permissions through these capabilities; without them it is an owner like any other.
    drop, powers = 24, (1, 2, 3)  # PR_CAPBSET_DROP; DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
    if os.getuid() == 0 and any(ctypes.CDLL(None).prctl(drop, power, 0, 0, 0) for power in powers):
        os._exit(POWERLESS)


def _is_one_sentence(run: tuple[int, dict[str, Any], str], said: str) -> None:
    code, result, err = run
    assert code == 1, run
    assert len(err.splitlines()) == 1
    assert err.startswith("keel: ")
    assert said in err
    assert result == {"error": err.strip().removeprefix("keel: "), "exit_code": 1}


def test_a_disk_without_room_is_one_sentence_and_changes_nothing(keel: Keel, home: Path) -> None:
    _is_one_sentence(keel(home, 10, limit=TINY), "no space left")
    assert _files(home) == {}
    assert keel(home, 10)[1]["added"] == 10
    before = _files(home)
    _is_one_sentence(keel(home, 48, limit=TINY), "no space left")
    assert _files(home) == before
    # Room for the bars and none for the catalogue: they are there, and the next run completes it.
    _is_one_sentence(keel(home, 48, limit=ROOM_FOR_A_PART), "catalogue.duckdb cannot be written")
    assert len(BarStore(Lake(home / "lake")).read(BTC)) == 48
    assert keel(home, 48)[1]["added"] == 0
    with duckdb.connect(str(home / "lake" / "catalogue.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM bars").fetchall() == [(48,)]


def test_a_folder_that_cannot_be_written_is_one_sentence_and_changes_nothing(keel: Keel, home: Path) -> None:
    assert keel(home, 10)[1]["added"] == 10
    before = _files(home)
    folders = [path for path in (home, *home.rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    try:
        refusal = keel(home, 48)
        same = keel(home, 10)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    _is_one_sentence(refusal, "cannot be written (Permission denied)")
    _is_one_sentence(same, "cannot be written (Permission denied)")
    assert _files(home) == before
    assert keel(home, 48)[1]["added"] == 38
