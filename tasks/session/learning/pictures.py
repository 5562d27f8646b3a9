"""Pages of a training for people: the walk-forward table, what counts, how it was learnt, and whether its probabilities
hold; every table as a JSON list of rows, beside its picture.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from data.files import write_atomically
from data.lake import place_of
from data.model_files import ModelCard
from models.predictors.labels import Labels
from models.predictors.reliability import reliability
from models.predictors.walking import Walked
from models.types import FloatArray, Series, iso
from tasks.session.desk import Desk
from tasks.session.json_values import finite

Rows = list[dict[str, Any]]
# Columns of the walk-forward table as people read them.
HEADS = {
    "fold": "fold",
    "first": "from",
    "last": "to",
    "train_rows": "training bars",
    "test_rows": "test bars",
    "in_sample": "correlation in sample",
    "out_of_sample": "correlation out of sample",
    "log_loss": "log loss",
    "raw_error": "calibration error, raw",
    "error": "calibration error, calibrated",
}


def pages_of(
    desk: Desk, series: Series, card: ModelCard, walked: Walked, labels: Labels, names: tuple[str, ...]
) -> tuple[Path, ...]:
    """Write the pages of a version among the reports and name them; `names` are those of the model's inputs.

    Raises:
        Unavailable: a file cannot be written.
    """
    folder = desk.home / "state" / "reports" / place_of("training", series) / card.model / card.version
    title = f"{card.model} {card.version} on {series}"
    written = []
    for name, body in _pages(title, walked, labels, names):
        write_atomically(folder / name, body)
        written.append(folder / name)
    return tuple(written)


def walk_forward_rows(walked: Walked) -> Rows:
    """A row for each fold: which bars it was tested on, and how it did beside what it had learnt from."""
    ts, fold = walked.walk_forward.ts, walked.walk_forward.fold
    rows = []
    for score in walked.scores:
        tested = ts[fold == score.fold]
        span = [None, None] if not tested.size else [iso(int(tested[0]))[:10], iso(int(tested[-1]))[:10]]
        rows.append({"fold": score.fold + 1, "first": span[0], "last": span[1]} | _without_fold(asdict(score)))
    return rows


def importance_rows(importance: FloatArray, names: tuple[str, ...]) -> Rows:
    """Inputs by how much they count, the most first; none where the model cannot say, or has only one."""
    if len(names) < 2 or not importance.any():
        return []
    order = np.argsort(-importance, kind="stable")
    return [{"input": names[k], "share": float(importance[k])} for k in order]


def curve_rows(curves: dict[str, FloatArray]) -> Rows:
    """Loss of the final model by point of its training, nats, a column for each curve."""
    count = max((curve.size for curve in curves.values()), default=0)
    return [
        {"point": at + 1} | {name: float(curve[at]) if at < curve.size else None for name, curve in curves.items()}
        for at in range(count)
    ]


def calibration_rows(walked: Walked, labels: Labels) -> Rows:
    """What was said out of sample and how often it was so, before and after calibration."""
    said = walked.walk_forward
    return [
        {"probabilities": which, "said": one.probability, "rose": one.rose, "bars": one.count}
        for which, probability in (("raw", said.raw), ("calibrated", said.probability))
        for one in reliability(probability, labels.rose)
    ]


def walk_forward_text(title: str, rows: Rows) -> str:
    """The walk-forward table in Markdown, the folds' means last."""
    means = {name: _mean([row[name] for row in rows]) for name in list(HEADS)[5:]}
    lines = [f"| {' | '.join(_shown(row.get(name)) for name in HEADS)} |" for row in (*rows, {"fold": "mean"} | means)]
    heads = [f"| {' | '.join(HEADS.values())} |", "|" + " --- |" * len(HEADS)]
    return "\n".join([f"# Walk-forward of {title}", "", *heads, *lines]) + "\n"


def _pages(title: str, walked: Walked, labels: Labels, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    # Imported here: matplotlib takes a second, which is only a training's to pay.
    from tasks.session.learning import drawing

    core = walked.final.core
    folds, shares = walk_forward_rows(walked), importance_rows(core.importance, names)
    curves, bins = curve_rows(core.curves), calibration_rows(walked, labels)
    yield "walk-forward.json", _as_json(folds)
    yield "walk-forward.md", walk_forward_text(title, folds).encode()
    if shares:
        yield "importance.json", _as_json(shares)
        yield "importance.png", drawing.importance_picture(title, shares)
    if curves:
        yield "learning-curves.json", _as_json(curves)
        yield "learning-curves.png", drawing.curves_picture(title, walked)
    if bins:
        yield "calibration.json", _as_json(bins)
        yield "calibration.png", drawing.calibration_picture(title, bins)


def _without_fold(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: figure for name, figure in fields.items() if name != "fold"}


def _mean(figures: list[float | None]) -> float | None:
    known = [one for one in figures if one is not None]
    return float(np.mean(known)) if known else None


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _as_json(rows: Rows) -> bytes:
    return (json.dumps(finite(rows), indent=1, allow_nan=False) + "\n").encode()
