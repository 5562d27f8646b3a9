"""A home whose book has traded by real cycles on paper: orders, fills, switches and refusals, as `settle_in_storms` has
markets for them.
"""

import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from stormy import STORMY, settle_in_storms
from synthetic import START

from data.journal import Journal
from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk

COUNT, BARS = 3000, 120
# When the last of the cycles was run: the close of the newest bar.
NOW = START + COUNT * HOUR


def lived_home(factory: pytest.TempPathFactory, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, Journal]:
    """A copy of it in the new folder, with its settings in the environment; the desk's clock stands at NOW."""
    shutil.copytree(_template(factory.getbasetemp() / "lived"), folder)
    for name, text in {**STORMY, "KEEL_HOME": str(folder)}.items():
        monkeypatch.setenv(name, text)
    desk = build_desk(as_of=NOW)
    return desk, build_journal(desk)


def live(home: Path) -> None:
    """Make it in a new folder; changes the environment."""
    desk = settle_in_storms(home, COUNT)
    journal = build_journal(desk)
    for k in range(BARS):
        at = desk.at(START + (COUNT - BARS + k + 1) * HOUR)
        run_cycle(at, journal, build_broker(at, journal), no_checkpoint)
    journal.engine.dispose()


@cache
def _template(home: Path) -> Path:
    before = dict(os.environ)
    try:
        live(home)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return home
