"""The journal: decisions, intents, orders and fills, durable before anything acts on them."""

from data.journal.database import open_journal
from data.journal.records import Decision, Order
from data.journal.store import Journal

__all__ = ["Decision", "Journal", "Order", "open_journal"]
