"""The gap report: a traded window, replayed as backtest over the lake as it is now, and why they differ."""

from tasks.session.gapping.report import Finding, GapReport
from tasks.session.gapping.running import gap_report

__all__ = ["Finding", "GapReport", "gap_report"]
