"""Risk: what tripped, was released, was forced or was paid in and out, and which limits bound an order."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table and two columns; nothing that was there is touched."""
    op.create_table(
        "risk_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("breaker", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("limit", sa.Text, nullable=False),
        sa.Column("amount", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("bar", sa.BigInteger),
    )
    op.create_index("risk_events_by_book", "risk_events", ["book", "bar"])
    for name in ("caps", "bound_by"):
        op.add_column("intents", sa.Column(name, sa.Text))


def downgrade() -> None:
    """Take table and columns away."""
    with op.batch_alter_table("intents") as batch:
        for name in ("caps", "bound_by"):
            batch.drop_column(name)
    op.drop_table("risk_events")
