"""Texts that somebody labelled, from a file: what a scorer is trained on and held against."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.files import sha256_of
from models.news.scoring import BAD, CLASSES, GOOD, NEUTRAL, classes_of, groups_of
from models.types import BadInput, IntArray
from models.types.news import LONGEST_TEXT

WORDS = {
    **dict.fromkeys(("bad", "negative", "bearish", "-1"), BAD),
    **dict.fromkeys(("neutral", "0"), NEUTRAL),
    **dict.fromkeys(("good", "positive", "bullish", "1"), GOOD),
}
FEWEST_ROWS, FEWEST_OF_CLASS, MOST_ROWS = 200, 25, 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Texts with their classes (-1, 0, 1) and the groups of those that are nearly the same; `left_out` had no text or
    no label.
    """

    texts: tuple[str, ...]
    classes: IntArray
    groups: IntArray
    left_out: int

    @property
    def rows(self) -> dict[str, int]:
        """How many texts each class has, by its name."""
        return {name: int(np.sum(self.classes == value)) for value, name in CLASSES.items()}

    @property
    def sha256(self) -> str:
        """Of texts and classes, in their order."""
        return sha256_of(json.dumps([self.texts, self.classes.tolist()]).encode())


def read_labelled(path: Path, text: str, label: str) -> Labelled:
    """Texts of a Parquet or CSV file, by the names of two columns; labels are words of WORDS, or scores of -1..1.

    Raises:
        BadInput: the file cannot be read, lacks a column, has a label that nobody knows, or too few rows or classes.
    """
    frame = _frame(path)
    missing = [name for name in (text, label) if name not in frame.columns]
    if missing:
        raise BadInput(f"{path}: found no column {missing[0]!r}, it has {', '.join(map(str, frame.columns))}")
    kept = frame[[text, label]].dropna() if text != label else frame[[text]].iloc[:0]
    kept = kept[kept[text].astype(str).str.strip() != ""]
    classes = _classes(path, label, kept[label])
    texts = tuple(str(one)[:LONGEST_TEXT] for one in kept[text])
    _require_rows(path, classes)
    groups = groups_of(texts)
    _require_sentences(path, classes, groups)
    return Labelled(texts, classes, groups, len(frame) - len(kept))


def _frame(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".csv":
            return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read ({type(error).__name__}); allowed is a .parquet or .csv file") from error
    raise BadInput(f"{path}: found {path.suffix or 'no ending'}, allowed is a .parquet or .csv file")


def _classes(path: Path, label: str, found: "pd.Series[str]") -> IntArray:
    if pd.api.types.is_numeric_dtype(found):
        scores = found.to_numpy(dtype=np.float64)
        if (np.abs(scores) > 1.0).any():
            raise BadInput(f"{path}, column {label!r}: found {np.abs(scores).max():g}, allowed are scores of -1..1")
        return classes_of(scores)
    words = found.astype(str).str.strip().str.lower()
    unknown = sorted(set(words) - set(WORDS))
    if unknown:
        raise BadInput(
            f"{path}, column {label!r}: found {unknown[0][:40]!r}, allowed is one of {', '.join(WORDS)}, or a score"
        )
    return np.array([WORDS[word] for word in words], dtype=np.int64)


def _require_rows(path: Path, classes: IntArray) -> None:
    if not FEWEST_ROWS <= len(classes) <= MOST_ROWS:
        raise BadInput(f"{path}: found {len(classes)} labelled texts, allowed are {FEWEST_ROWS} to {MOST_ROWS}")


def _require_sentences(path: Path, classes: IntArray, groups: IntArray) -> None:
    """Near copies of a sentence are one: they stay together in every fold."""
    for value, name in CLASSES.items():
        count = len(np.unique(groups[classes == value]))
        if count < FEWEST_OF_CLASS:
            raise BadInput(
                f"{path}: found {count} texts that are {name}, {FEWEST_OF_CLASS} are needed (near copies count once): "
                "label more"
            )
