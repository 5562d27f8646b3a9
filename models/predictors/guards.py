"""Guards: how far a bar is from what a model learnt from."""

from dataclasses import dataclass

import numpy as np

from models.types import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """What the inputs of a training window were like.

    Attributes:
        low, high: shape (n_inputs,), the range in which all but a small share of each input lay.
        scale: shape (n_inputs,), its width; zero for a constant input, which counts as known everywhere.
    """

    low: FloatArray
    high: FloatArray
    scale: FloatArray
