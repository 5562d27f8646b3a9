"""Homes that are made for a moment reach neither the journal nor the lake that this machine is set to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from data.journal.place import VARIABLE
from tasks.bootstrap import build_desk, journal_place
from tasks.session.bench import cold_cycle, memory
from tasks.session.demo import demo_home
from tasks.session.drilling.drill import SETTINGS
from tasks.session.drilling.processes import processes

LOOK = """
import sys
from conf import home
from tasks.bootstrap import build_desk, journal_place
assert home().name == sys.argv[1]
assert build_desk().lake.root == home() / "lake"
assert journal_place(home()).url is None
print(1)
"""


@pytest.fixture(autouse=True)
def shared(keel_home: Path, conf_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's lake is in a bucket by its file, its journal in a database."""
    (conf_folder / "local.yaml").write_text("lake: {url: 's3://shared/keel', endpoint: 'http://127.0.0.1:1'}\n")
    monkeypatch.setenv(VARIABLE, "postgresql+psycopg://keel:word@127.0.0.1:1/keel")
    monkeypatch.setenv("KEEL_LAKE__ACCESS_KEY", "key")
    monkeypatch.setenv("KEEL_LAKE__SECRET_KEY", "words")


@contextmanager
def _drill(home: Path) -> Iterator[None]:
    with processes(home.parent, SETTINGS) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEL_HOME", str(home))
        for name, value in running._environment(home).items():
            patch.setenv(name, value)
        yield


@contextmanager
def _cold_cycle(home: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cold_cycle._environment("http://127.0.0.1:1", home).items():
            patch.setenv(name, value)
        yield


@contextmanager
def _demo(home: Path) -> Iterator[None]:
    before = dict(os.environ)
    try:
        with demo_home(home):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.mark.parametrize("made", [_drill, _cold_cycle, _demo])
def test_a_home_of_a_moment_has_its_own(made: object, tmp_path: Path) -> None:
    home = tmp_path / "moment"
    with made(home):  # type: ignore[operator]
        assert build_desk().lake.root == home / "lake"
        assert journal_place(home).url is None


def test_the_import_that_is_measured_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEEL_LAKE__URL", "s3://shared/keel")
    home = tmp_path / "moment"
    home.mkdir()
    memory._megabytes(LOOK, [home.name], home)


def test_the_lake_of_another_folder_is_in_that_folder(tmp_path: Path) -> None:
    assert build_desk(folder=tmp_path / "bench").lake.root == tmp_path / "bench" / "lake"
    assert "s3://shared" in str(build_desk().lake.root)
