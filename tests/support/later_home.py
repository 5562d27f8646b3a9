"""A home with two synthetic symbols and their models, and bars that came after the training."""

import shutil
from pathlib import Path

import pytest
from synthetic import SETTINGS, SYMBOLS, settle_in, swinging_bars

from models.types import Series
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

AAA = Series("binance", SYMBOLS[0], "1h")
COUNT = 3000


def settle_with_later(home: Path, later: int) -> Path:
    """The home, whose models were trained on COUNT bars and which has `later` more."""
    with pytest.MonkeyPatch.context() as patch:
        for name, text in {**SETTINGS, "KEEL_HOME": str(home)}.items():
            patch.setenv(name, text)
        desk = settle_in(home, COUNT, holes=False)
        for seed, symbol in enumerate(SYMBOLS):
            take_in_archive(desk, Series("binance", symbol, "1h"), swinging_bars(seed + 1, COUNT + later))
    return home


def desk_on_copy(template: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk on a copy of that home, with its settings in the environment."""
    home = shutil.copytree(template, folder / "home")
    for name, text in {**SETTINGS, "KEEL_HOME": str(home)}.items():
        monkeypatch.setenv(name, text)
    return build_desk()
