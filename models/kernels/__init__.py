"""Compiled building blocks: how functions are compiled, rounding to a step, windows that only look back."""

from models.kernels.compile import compiled
from models.kernels.ratios import ratio
from models.kernels.rolling import rolling_std
from models.kernels.rounding import ceil_to_step, floor_to_step

__all__ = ["ceil_to_step", "compiled", "floor_to_step", "ratio", "rolling_std"]
