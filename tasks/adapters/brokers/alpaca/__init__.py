"""Alpaca: US stocks and coins."""

from tasks.adapters.brokers.alpaca.dialect import DIALECT

__all__ = ["DIALECT"]
