"""Kraken spot."""

from tasks.adapters.brokers.kraken.dialect import DIALECT

__all__ = ["DIALECT"]
