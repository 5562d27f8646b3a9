"""Alpaca: US stocks."""

from tasks.adapters.feeds.alpaca.feed import build

__all__ = ["build"]
