"""Guards: how far a bar is from what a model learnt from."""

from dataclasses import dataclass

import numpy as np

from models.kernels import compiled
from models.types import FloatArray

# Of each input this share of the learnt bars lies below its range, and as much above.
OUTSIDE = 0.001
# So many whole widths outside their ranges, over all inputs together, leave no familiarity. One input counts for one
# width at most, so that a single broken figure takes a third and no more: three at once are another market.
TOLERATED = 3.0


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


def familiarity_of(inputs: FloatArray) -> Familiarity:
    """Ranges of the columns of `inputs` (n_rows, n_inputs); NaN do not count, a column without a number is constant."""
    ends = np.zeros((2, inputs.shape[1]))
    for k, column in enumerate(inputs.T):
        known = column[np.isfinite(column)]
        if known.size:
            ends[:, k] = np.quantile(known, (OUTSIDE, 1.0 - OUTSIDE))
    low, high = ends
    return Familiarity(low, high, high - low)


def familiarity(inputs: FloatArray, familiar: Familiarity) -> FloatArray:
    """How familiar each row of `inputs` (n_rows, n_inputs) is, shape (n_rows,): 1 inside all ranges, down to 0.

    It falls in proportion to the distances outside, each in widths of its range and one at most, summed over the
    inputs: an input that is strange makes a row no less strange because the others are many. NaN is not strange.
    """
    out = np.empty(len(inputs))
    _write_familiarity(np.ascontiguousarray(inputs), familiar.low, familiar.high, familiar.scale, out)
    return out


@compiled
def _write_familiarity(
    inputs: FloatArray, low: FloatArray, high: FloatArray, scale: FloatArray, out: FloatArray
) -> None:
    """A loop, because numpy's sum of a row depends on how the rows lie in memory, and with it a bar's bits."""
    for t in range(out.size):
        total = 0.0
        for k in range(scale.size):
            outside = max(low[k] - inputs[t, k], inputs[t, k] - high[k])
            if scale[k] > 0.0 and outside > 0.0:
                total += min(outside, scale[k]) / scale[k]
        out[t] = max(1.0 - total / TOLERATED, 0.0)
