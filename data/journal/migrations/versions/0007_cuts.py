"""Cuts: the symbol of which a part is to be sold. Decisions of an older Keel read of every symbol that nothing was."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add a column, and name what the decisions did not have to read yet."""
    op.add_column("risk_events", sa.Column("symbol", sa.Text))
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, inputs FROM decisions")).all():
        inputs = json.loads(row.inputs)
        # Those before revision 0006 read nothing of tails, and are compared with nothing.
        read = {symbol: figures | {"cut": 0.0} if "scale" in figures else figures for symbol, figures in inputs.items()}
        if read != inputs:
            changed = {"inputs": json.dumps(read, allow_nan=False), "id": row.id}
            connection.execute(sa.text("UPDATE decisions SET inputs = :inputs WHERE id = :id"), changed)


def downgrade() -> None:
    """Take the column away, and out of the decisions that nothing of a symbol was to be sold; what was stays there."""
    with op.batch_alter_table("risk_events") as batch:
        batch.drop_column("symbol")
    connection = op.get_bind()
    for row in connection.execute(sa.text("SELECT id, inputs FROM decisions")).all():
        inputs = json.loads(row.inputs)
        read = {symbol: _without_cut(figures) for symbol, figures in inputs.items()}
        if read != inputs:
            changed = {"inputs": json.dumps(read, allow_nan=False), "id": row.id}
            connection.execute(sa.text("UPDATE decisions SET inputs = :inputs WHERE id = :id"), changed)


def _without_cut(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name != "cut" or value != 0.0}
