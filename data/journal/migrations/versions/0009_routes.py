"""Routes: which models spoke for each symbol of a decision, and whether they were to be others."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table; nothing that was there is touched."""
    op.create_table(
        "routes",
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.id"), primary_key=True),
        sa.Column("symbol", sa.Text, primary_key=True),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("bar", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("models", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("switched", sa.Boolean, nullable=False),
        sa.Column("damped", sa.Boolean, nullable=False),
        sa.Column("latency_us", sa.BigInteger, nullable=False),
    )
    op.create_index("routes_by_book", "routes", ["book", "decided_at"])


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("routes")
