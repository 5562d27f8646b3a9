"""Kraken spot."""

from tasks.adapters.feeds.kraken.feed import build

__all__ = ["build"]
