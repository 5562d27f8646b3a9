"""Control: how far a stop reaches and who set it, signs of life, sessions, and the chain of what was done and why."""

import sqlalchemy as sa
from alembic import op

from data.journal.dialects import FIGURE

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add columns and tables; a stop that is set already was set by nobody knows whom, and only pauses."""
    op.add_column("control", sa.Column("level", sa.Text, nullable=False, server_default="PAUSE"))
    op.add_column("control", sa.Column("who", sa.Text, nullable=False, server_default="keel"))
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("capital", sa.Text, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("sessions_by_book", "sessions", ["book", "began_at"])
    op.create_table(
        "session_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("session", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("bar", sa.BigInteger),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("seconds", FIGURE),
    )
    op.create_index("session_events_by_session", "session_events", ["session", "kind"])
    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index("audit_chain_by_subject", "audit_chain", ["subject", "kind"])


def downgrade() -> None:
    """Take columns and tables away; a stop stays one, without its level."""
    for table in ("audit_chain", "session_events", "sessions", "heartbeats"):
        op.drop_table(table)
    with op.batch_alter_table("control") as batch:
        for name in ("level", "who"):
            batch.drop_column(name)
