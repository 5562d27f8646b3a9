"""Alerts to people: which were acknowledged by whom, which channel was told when, and how each channel fares."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add columns and tables; alerts of before were routed to nobody, and are told as soon as somebody dispatches."""
    for name in ("routed_at", "acknowledged_at"):
        op.add_column("alerts_outbox", sa.Column(name, sa.BigInteger))
    for name in ("acknowledged_by", "note"):
        op.add_column("alerts_outbox", sa.Column(name, sa.Text))
    op.create_table(
        "alert_deliveries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.UniqueConstraint("key", "channel", "turn"),
    )
    op.create_index("alert_deliveries_by_channel", "alert_deliveries", ["channel", "sent_at", "due_at"])
    op.create_index("alerts_by_routing", "alerts_outbox", ["routed_at"])
    op.create_table(
        "alert_channels",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("retry_at", sa.BigInteger),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("proven_at", sa.BigInteger),
    )


def downgrade() -> None:
    """Take columns and tables away."""
    for table in ("alert_channels", "alert_deliveries"):
        op.drop_table(table)
    op.drop_index("alerts_by_routing", "alerts_outbox")
    with op.batch_alter_table("alerts_outbox") as batch:
        for name in ("routed_at", "acknowledged_at", "acknowledged_by", "note"):
            batch.drop_column(name)
