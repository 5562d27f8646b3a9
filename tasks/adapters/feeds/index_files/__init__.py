"""Daily index files, such as Cboe's VIX."""

from tasks.adapters.feeds.index_files.feed import build

__all__ = ["build"]
