"""Several trading systems in one book: whose an intent is, and who was in charge from when on.

What an older Keel wrote is that of its only system, each position that of the specialist of the regime that opened it.
Its states keep their figures, under names; they have no records of specialists.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from models.types import Refused

revision = "0004"
down_revision = "0003"

ONLY = "swing"
NAMES = ("system", "specialist")
ALONE = f"revision 0003 holds those of {ONLY} alone, go down to 0004 at most"
# SQLite does not name the key that is replaced; alembic needs a name to drop it. PostgreSQL names it by itself.
NAMING = {"uq": "uq_%(table_name)s_%(column_0_name)s_%(column_1_name)s"}


def upgrade() -> None:
    """Add columns and the table of switches, and name what the decisions held."""
    op.create_table(
        "switches",
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("bar", sa.BigInteger, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("cause", sa.Text, nullable=False),
        sa.UniqueConstraint("decision_id", "system", "symbol"),
    )
    with op.batch_alter_table("intents") as batch:
        for name in NAMES:
            batch.add_column(sa.Column(name, sa.Text))
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE intents SET system = :only, specialist = lower(regime)"), {"only": ONLY})
    with op.batch_alter_table("intents", naming_convention=NAMING) as batch:
        for name in NAMES:
            batch.alter_column(name, existing_type=sa.Text, nullable=False)
        batch.drop_constraint(_key(connection, "decision_id", "symbol"), type_="unique")
        batch.create_unique_constraint("one_of_each", ["decision_id", *NAMES[:1], "symbol"])
    _name_figures(connection)


def downgrade() -> None:
    """Take columns and table away; what several systems decided is more than one decision could hold before."""
    connection = op.get_bind()
    others = sa.text("SELECT DISTINCT system FROM intents WHERE system <> :only ORDER BY system")
    found = list(connection.execute(others, {"only": ONLY}).scalars())
    if found:
        raise Refused(f"there are orders of {', '.join(found)}; {ALONE}")
    _unname_figures(connection)
    with op.batch_alter_table("intents") as batch:
        batch.drop_constraint("one_of_each", type_="unique")
        for name in NAMES:
            batch.drop_column(name)
        batch.create_unique_constraint("one_of_each_symbol", ["decision_id", "symbol"])
    op.drop_table("switches")


def _unname_figures(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT id, inputs, outcome, state_before, state_after FROM decisions"))
    for row in rows.all():
        outcome = json.loads(row.outcome)
        outcome["held"] = outcome["held"].get(ONLY, {})
        outcome["refused"] = {one["symbol"]: one["reason"] for one in outcome["refused"]}
        states = {name: _unnamed(row.id, json.loads(getattr(row, name))) for name in ("state_before", "state_after")}
        connection.execute(
            sa.text(
                "UPDATE decisions SET outcome = :outcome, state_before = :state_before, state_after = :state_after "
                "WHERE id = :id"
            ),
            {"id": row.id, "outcome": json.dumps(outcome), **{name: json.dumps(one) for name, one in states.items()}},
        )


def _unnamed(decision: str, state: dict[str, Any]) -> list[Any]:
    """Account and positions of the only system.

    Raises:
        Refused: there are several, which this revision cannot hold, or more is known, which it would lose.
    """
    more = [name for name in ("records", "ladder") if state.get(name)]
    if more and not context.config.attributes.get("lose", False):
        raise Refused(
            f"the {' and '.join(more)} of the decision {decision} would be lost; say --lose where that is right"
        )
    if set(state["accounts"]) != {ONLY}:
        raise Refused(f"decision {decision} is one of {', '.join(state['accounts'])}; {ALONE}")
    return [state["accounts"][ONLY], list(state["positions"].get(ONLY, {}).values())]


def _key(connection: sa.Connection, *columns: str) -> str:
    """The name of the unique key of `intents` over these columns."""
    found = sa.inspect(connection).get_unique_constraints("intents")
    names = [one["name"] for one in found if one["column_names"] == list(columns)]
    return names[0] or f"uq_intents_{'_'.join(columns[:2])}"


def _name_figures(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT id, inputs, outcome, state_before, state_after FROM decisions"))
    for row in rows.all():
        outcome = json.loads(row.outcome)
        outcome["held"] = {ONLY: outcome["held"]} if outcome["held"] else {}
        outcome["refused"] = [
            {"system": ONLY, "symbol": symbol, "reason": reason} for symbol, reason in outcome["refused"].items()
        ]
        symbols = list(json.loads(row.inputs))
        states = {name: _named(json.loads(getattr(row, name)), symbols) for name in ("state_before", "state_after")}
        connection.execute(
            sa.text(
                "UPDATE decisions SET outcome = :outcome, state_before = :state_before, state_after = :state_after "
                "WHERE id = :id"
            ),
            {"id": row.id, "outcome": json.dumps(outcome), **{name: json.dumps(one) for name, one in states.items()}},
        )


def _named(state: list[Any], symbols: list[str]) -> dict[str, Any]:
    """Account and positions by their owners; positions are numbered where their symbols were not written."""
    account, rows = state
    owners = symbols if len(symbols) == len(rows) else [str(k) for k in range(len(rows))]
    positions = dict(zip(owners, rows, strict=True))
    return {"accounts": {ONLY: account}, "positions": {ONLY: positions}, "records": {}}
