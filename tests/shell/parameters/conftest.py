"""A desk whose files a test may break."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from parameter_files import Desk, made_desk


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KEEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = made_desk(tmp_path)
    yield made
    made.journal.engine.dispose()


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Desk]:
    made = made_desk(tmp_path, live=True)
    yield made
    made.journal.engine.dispose()
