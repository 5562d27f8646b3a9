"""The journal's tables for control: signs of life, sessions, and the chain of what was done to stops and stages."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from data.journal.dialects import FIGURE
from data.journal.tables import metadata

# One row for each process that promises to be heard of again by `due_at`; NULL where it promises nothing.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("detail", Text, nullable=False),
)

# One row for each process of a campaign; `ended_at` is NULL while it runs, and for ever where it crashed.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("campaign", Text, nullable=False),
    Column("book", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("capital", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("why", Text, nullable=False),
    Index("sessions_by_book", "book", "began_at"),
)

session_events = Table(
    "session_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("session", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("bar", BigInteger),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seconds", FIGURE),
    Index("session_events_by_session", "session", "kind"),
)

# Rows are added and never changed, numbered without a gap; each holds the hash of the one before it in its own.
audit_chain = Table(
    "audit_chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Index("audit_chain_by_subject", "subject", "kind"),
)
