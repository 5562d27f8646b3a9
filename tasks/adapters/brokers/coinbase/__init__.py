"""Coinbase Advanced."""

from tasks.adapters.brokers.coinbase.dialect import DIALECT

__all__ = ["DIALECT"]
