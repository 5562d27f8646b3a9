"""Fits that cost nothing: parameters out of the window itself, and none for some windows."""

import zlib

import numpy as np

from models.tails import Garch
from models.types import FloatArray


def made_fit(window: FloatArray) -> Garch:
    """Another answer for every window."""
    part = zlib.crc32(np.ascontiguousarray(window).tobytes()) / 2**32
    alpha, gamma = 0.03 + 0.05 * part, 0.02 + 0.03 * part
    beta = 0.9 - alpha
    spread = float(np.var(window))
    return Garch(float(np.mean(window)), spread * (1.0 - alpha - gamma / 2.0 - beta), alpha, gamma, beta, 5.0)


def fickle_fit(window: FloatArray) -> Garch | None:
    """None for two windows in five."""
    return None if zlib.crc32(np.ascontiguousarray(window).tobytes()) % 5 < 2 else made_fit(window)
