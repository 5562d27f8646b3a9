"""The one check of prefix invariance: what was known at a bar does not change when later bars are removed."""

from collections.abc import Callable

import numpy as np

from models.types import Bars, FloatArray, IntArray

Columns = dict[str, FloatArray | IntArray]


def assert_prefix_invariant(compute: Callable[[Bars], Columns], bars: Bars, cut: int) -> None:
    """`compute` on the first `cut` bars gives the bits that it gives there on all bars; arrays of shape (n_bars, ...).

    Raises:
        AssertionError: names the column and the first bar that differs.
    """
    whole, part = compute(bars), compute(bars.rows(slice(0, cut)))
    assert whole.keys() == part.keys()
    for name, short in part.items():
        expected = np.ascontiguousarray(whole[name][:cut])
        short = np.ascontiguousarray(short)
        assert short.shape == expected.shape, f"{name}: shape {short.shape}, not {expected.shape}"
        assert short.dtype == expected.dtype, f"{name}: {short.dtype}, not {expected.dtype}"
        differing = np.flatnonzero(short.view(np.int64) != expected.view(np.int64))
        assert not differing.size, f"{name}: bar {differing[0]} of {cut} changes when later bars are removed"
