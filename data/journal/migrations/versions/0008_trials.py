"""Trials: every evaluation of a search, kept across runs, and every look at bars that were held back."""

import sqlalchemy as sa
from alembic import op

from data.journal.dialects import FIGURE

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table; nothing that was there is touched."""
    op.create_table(
        "trials",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("specialist", sa.Text, nullable=False),
        sa.Column("fold", sa.Integer, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("data_sha256", sa.Text, nullable=False),
        sa.Column("evaluations", sa.BigInteger, nullable=False),
        sa.Column("effective", FIGURE),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("trials_by_data", "trials", ["data_sha256", "specialist"])


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("trials")
