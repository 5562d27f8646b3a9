"""Binance spot."""

from tasks.adapters.brokers.binance.dialect import DIALECT

__all__ = ["DIALECT"]
