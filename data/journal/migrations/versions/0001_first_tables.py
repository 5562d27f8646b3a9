"""First tables: configuration versions, decisions, intents, orders, fills, control flags, alerts outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "config_versions",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("bar", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("config_version", sa.Text, sa.ForeignKey("config_versions.version"), nullable=False),
        sa.Column("models", sa.Text, nullable=False),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("state_before", sa.Text, nullable=False),
        sa.Column("state_after", sa.Text, nullable=False),
        sa.UniqueConstraint("book", "bar"),
    )
    op.create_table(
        "intents",
        sa.Column("cid", sa.Text, primary_key=True),
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("bar", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("price", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("bound", sa.Text, nullable=False),
        sa.Column("edge_bps", sa.Text, nullable=False),
        sa.UniqueConstraint("decision_id", "symbol"),
    )
    op.create_table(
        "orders",
        sa.Column("cid", sa.Text, sa.ForeignKey("intents.cid"), primary_key=True),
        sa.Column("broker", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("placed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "fills",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("cid", sa.Text, sa.ForeignKey("orders.cid"), nullable=False),
        sa.Column("broker", sa.Text, nullable=False),
        sa.Column("trade_id", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("filled_at", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("price", sa.Text, nullable=False),
        sa.Column("fee", sa.Text, nullable=False),
        sa.UniqueConstraint("broker", "trade_id"),
    )
    op.create_index("fills_by_order", "fills", ["cid"])
    op.create_table(
        "control",
        sa.Column("flag", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("set_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "alerts_outbox",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("severity", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
    )


def downgrade() -> None:
    """Nothing was before it."""
    for table in ("alerts_outbox", "control", "fills", "orders", "intents", "decisions", "config_versions"):
        op.drop_table(table)
