"""A small classifier of texts: logistic regression over TF-IDF of words and of their pieces, and the lexicons' scores.

It is trained on texts that somebody labelled; none comes with the product. It is stored as a skops archive, of which
nothing is loaded but the kinds of TRUSTED.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import skops.io
from scipy.sparse import csr_matrix, hstack
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from models.news.scoring import BAD, CLASSES, GOOD, folds
from models.news.tone import UNTRAINED
from models.types import Damaged, FloatArray, IntArray
from models.types.news import Tone

RECIPE = "words 1-2, pieces 3-5, lexicons, logistic 5.0 balanced, temperature; 1"
"""What the model is made by; another text makes another version."""
STRENGTH = 5.0
INNER_FOLDS = 4
TRUSTED = ("sklearn.calibration._CalibratedClassifier", "sklearn.calibration._TemperatureScaling")
"""Kinds of objects that an archive may have beside those that skops knows to be harmless."""
PARTS = ("words", "pieces", "judge")


@dataclass(frozen=True, slots=True)
class Classifier:
    """A trained model: two vectorizers and the judge over what they see. `name` has its version."""

    name: str
    words: Any
    pieces: Any
    judge: Any

    def probabilities(self, texts: Sequence[str]) -> FloatArray:
        """Of bad, neutral and good, shape (n_texts, 3), each row 1 together."""
        if not texts:
            return np.empty((0, len(CLASSES)))
        seen = _seen(texts, self.words.transform, self.pieces.transform)
        found: FloatArray = self.judge.predict_proba(seen)
        return found

    def classes(self, texts: Sequence[str]) -> IntArray:
        """The likeliest class of each text, -1, 0 or 1, shape (n_texts,)."""
        likeliest: IntArray = np.argmax(self.probabilities(texts), axis=1) - 1
        return likeliest

    def tones(self, texts: Sequence[str]) -> list[Tone]:
        """Probability of good less that of bad: a batch takes a fraction of what its texts take one by one."""
        return [Tone(float(row[GOOD + 1] - row[BAD + 1]), self.name) for row in self.probabilities(texts)]

    def tone(self, text: str) -> Tone:
        """The tone of one text."""
        return self.tones([text])[0]

    def packed(self) -> bytes:
        """The archive of it, without its name."""
        archive: bytes = skops.io.dumps({part: getattr(self, part) for part in PARTS})
        return archive


def fit(name: str, texts: Sequence[str], classes: IntArray, groups: IntArray, calibrated: bool = True) -> Classifier:
    """Train on texts with their classes (-1, 0, 1, each there); texts of a group stay together where it is calibrated.

    Every class weighs the same: probabilities are those of a stream in which bad, neutral and good are equally common,
    because nobody knows their shares in tomorrow's news. The temperature (Guo et al., On Calibration of Modern Neural
    Networks, ICML 2017) is found on texts that the judge was not trained on; it changes no likeliest class, so that a
    comparison of classes goes without.
    """
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=3)
    seen = _seen(texts, words.fit_transform, pieces.fit_transform)
    judge: Any = LogisticRegression(C=STRENGTH, max_iter=500)
    if calibrated:
        inner = list(folds(classes, groups, INNER_FOLDS, seed=0))
        judge = CalibratedClassifierCV(judge, method="temperature", cv=inner, ensemble=False)
    # From 0 on: the temperature takes a class for the number of its column, and would find nothing otherwise.
    labels = classes + 1
    counts = np.bincount(labels)
    weights = len(labels) / len(counts) / counts[labels]  # 1 on average, as STRENGTH is meant
    return Classifier(name, words, pieces, judge.fit(seen, labels, sample_weight=weights))


def unpacked(name: str, archive: bytes) -> Classifier:
    """The classifier of an archive.

    Raises:
        Damaged: it is none, or has objects of another kind than TRUSTED.
    """
    try:
        parts = skops.io.loads(archive, trusted=list(TRUSTED))
        return Classifier(name, *(parts[part] for part in PARTS))
    except Exception as error:  # skops raises whatever it stumbles over
        raise Damaged(
            f"{name} is no classifier of ours ({type(error).__name__}): keel news train makes another"
        ) from error


def _seen(texts: Sequence[str], words: Callable[..., Any], pieces: Callable[..., Any]) -> Any:
    """What the judge sees of each text, sparse, shape (n_texts, n_features)."""
    scores = [[scorer.tone(text).score for scorer in UNTRAINED.values()] for text in texts]
    said = np.array(scores).reshape(-1, len(UNTRAINED))
    return hstack([words(texts), pieces(texts), csr_matrix(np.hstack([said, np.maximum(said, 0.0)]))]).tocsr()
