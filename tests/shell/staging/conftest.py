"""A journal, and settings of a line."""

from pathlib import Path

import pytest
from earned_stages import earned_journal, settings_with

from conf import Settings
from data.journal import Journal
from models.stages import BOTTOM


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """An empty one."""
    return earned_journal(tmp_path / "state", BOTTOM)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """As `settings_with` has them."""
    return settings_with()
