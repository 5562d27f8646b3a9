"""An alpha as a kind of model: there is nothing to learn but what its score is worth."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.predictors.labels import Labels
from models.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class AlphaCore:
    """The score is the one input."""

    @property
    def importance(self) -> FloatArray:
        """All of it, shape (1,)."""
        return np.ones(1)

    @property
    def curves(self) -> dict[str, FloatArray]:
        """Nothing is learnt in rounds."""
        return {}

    def scores(self, inputs: FloatArray, rows: slice) -> FloatArray:
        """The score of each of `rows`, shape (n_rows,), of `inputs` (n_bars, 1); NaN where it is NaN."""
        return inputs[rows, 0].copy()


@dataclass(frozen=True, slots=True)
class AlphaKind:
    """`name` is one of ALPHA_SCORES."""

    name: str
    gives_odds: ClassVar[bool] = False
    learns: ClassVar[bool] = False
    takes_gaps: ClassVar[bool] = False
    reach: ClassVar[int] = 1

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> AlphaCore:  # noqa: ARG002 - as of Kind
        """There is nothing to learn."""
        return AlphaCore()
