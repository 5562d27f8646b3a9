"""The journal's tables of who was told of an alert, part of the schema in `tables`; alerts are in `alerts_outbox`."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from data.journal.tables import metadata

# One row for each alert, channel and turn: turn 0 is the first telling, later ones are of what nobody acknowledged.
# Told when `sent_at` is there; not before `due_at`.
alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("sent_at", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("error", Text, nullable=False),
    UniqueConstraint("key", "channel", "turn"),
    Index("alert_deliveries_by_channel", "channel", "sent_at", "due_at"),
)

# How a channel fares: `failures` since it delivered last, not asked before `retry_at`; `proven_at`: it last delivered,
# or its server answered a test.
alert_channels = Table(
    "alert_channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failing_since", BigInteger),
    Column("retry_at", BigInteger),
    Column("error", Text, nullable=False),
    Column("proven_at", BigInteger),
)
