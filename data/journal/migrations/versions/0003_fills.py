"""Intents with their levels, fills with what they are attributed to.

Of what an older Keel wrote, the regime is that of the decision that opened the position; its orders were at market
without levels, and the profit of its fills is not known.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INTENTS = ("regime", "limit_price", "stop_price", "target_price", "partial_price", "part")
FILLS = ("leg", "system", "specialist", "regime", "model", "realised", "slip")
REQUIRED = ("regime", "part", "leg", "system", "specialist", "model")
ENTRY = "ENTER_EDGE"


def upgrade() -> None:
    """Add the columns, fill them in, and require those that every row has."""
    tables = {"intents": INTENTS, "fills": FILLS}
    for table, names in tables.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.add_column(sa.Column(name, sa.Text))
    _fill_in(op.get_bind())
    for table, names in tables.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                if name in REQUIRED:
                    batch.alter_column(name, existing_type=sa.Text, nullable=False)
    op.create_index("intents_by_symbol", "intents", ["symbol", "bar"])


def downgrade() -> None:
    """Take the columns away; going up again fills them in from the decisions."""
    op.drop_index("intents_by_symbol", "intents")
    for table, names in {"intents": INTENTS, "fills": FILLS}.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)


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
