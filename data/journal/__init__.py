"""The journal: decisions, intents, orders and fills, durable before anything acts on them; and how its feeds fare."""

from data.journal.database import open_journal
from data.journal.feed_log import FeedLog, blocked_by
from data.journal.feed_records import Change, Fault, FeedEvent, FeedHealth, Pause, PauseRule
from data.journal.records import BookedFill, Carried, Decision, Order, Settled
from data.journal.store import Journal

__all__ = [
    "BookedFill",
    "Carried",
    "Change",
    "Decision",
    "Fault",
    "FeedEvent",
    "FeedHealth",
    "FeedLog",
    "Journal",
    "Order",
    "Pause",
    "PauseRule",
    "Settled",
    "blocked_by",
    "open_journal",
]
