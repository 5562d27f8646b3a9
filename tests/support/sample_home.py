"""A home with the embedded sample in its lake, and days on which the long system holds something of it."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from tasks.bootstrap import build_desk, build_feed, scratch_journal
from tasks.session.desk import Desk
from tasks.session.intake import ingest
from tasks.session.riskdesk import mark_book

# After the close of these days, with no model of anything: an order, its fill, and a day of holding.
DAYS = tuple(f"2017-06-0{day}T22:00Z" for day in (5, 6, 7))


def sample_home(factory: pytest.TempPathFactory, home: Path) -> Desk:
    """Copy the sample lake to the new folder `home`, which the environment has as KEEL_HOME."""
    shutil.copytree(_template(factory.getbasetemp()), home)
    return build_desk()


@cache
def _template(base: Path) -> Path:
    desk = build_desk(folder=base / "sample")
    for series in desk.universe():
        ingest(desk, series, build_feed(desk, series), None, store=True, report=lambda *_: None)
    with scratch_journal(desk.home) as journal:
        mark_book(desk, journal)  # the lake keeps the fits of tails that this asks for
    return desk.home
