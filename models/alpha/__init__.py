"""Alphas: edges in basis points of expected return, with a confidence."""

from models.alpha.calibration import Calibration, calibrate

__all__ = ["Calibration", "calibrate"]
