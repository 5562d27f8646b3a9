"""How well tones fit what people say: classes, folds that keep likes together, macro-F1 with its interval."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import StratifiedGroupKFold

from models.types import FloatArray, IntArray

BAD, NEUTRAL, GOOD = -1, 0, 1
CLASSES: dict[int, str] = {BAD: "bad", NEUTRAL: "neutral", GOOD: "good"}
"""What a text says to whoever holds what it is about."""
NEUTRAL_WITHIN = 0.15
"""A labelled score of -1..1 this near to 0 says neither good nor bad."""
ALIKE = 0.7
"""Share of words in common from which two texts are the same sentence."""
NUMBER = re.compile(r"\d+")
WORD = r"[^\W\d_]+|0"
GRID = np.arange(0.0, 0.65, 0.05)


def classes_of(scores: FloatArray, low: float = -NEUTRAL_WITHIN, high: float = NEUTRAL_WITHIN) -> IntArray:
    """Good above `high`, bad below `low`, else neutral; shape as the scores.

    >>> classes_of(np.array([-0.5, 0.1, 0.2])).tolist()
    [-1, 0, 1]
    """
    return np.where(scores > high, GOOD, np.where(scores < low, BAD, NEUTRAL)).astype(np.int64)


def groups_of(texts: Sequence[str]) -> IntArray:
    """A number for each text, the same for those that are nearly the same sentence, shape (n_texts,).

    Near is a Jaccard likeness of their sets of words (numbers are one word) of ALIKE or more; a chain of such is one
    group.
    """
    counted: Any = CountVectorizer(binary=True, token_pattern=WORD, dtype=np.int32)
    plain = [NUMBER.sub("0", text) for text in texts]
    sets = counted.fit(["0", *plain]).transform(plain)
    common = (sets @ sets.T).tocoo()
    sizes = np.asarray(sets.sum(axis=1)).ravel()
    union = sizes[common.row] + sizes[common.col] - common.data
    near = common.data >= ALIKE * union
    shape = (len(texts), len(texts))
    pairs = coo_matrix((np.ones(near.sum()), (common.row[near], common.col[near])), shape=shape)
    groups: IntArray = connected_components(pairs, directed=False)[1].astype(np.int64)
    return groups


def folds(classes: IntArray, groups: IntArray, n_folds: int, seed: int) -> Iterator[tuple[IntArray, IntArray]]:
    """Rows to train on and rows to judge, stratified by class; no group stands on both sides."""
    splits = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed).split(classes, classes, groups)
    return ((train, judged) for train, judged in splits)


def thresholds(scores: FloatArray, classes: IntArray) -> tuple[float, float]:
    """Bounds (low, high) of GRID for `classes_of` that give these scores the best macro-F1; of equals the smallest."""
    tried = [(-low, high) for low in GRID for high in GRID]
    tables = np.stack([confusion(classes, classes_of(scores, low, high)) for low, high in tried])
    low, high = tried[int(np.argmax(macro_f1(tables)))]
    return float(low), float(high)


def confusion(classes: IntArray, said: IntArray) -> IntArray:
    """Counts by what people say (rows) and what was said (columns), bad, neutral, good; shape (3, 3)."""
    return np.bincount(3 * (classes + 1) + said + 1, minlength=9).reshape(3, 3)


def macro_f1(tables: Any) -> FloatArray:
    """Mean of the F1 of the classes (van Rijsbergen, Information Retrieval, 1979) of tables (..., 3, 3); a class that
    is neither there nor said counts 0.

    >>> float(macro_f1(np.eye(3)))
    1.0
    """
    right = np.diagonal(tables, axis1=-2, axis2=-1)
    both = tables.sum(axis=-1) + tables.sum(axis=-2)
    one: FloatArray = np.divide(2.0 * right, both, out=np.zeros(right.shape), where=both > 0)
    mean: FloatArray = one.mean(axis=-1)
    return mean


def drawn_f1(classes: IntArray, said: IntArray, groups: IntArray, rng: np.random.Generator, n_draws: int) -> FloatArray:
    """Macro-F1 of bootstrap draws of whole groups, shape (n_draws,): the mean over repetitions of what was said,
    shape (n_repeats, n_texts). The same generator state draws the same texts, so that differences are paired.
    """
    n_groups = int(groups.max()) + 1
    cells = np.zeros((n_groups, len(said), 9))
    for repeat, one in enumerate(said):
        rows: tuple[Any, ...] = (groups, repeat, 3 * (classes + 1) + one + 1)
        np.add.at(cells, rows, 1.0)
    times = rng.multinomial(n_groups, np.full(n_groups, 1.0 / n_groups), size=n_draws)
    tables = (times @ cells.reshape(n_groups, -1)).reshape(n_draws, len(said), 3, 3)
    mean: FloatArray = macro_f1(tables).mean(axis=1)
    return mean
