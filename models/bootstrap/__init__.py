"""Resampling by blocks: rows drawn anew, and what chance would have made of returns and trades."""

from models.bootstrap.quantiles import Quantiles
from models.bootstrap.recovery import Recovery, recovery
from models.bootstrap.rows import stationary_rows, write_rows
from models.bootstrap.trades import TradesMonteCarlo, bootstrap_trades

__all__ = [
    "Quantiles",
    "Recovery",
    "TradesMonteCarlo",
    "bootstrap_trades",
    "recovery",
    "stationary_rows",
    "write_rows",
]
