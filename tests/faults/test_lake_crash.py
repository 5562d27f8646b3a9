"""Kill -9, a full disk and a folder that cannot be written: what was acknowledged stays, the rest is as it was."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb
import pytest
from lakes import always_cached, equal_bars, lake_bytes, make_store

from conf.home import PROJECT
from data.catalogue import refresh_catalogue
from data.coverage import CoverageStore
from data.lake import Lake
from data.verify import verify_lake
from models.types import Series, iso

BTC = Series("binance", "BTC/USDT", "1h")
ETH = Series("binance", "ETH/USDT", "1h")
DAYS = Series("binance", "BTC/USDT", "1d")
BUDGET = 3.0  # seconds of killing, and then until enough importers had written
PER_IMPORT, OVERLAP = 40, 90  # days, so that every ninth import begins a new part and many touch two
HOUR, START = 3_600_000_000, 1_577_836_800_000_000
LONG_AGO = 0  # 1970-01-01
TINY, ROOM_FOR_A_PART = 1_000, 20_000  # bytes that a file may have; a catalogue takes a quarter of a million
POWERLESS = 99

# Root ignores permissions through these capabilities; a program that begins without them is an owner like any other.
# By a process of its own: one that has run thousands of tests may have mapped more than a fork may have again.
POWERS = f"""
import ctypes, os, sys
drop, powers = 24, (1, 2, 3)  # PR_CAPBSET_DROP; DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
if os.getuid() == 0 and any(ctypes.CDLL(None).prctl(drop, power, 0, 0, 0) for power in powers):
    os._exit({POWERLESS})
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""

# Imports everything once and forks, so that a child can be killed at a moment of its import, and not of Python's.
IMPORTER = """
import os, sys
from pathlib import Path
sys.path.insert(0, "tests/support")
from flows.cli import main
from lakes import always_cached
archives = sorted(Path(sys.argv[1]).glob("*.csv"))
def bring_in(path):
    series = ["--venue", "binance", "--symbol", "BTC/USDT", "--timeframe", "1d"]
    sys.argv = ["keel", "import", str(path), *series, "--json"]
    with always_cached():
        try:
            main()
        except SystemExit as ending:
            if ending.code:
                os._exit(7)
    sys.stdout.flush()
home = os.environ["KEEL_HOME"]
os.environ["KEEL_HOME"] = home + "-warm-up"
bring_in(archives[0])
os.environ["KEEL_HOME"] = home
for line in sys.stdin:
    child = os.fork()
    if not child:
        print(f"child {os.getpid()}", flush=True)
        for path in archives:
            if int(path.stem) > int(line):
                bring_in(path)
        os._exit(8)
    print("ended", os.waitpid(child, 0)[1], flush=True)
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


def _acknowledged(ask: IO[str], answer: IO[str], begin: int, seconds: float) -> int:
    """Number of bars that an importer said the lake has before it was killed."""
    ask.write(f"{begin}\n")
    ask.flush()
    child = int(answer.readline().split()[1])
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    said = begin
    for line in answer:
        if line.startswith("ended"):
            assert line == f"ended {int(signal.SIGKILL)}\n"
            break
        said = json.loads(line)["bars"]
    return said


def test_kill_9_at_any_moment_of_an_import_keeps_every_acknowledged_bar(home: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)  # noqa: S311 - the seed is printed, so that a failure can be looked at again
    archives = home.parent / "archives"
    archives.mkdir()
    for stop in range(PER_IMPORT, 300 * PER_IMPORT, PER_IMPORT):
        _archive(archives / f"{stop:06}.csv", range(max(0, stop - PER_IMPORT - OVERLAP), stop), LONG_AGO, 24 * HOUR)
    lake = Lake(home / "lake")
    count, kills, grew, longest = 0, 0, 0, 0.8
    with _python(IMPORTER, str(archives), home=home) as (ask, answer):
        answer.readline()  # of the warm-up
        deadline = time.monotonic() + BUDGET
        while time.monotonic() < deadline or kills < 5 or grew <= kills / 6:
            acknowledged = _acknowledged(ask, answer, count, moments.uniform(0.0, longest))
            kills += 1
            if acknowledged > count:
                grew += 1
            else:
                longest *= 1.1  # a slow machine: most of the kills come before anything is written
            where = f"seed {seed}, kill {kills}"
            store = make_store(lake.root)
            seen = [(int(ts) - LONG_AGO) // (24 * HOUR) for ts in store.times(DAYS)[0]]
            count = len(seen)
            # At most one import was under way: its bars are there as a whole, or not at all.
            assert count in (acknowledged, acknowledged + PER_IMPORT), where
            assert seen == list(range(count)), where
            assert verify_lake(lake, lambda _: None).damaged == (), where
            if count:
                with always_cached():
                    assert equal_bars(store.read(DAYS), store.rows(DAYS).bars), where
    with duckdb.connect(str(refresh_catalogue(lake)), read_only=True) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT ts) FROM bars").fetchall() == [(count, count)]
    assert not list(lake.root.glob(".building-*"))
    assert not list(lake.root.glob("cache/*/*/*/.writing-*"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@contextmanager
def _python(code: str, *arguments: str, home: Path | None = None) -> Iterator[tuple[IO[str], IO[str]]]:
    """A process without root's powers, and its standard input and output."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
    process = subprocess.Popen(
        [sys.executable, "-c", POWERS, code, *arguments],
        cwd=PROJECT,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"} | ({} if home is None else {"KEEL_HOME": str(home)}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield process.stdin, process.stdout
    process.stdin.close()
    assert process.wait(timeout=300) != POWERLESS, "root cannot give up its powers here, so that nothing was tested"


@dataclass
class Keel:
    """A process that runs `keel import` again and again."""

    ask: IO[str]
    answer: IO[str]

    def begin(self, home: Path, archive: Path, series: Series, limit: int = 0) -> None:
        """Import an archive; files may grow to `limit` bytes, 0 is any size."""
        names = ["--venue", series.venue, "--symbol", series.symbol, "--timeframe", series.timeframe, "--json"]
        self.ask.write(json.dumps([limit, str(home), "import", str(archive), *names]) + "\n")
        self.ask.flush()

    def ended(self) -> tuple[int, dict[str, Any], str]:
        """Exit code, JSON and standard error of the import that was begun."""
        code, out, err = json.loads(self.answer.readline())
        return code, json.loads(out), err

    def run(self, home: Path, bars: int, limit: int = 0) -> tuple[int, dict[str, Any], str]:
        """Import so many bars, and wait for it."""
        self.begin(home, _archive(home.parent / f"{bars}.csv", range(bars)), BTC, limit)
        return self.ended()


@pytest.fixture(scope="module")
def keels() -> Iterator[tuple[Keel, Keel]]:
    """Two such processes."""
    with _python(KEEL) as one, _python(KEEL) as other:
        yield Keel(*one), Keel(*other)


@pytest.fixture
def keel(keels: tuple[Keel, Keel]) -> Keel:
    """One of them."""
    return keels[0]


def _archive(path: Path, numbers: range, start: int = START, step: int = HOUR) -> Path:
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["ts", "open", "high", "low", "close", "volume"])
        for number in numbers:
            level = 100 + number % 5
            rows.writerow([iso(start + number * step), level, level + 2, level - 1, level + 1, 5])
    return path


def _is_one_sentence(run: tuple[int, dict[str, Any], str], said: str) -> None:
    code, result, err = run
    assert code == 1, run
    assert len(err.splitlines()) == 1
    assert err.startswith("keel: ")
    assert said in err
    assert result == {"error": err.strip().removeprefix("keel: "), "exit_code": 1}


def test_a_disk_without_room_is_one_sentence_and_changes_nothing(keel: Keel, home: Path) -> None:
    _is_one_sentence(keel.run(home, 10, limit=TINY), "no space left")
    assert lake_bytes(home) == {}
    assert keel.run(home, 10)[1]["added"] == 10
    before = lake_bytes(home)
    _is_one_sentence(keel.run(home, 48, limit=TINY), "no space left")
    assert lake_bytes(home) == before
    # Room for the bars and none for the catalogue: they are there, and the next run completes it.
    _is_one_sentence(keel.run(home, 48, limit=ROOM_FOR_A_PART), "catalogue.duckdb cannot be written")
    assert len(make_store(home / "lake").read(BTC)) == 48
    assert keel.run(home, 48)[1]["added"] == 0
    with duckdb.connect(str(home / "lake" / "catalogue.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM bars").fetchall() == [(48,)]


def test_a_folder_that_cannot_be_written_is_one_sentence_and_changes_nothing(keel: Keel, home: Path) -> None:
    assert keel.run(home, 10)[1]["added"] == 10
    before = lake_bytes(home)
    folders = [path for path in (home, *home.rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    try:
        refusal = keel.run(home, 48)
        same = keel.run(home, 10)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    _is_one_sentence(refusal, "cannot be written (Permission denied)")
    _is_one_sentence(same, "cannot be written (Permission denied)")
    assert lake_bytes(home) == before
    assert keel.run(home, 48)[1]["added"] == 38


def test_imports_at_once_leave_every_bar_once(keels: tuple[Keel, Keel], home: Path) -> None:
    ends = {BTC: 0, ETH: 0}
    for number, pair in enumerate([(BTC, BTC), (BTC, ETH), (ETH, ETH), (ETH, BTC), (BTC, BTC), (BTC, BTC)]):
        for keel, series, late in zip(keels, pair, (0, 60), strict=True):
            begin = ends[series]
            path = home.parent / f"{number}-{late}.csv"
            keel.begin(home, _archive(path, range(max(0, begin - 30), begin + 100 + late)), series)
        ends |= {series: ends[series] + 100 + late for series, late in zip(pair, (0, 60), strict=True)}
        told = [keel.ended() for keel in keels]
        assert [code for code, _, _ in told] == [0, 0], told
    lake = Lake(home / "lake")
    assert verify_lake(lake, lambda _: None).damaged == ()
    store = make_store(lake.root)
    for series, end in ends.items():
        assert store.read(series).ts.tolist() == [START + number * HOUR for number in range(end)]
    with duckdb.connect(str(lake.root / "catalogue.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT symbol, count(*) FROM bars GROUP BY 1 ORDER BY 1").fetchall()
    assert found == [(series.symbol, end) for series, end in ends.items()]
    for series, end in ends.items():
        ledger = CoverageStore(lake).read(series)
        assert ledger is not None
        assert ledger.bars <= end
