"""A home to back up."""

import os
from pathlib import Path

import pytest
from kept_home import kept_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [one for one in os.environ if one.startswith("KEEL_")]:
        monkeypatch.delenv(name)
    return kept_home(tmp_path / "home")
