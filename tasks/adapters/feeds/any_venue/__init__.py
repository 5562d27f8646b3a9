"""Any venue that ccxt knows and no folder describes."""

from tasks.adapters.feeds.any_venue.feed import build

__all__ = ["build"]
