"""Parameters: which were in force from when on, why, and who said so."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table; nothing that was there is touched."""
    op.create_table(
        "parameter_versions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("config_version", sa.Text, sa.ForeignKey("config_versions.version"), nullable=False),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("adopted_at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("loosened", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("parameter_versions")
