"""Bitget's unified account, spot."""

from tasks.adapters.brokers.bitget.dialect import DIALECT

__all__ = ["DIALECT"]
