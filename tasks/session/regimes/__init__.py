"""Regimes of a series: their history in the lake, and how it looks."""

from tasks.session.regimes.history import Kept, keep_history, regime_inputs
from tasks.session.regimes.measuring import Labelling, RegimeFigures, Truth, measured
from tasks.session.regimes.report import RegimeReport, regime_report, together
from tasks.session.regimes.showing import Table, report_tables, simulated_tables
from tasks.session.regimes.simulated import SimulatedReport, simulated_report

__all__ = [
    "Kept",
    "Labelling",
    "RegimeFigures",
    "RegimeReport",
    "SimulatedReport",
    "Table",
    "Truth",
    "keep_history",
    "measured",
    "regime_inputs",
    "regime_report",
    "report_tables",
    "simulated_report",
    "simulated_tables",
    "together",
]
