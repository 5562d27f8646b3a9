"""Feeds: the health of each, their pauses after a failure, and what happened between them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the three tables; nothing that was there is touched."""
    op.create_table(
        "feed_health",
        sa.Column("feed", sa.Text, primary_key=True),
        sa.Column("last_success", sa.BigInteger),
        sa.Column("last_failure", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "feed_pauses",
        sa.Column("feed", sa.Text, primary_key=True),
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.BigInteger, nullable=False),
        sa.Column("retry_at", sa.BigInteger),
    )
    op.create_table(
        "feed_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("timeframe", sa.Text, nullable=False),
        sa.Column("feed_from", sa.Text, nullable=False),
        sa.Column("feed_to", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("feed_events_by_series", "feed_events", ["venue", "symbol", "timeframe"])


def downgrade() -> None:
    """Take the three tables away."""
    for table in ("feed_events", "feed_pauses", "feed_health"):
        op.drop_table(table)
