"""Models after their training: whether the world has left them, and whether research repeats what they said live."""

from tasks.session.drifting.report import Difference, DriftReport, Repeat, SeriesWatch, Watched

__all__ = ["Difference", "DriftReport", "Repeat", "SeriesWatch", "Watched"]
