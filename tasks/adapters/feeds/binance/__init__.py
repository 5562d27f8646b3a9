"""Binance spot."""

from tasks.adapters.feeds.binance.feed import build

__all__ = ["build"]
