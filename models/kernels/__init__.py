"""Compiled building blocks: how functions are compiled, rounding to a step, joins and windows that only look back."""

from models.kernels.asof import Runs, as_of, known_runs, spread, write_first_known
from models.kernels.compile import compiled, inlined
from models.kernels.correlation import rolling_correlation
from models.kernels.median import rolling_median
from models.kernels.ratios import ratio, write_ratio
from models.kernels.rolling import rolling_std, write_rolling_std
from models.kernels.rounding import ceil_to_step, floor_to_step, nearest_step
from models.kernels.threads import in_threads

__all__ = [
    "Runs",
    "as_of",
    "ceil_to_step",
    "compiled",
    "floor_to_step",
    "in_threads",
    "inlined",
    "known_runs",
    "nearest_step",
    "ratio",
    "rolling_correlation",
    "rolling_median",
    "rolling_std",
    "spread",
    "write_first_known",
    "write_ratio",
    "write_rolling_std",
]
