"""Orders as venues know them: who may write them, what became of them, fills, holdings and live trading."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the tables; nothing that was there is touched."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("released_at", sa.BigInteger),
    )
    op.create_table(
        "wire_orders",
        sa.Column("cid", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("book", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("is_buy", sa.Boolean, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("limit", sa.Text),
        sa.Column("stop", sa.Text),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("admitted", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("filled", sa.Text, nullable=False),
        sa.Column("lacks", sa.Boolean, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("exchange_id", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("number"),
    )
    op.create_index("wire_orders_by_parent", "wire_orders", ["parent"])
    op.create_index("wire_orders_by_book", "wire_orders", ["book", "created_at"])
    op.create_index("wire_orders_by_state", "wire_orders", ["state", "venue"])
    op.create_index("wire_orders_by_exchange_id", "wire_orders", ["venue", "exchange_id"])
    op.create_index("wire_orders_by_lack", "wire_orders", ["lacks", "book"])
    op.create_index("wire_orders_by_venue", "wire_orders", ["venue", "book", "symbol"])
    op.create_index("wire_orders_by_role", "wire_orders", ["admitted", "role", "created_at"])
    op.create_table(
        "order_days",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("opened", sa.Text, nullable=False),
    )
    op.create_table(
        "order_events",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("cid", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("filled", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index("order_events_by_order", "order_events", ["cid"])
    op.create_table(
        "venue_trades",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("trade_id", sa.Text, nullable=False),
        sa.Column("exchange_id", sa.Text, nullable=False),
        sa.Column("cid", sa.Text, sa.ForeignKey("wire_orders.cid")),
        sa.Column("is_buy", sa.Boolean, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("price", sa.Text, nullable=False),
        sa.Column("fee", sa.Text, nullable=False),
        sa.Column("fee_asset", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("maker", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("settled_by", sa.Text, sa.ForeignKey("decisions.id")),
        sa.UniqueConstraint("venue", "symbol", "trade_id", "is_buy"),
    )
    op.create_index("venue_trades_by_order", "venue_trades", ["cid"])
    op.create_index("venue_trades_by_exchange_id", "venue_trades", ["venue", "exchange_id"])
    op.create_index("venue_trades_by_settlement", "venue_trades", ["settled_by"])
    op.create_index("venue_trades_by_time", "venue_trades", ["venue", "symbol", "at"])
    op.create_table(
        "holdings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("quantity", sa.Text, nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("cleared_at", sa.BigInteger),
        sa.Column("cleared_by", sa.Text),
    )
    op.create_index("holdings_by_venue", "holdings", ["venue", "cleared_at"])
    op.create_table(
        "live_acts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("phrase", sa.Text, nullable=False),
        sa.Column("capital", sa.Text, nullable=False),
        sa.Column("gate", sa.Text, nullable=False),
    )
    op.create_index("live_acts_by_venue", "live_acts", ["venue"])


def downgrade() -> None:
    """Take the tables away."""
    for table in ("live_acts", "holdings", "venue_trades", "order_events", "order_days", "wire_orders", "leases"):
        op.drop_table(table)
