"""A backtest of the configured book over the lake, out-of-sample beside in-sample, and what speaks against it."""

from tasks.session.backtesting.report import BacktestReport, Provenance
from tasks.session.backtesting.running import backtest

__all__ = ["BacktestReport", "Provenance", "backtest"]
