"""Coinbase Advanced."""

from tasks.adapters.feeds.coinbase.feed import build

__all__ = ["build"]
