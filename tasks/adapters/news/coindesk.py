"""CoinDesk: its own feed."""

from tasks.adapters.news.feed_shape import feed
from tasks.adapters.news.way import Way

WAY = Way(feed)
