"""CoinGecko: a backup without volumes."""

from tasks.adapters.feeds.coingecko.feed import build

__all__ = ["build"]
