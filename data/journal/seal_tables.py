"""The journal's table of seals, part of the schema in `tables`."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from data.journal.tables import metadata

# Written with a decision and never changed, numbered without a gap in each book; each holds the hash of the one before
# it in its own. Decisions before migration 0013 have none.
decision_seals = Table(
    "decision_seals",
    metadata,
    Column("decision_id", Text, ForeignKey("decisions.id"), primary_key=True),
    Column("book", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("made_from", Text, nullable=False),
    Column("digests", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    UniqueConstraint("book", "number"),
)
