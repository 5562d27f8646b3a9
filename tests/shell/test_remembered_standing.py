"""What a session remembers of what was earned: for an hour, and not beyond a change of settings or chain."""

from pathlib import Path

import pytest
from earned_stages import settings_with

from conf import Settings
from data.journal import AuditKind, AuditLog, Entry, Journal, open_journal
from tasks.session.living.earning import HOUR, Earned, Remembered, earned_by

BEGUN = 1000 * HOUR


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.sqlite")


class Asked:
    """Counts how often the pages were gone through."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.memory, self.times = journal, Remembered(), 0

    def __call__(self, settings: Settings, now: int) -> Earned:
        def find() -> Earned:
            self.times += 1
            return earned_by(settings, self.journal)

        return self.memory.found(settings, self.journal, now, find)


def test_it_is_found_once_an_hour(journal: Journal) -> None:
    asked, settings = Asked(journal), settings_with(stage="live")
    found = [asked(settings, BEGUN + k * HOUR // 4) for k in range(5)]
    assert asked.times == 2
    assert found[0] == found[-1]


@pytest.mark.parametrize("change", ["stage", "capital", "criteria", "chain"])
def test_whatever_changes_is_asked_again(journal: Journal, change: str) -> None:
    asked, settings = Asked(journal), settings_with(stage="live")
    asked(settings, BEGUN)
    if change == "chain":
        AuditLog(journal.engine).append(Entry(AuditKind.DEMOTED, "line", "keel", "a gap", {}, BEGUN))
    else:
        key, value = {
            "stage": ("stage", "micro"),
            "capital": ("trading__capital", 77.0),
            "criteria": ("stages__micro__sharpe", 2.0),
        }[change]
        settings = settings_with(**{"stage": "live", key: value})
    asked(settings, BEGUN + 1)
    assert asked.times == 2
