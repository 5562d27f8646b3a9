"""A command line in this process, bars to feed it, and fingerprints of what it left behind."""

import hashlib
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from journal_places import KINDS, empty_place, place_of

from conf.home import PROJECT
from data.journal import Journal, JournalPlace, open_journal
from models.types import Bars

HOUR = 3_600_000_000
START = 1_577_836_800_000_000  # 2020-01-01, UTC microseconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command ended with and wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        """The one object on standard output."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self.out
        found = json.loads(lines[0], parse_constant=_no_constant)
        assert isinstance(found, dict)
        return found

    @property
    def sentence(self) -> str:
        """The one line on standard error, without the name in front."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("keel: ")
        return lines[0].removeprefix("keel: ")


Keel = Callable[..., Outcome]


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JournalPlace]:
    """Of a journal, in a file and in a database of PostgreSQL."""
    with place_of(request.param, tmp_path / "state") as made:
        yield made


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JournalPlace]:
    """As `place`, in a database that has nothing yet."""
    with empty_place(request.param, tmp_path / "state") as made:
        yield made


@pytest.fixture
def journal(place: JournalPlace) -> Journal:
    """In a file and in a database of PostgreSQL."""
    return place.open()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a journal's file."""
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def filed(path: Path) -> Journal:
    """In a file."""
    return open_journal(path)


@pytest.fixture
def conf_folder(tmp_path: Path) -> Path:
    """A copy of conf/ that a test may write into."""
    folder = tmp_path / "conf"
    shutil.copytree(PROJECT / "conf", folder, ignore=shutil.ignore_patterns("__pycache__", "local.yaml", "*.py"))
    return folder


@pytest.fixture
def keel_home(tmp_path: Path, conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty KEEL_HOME, and a configuration that no variable and no local.yaml of this machine reaches."""
    for name in [name for name in os.environ if name.startswith("KEEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys.modules["conf.load"], "PROJECT", conf_folder.parent)
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def keel(keel_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Keel]:
    """Run `keel` with arguments as the console script does; an uncaught error is an outcome with its traceback."""
    from flows.cli import main
    from flows.commands import output
    from tasks.adapters.logs import setting_up

    monkeypatch.setattr(setting_up, "_named", [])
    # As in a pipe: a test runner may have an opinion of its own on how wide it is.
    monkeypatch.setattr(output.out, "width", output.PIPE_WIDTH)

    endings = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(one) for one in endings]

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["keel", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        except Exception:  # noqa: BLE001 - shown to the test as the crash it would be
            code = 70
            traceback.print_exc()
        return Outcome(code, *capsys.readouterr())

    yield run
    for one, handler in zip(endings, before, strict=True):
        signal.signal(one, handler)


@pytest.fixture
def lake_hash(keel_home: Path) -> Callable[[], str]:
    """Fingerprint of every file below the lake, lock files aside: equal when no byte changed."""
    return lambda: tree_hash(keel_home / "lake")


def tree_hash(root: Path) -> str:
    """SHA-256 over the names and bytes of all files below `root`, lock files aside."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.endswith(".lock"):
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def make_bars(count: int, start: int = START, step: int = HOUR, seed: int = 0) -> Bars:
    """`count` sound bars from `start` on; the figures depend on the time stamps and the seed alone."""
    ts = start + np.arange(count, dtype=np.int64) * step
    close = 100.0 + (ts // step * 7919 % 1000) / 16.0 + seed
    opened = close + 0.25
    return Bars(ts, opened, opened + 1.0, close - 1.0, close, 10.0 + (ts // step % 7))


@pytest.fixture
def bars() -> Callable[..., Bars]:
    """Maker of sound bars."""
    return make_bars


@pytest.fixture
def frame() -> Callable[..., pd.DataFrame]:
    """Maker of an archive's rows as people have them."""

    def make(count: int = 48, start: int = START, **changes: Mapping[int, object]) -> pd.DataFrame:
        made = make_bars(count, start)
        columns = {name: getattr(made, name) for name in ("open", "high", "low", "close", "volume")}
        rows = pd.DataFrame({"ts": pd.to_datetime(made.ts, unit="us", utc=True)} | columns)
        for name, cells in changes.items():
            rows[name] = (
                rows[name].astype(object) if any(isinstance(one, str) for one in cells.values()) else rows[name]
            )
            for row, cell in cells.items():
                rows.loc[row, name] = cell
        return rows

    return make
