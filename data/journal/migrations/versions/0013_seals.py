"""What each decision was made from, and the digests of its rows, chained within its book."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the table; decisions of before have no seal, and nobody makes one for them afterwards."""
    op.create_table(
        "decision_seals",
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.id"), primary_key=True),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("made_from", sa.Text, nullable=False),
        sa.Column("digests", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.UniqueConstraint("book", "number"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("decision_seals")
