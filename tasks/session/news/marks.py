"""What to ask each address by the next time: one small file. It only saves traffic, so that one that is lost or damaged
is begun anew: what is heard twice is stored once.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from data.sealed import read_sealed, write_sealed
from models.types import Damaged
from tasks.ports import Mark
from tasks.session.desk import Desk

FILE = "news_marks.json"
CURE = "it is begun anew with the next round"


def read_marks(desk: Desk) -> dict[str, Mark]:
    """Marks by address."""
    try:
        body = read_sealed(_path(desk), CURE)
        return {url: Mark(**mark) for url, mark in (body or {}).items()}
    except (Damaged, TypeError):
        return {}


def write_marks(desk: Desk, marks: Mapping[str, Mark]) -> None:
    """Keep them.

    Raises:
        Unavailable: the disk is full or cannot be written.
    """
    write_sealed(_path(desk), {url: asdict(mark) for url, mark in marks.items()})


def _path(desk: Desk) -> Path:
    return desk.home / "state" / FILE
