"""Pages of a training: every table is what was measured, every picture is there where there is something to draw."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from models.predictors.labels import Labels
from models.predictors.reliability import reliability
from models.predictors.walking import Walked, WalkSettings, walk
from models.types import FloatArray, IntArray, Series, iso
from models.types.timeframes import HOUR
from tasks.session.learning.pictures import pages_of

COUNT, HORIZON = 900, 3
NAMES = ("left", "right", "noise")
SERIES = Series("binance", "BTC/USDT", "1h")
CARD: Any = SimpleNamespace(model="plain", version="abc123abc123")
PICTURES = {"importance.png", "learning-curves.png", "calibration.png"}


@dataclass(frozen=True, slots=True)
class PlainCore:
    importance: FloatArray
    curves: dict[str, FloatArray]

    def scores(self, inputs: FloatArray, rows: slice) -> FloatArray:
        return np.asarray(inputs[rows] @ [2.0, -1.0, 0.0])


@dataclass(frozen=True, slots=True)
class PlainKind:
    gives_odds: bool = True
    importance: tuple[float, ...] = (0.2, 0.7, 0.1)
    curves: tuple[float, ...] = (0.7, 0.6, 0.5)
    name: ClassVar[str] = "plain"
    learns: ClassVar[bool] = True
    takes_gaps: ClassVar[bool] = False
    reach: ClassVar[int] = 1

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> PlainCore:
        curve = np.array(self.curves)
        curves = {"learnt": curve, "held_out": curve[1:]} if self.curves else {}
        return PlainCore(np.array(self.importance), curves)


@pytest.fixture(scope="module")
def labels() -> Labels:
    return lesson()[1]


def lesson() -> tuple[FloatArray, Labels]:
    rng = np.random.default_rng(5)
    inputs = rng.normal(size=(COUNT, len(NAMES)))
    drawn = inputs @ [0.7, -0.4, 0.0] + rng.logistic(size=COUNT)
    ends = np.minimum(np.arange(COUNT) + HORIZON, COUNT)
    known = ends < COUNT
    rose, outcome = np.where(known, drawn > 0.0, np.nan), np.where(known, 10.0 * drawn, np.nan)
    return inputs, Labels(rose, ends, outcome, ends, np.ones(COUNT))


def walked(kind: PlainKind) -> Walked:
    inputs, labels = lesson()
    ts = np.arange(COUNT, dtype=np.int64) * HOUR
    settings: Any = WalkSettings(HORIZON, 2, 3)
    return walk(kind, ts, inputs, labels, settings, lambda _: None)


def written(home: Path, one: Walked, labels: Labels, names: tuple[str, ...] = NAMES) -> dict[str, bytes]:
    desk: Any = SimpleNamespace(home=home)
    pages = pages_of(desk, SERIES, CARD, one, labels, names)
    assert len({page.parent for page in pages}) == 1
    assert pages[0].parent.parts[-2:] == ("plain", "abc123abc123")
    assert pages[0].is_relative_to(home / "state" / "reports" / "training")
    assert {page.name for page in pages} == {path.name for path in pages[0].parent.iterdir()}
    return {page.name: page.read_bytes() for page in pages}


def test_everything_is_there(labels: Labels, tmp_path: Path) -> None:
    one = walked(PlainKind())
    pages = written(tmp_path, one, labels)
    tables = {name: json.loads(body) for name, body in pages.items() if name.endswith(".json")}
    assert set(pages) == set(tables) | PICTURES | {"walk-forward.md"}
    assert all(pages[name].startswith(b"\x89PNG") and len(pages[name]) > 5000 for name in PICTURES)

    assert tables["importance.json"] == [
        {"input": "right", "share": 0.7},
        {"input": "left", "share": 0.2},
        {"input": "noise", "share": 0.1},
    ]
    assert tables["learning-curves.json"] == [
        {"point": 1, "learnt": 0.7, "held_out": 0.6},
        {"point": 2, "learnt": 0.6, "held_out": 0.5},
        {"point": 3, "learnt": 0.5, "held_out": None},
    ]
    said = one.walk_forward
    for which, probability in (("raw", said.raw), ("calibrated", said.probability)):
        found = [row for row in tables["calibration.json"] if row["probabilities"] == which]
        points = reliability(probability, labels.rose)
        assert [(row["said"], row["rose"], row["bars"]) for row in found] == [
            (point.probability, point.rose, point.count) for point in points
        ]
        assert sum(row["bars"] for row in found) == np.sum(said.spoken & np.isfinite(labels.rose))


def test_the_walk_forward_table_has_both_samples_beside_each_other(labels: Labels, tmp_path: Path) -> None:
    one = walked(PlainKind())
    pages = written(tmp_path, one, labels)
    rows = json.loads(pages["walk-forward.json"])
    assert [row["fold"] for row in rows] == [1, 2, 3]
    for row, score in zip(rows, one.scores, strict=True):
        tested = one.walk_forward.ts[one.walk_forward.fold == score.fold]
        assert (row["first"], row["last"]) == (iso(int(tested[0]))[:10], iso(int(tested[-1]))[:10])
        figures = ("train_rows", "test_rows", "in_sample", "out_of_sample", "log_loss", "raw_error", "error")
        assert {name: row[name] for name in figures} == {name: getattr(score, name) for name in figures}
    title, _, heads, _, *lines = pages["walk-forward.md"].decode().splitlines()
    assert title == f"# Walk-forward of plain abc123abc123 on {SERIES}"
    assert "correlation in sample | correlation out of sample" in heads
    assert len(lines) == 4
    mean = np.mean([score.out_of_sample for score in one.scores])
    assert lines[-1].startswith("| mean | - | - | - | - |")
    assert lines[-1].split(" | ")[6] == f"{mean:.4f}"


def test_what_a_model_cannot_say_has_no_page(labels: Labels, tmp_path: Path) -> None:
    bare = written(tmp_path, walked(PlainKind(False, (0.0, 0.0, 0.0), ())), labels)
    assert set(bare) == {"walk-forward.json", "walk-forward.md", "calibration.json", "calibration.png"}
    assert {row["probabilities"] for row in json.loads(bare["calibration.json"])} == {"calibrated"}
    assert json.loads(bare["walk-forward.json"])[0]["raw_error"] is None
    nothing = Labels(*(np.full_like(getattr(labels, name), 0) for name in Labels.__slots__))
    nothing.rose[:] = np.nan
    assert not [name for name in written(tmp_path / "other", walked(PlainKind()), nothing) if "calibration" in name]


def test_pictures_are_only_loaded_where_one_is_drawn() -> None:
    code = "import sys, tasks.session.learning.pictures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
