"""How a venue is reached, for feeds and brokers alike: the shared budget, the allow-list, retries, one ccxt client."""

from tasks.adapters.venues.access import Access, Keys
from tasks.adapters.venues.limits import Limits

__all__ = ["Access", "Keys", "Limits"]
