"""Bitget spot."""

from tasks.adapters.feeds.bitget.feed import build

__all__ = ["build"]
