"""The page on the harmoniser: its worked example gives the figures that it states."""

import doctest
import re
from pathlib import Path

import pytest

from conf.schema.risk.harmoniser import HarmoniserConfig
from models.risk.harmoniser import Beliefs
from models.types import Bound

pytestmark = pytest.mark.risk

PAGE = Path(__file__).parent.parent.parent / "docs/risk_harmoniser.md"


def test_the_worked_example_is_right():
    found = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert found.failed == 0
    assert found.attempted >= 15


def test_every_bound_is_named():
    text = PAGE.read_text()
    assert {one.name.lower() for one in Bound if one is not Bound.NONE} <= set(re.findall(r"`(\w+)`", text))


def test_every_hot_figure_is_named():
    assert set(Beliefs._fields) == set(HarmoniserConfig.model_fields)
    assert set(HarmoniserConfig.model_fields) <= set(re.findall(r"`(\w+)`", PAGE.read_text()))
