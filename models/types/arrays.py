"""Array aliases. One dtype per meaning: float64 for prices and figures, int64 for codes and microseconds."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def among(ascending: IntArray, wanted: IntArray) -> BoolArray:
    """Whether each of `wanted` is in `ascending`: np.isin hashes or sorts what is in order already."""
    if not ascending.size:
        return np.zeros(wanted.shape, np.bool_)
    found: BoolArray = ascending[np.minimum(np.searchsorted(ascending, wanted), ascending.size - 1)] == wanted
    return found
