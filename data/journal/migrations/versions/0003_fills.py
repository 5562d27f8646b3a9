"""Intents with their levels, fills with what they are attributed to.

Of what an older Keel wrote, the regime is that of the decision that opened the position; its orders were at market
without levels, and the profit of its fills is not known.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INTENTS = (
    sa.Column("regime", sa.Text),
    sa.Column("limit_price", sa.Text),
    sa.Column("stop_price", sa.Text),
    sa.Column("target_price", sa.Text),
    sa.Column("partial_price", sa.Text),
    sa.Column("part", sa.Text),
)
FILLS = tuple(
    sa.Column(name, sa.Text) for name in ("leg", "system", "specialist", "regime", "model", "realised", "slip")
)
ENTRY = "ENTER_EDGE"


def upgrade() -> None:
    """Add the columns, fill them in, and require those that every row has."""
    for table, columns in (("intents", INTENTS), ("fills", FILLS)):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column.copy())
    _fill_in(op.get_bind())
    for table, names in (
        ("intents", ("regime", "part")),
        ("fills", ("leg", "system", "specialist", "regime", "model")),
    ):
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, existing_type=sa.Text, nullable=False)


def _fill_in(connection: sa.Connection) -> None:
    opened: dict[tuple[str, str], tuple[str, str]] = {}
    rows = connection.execute(
        sa.text(
            "SELECT i.cid, i.symbol, i.reason, d.book, d.models, d.outcome FROM intents i "
            "JOIN decisions d ON d.id = i.decision_id ORDER BY i.bar, i.position"
        )
    )
    for row in rows.all():
        spoke = json.loads(row.models).get(row.symbol, "")
        regime = json.loads(row.outcome)["regimes"].get(row.symbol, "ranging").upper()
        if row.reason == ENTRY:
            opened[row.book, row.symbol] = (regime, spoke)
        regime, model = opened.get((row.book, row.symbol), (regime, spoke))
        connection.execute(
            sa.text("UPDATE intents SET regime = :regime, part = '0.0' WHERE cid = :cid"),
            {"regime": regime, "cid": row.cid},
        )
        connection.execute(
            sa.text(
                "UPDATE fills SET leg = :leg, system = 'swing', specialist = :specialist, regime = :regime, "
                "model = :model WHERE cid = :cid"
            ),
            {
                "leg": "ENTRY" if row.reason == ENTRY else "EXIT",
                "specialist": regime.lower(),
                "regime": regime,
                "model": model,
                "cid": row.cid,
            },
        )
