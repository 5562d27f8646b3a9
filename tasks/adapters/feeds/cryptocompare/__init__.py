"""CryptoCompare: a backup with volumes."""

from tasks.adapters.feeds.cryptocompare.feed import build

__all__ = ["build"]
