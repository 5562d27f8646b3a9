"""The journal's tables of orders as venues know them, part of the schema in `tables`: who may write them, what became
of them, fills, holdings and live trading.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from data.journal.tables import metadata

# Who alone may write orders, by a token that grows with every take. `started` is when its process started: it tells a
# process from a later one with the same number. Whoever had it keeps the row until another takes it.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("host", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("released_at", BigInteger),
)

# Orders as venues know them; `parent` is the order of the book that they work for, or names what is none of its own.
# `number` is that of the event it was written with. One that the last gate refused was never admitted. `lacks`: more of
# it is filled than its known fills say.
wire_orders = Table(
    "wire_orders",
    metadata,
    Column("cid", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("parent", Text, nullable=False),
    Column("book", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_buy", Boolean, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("limit", Text),
    Column("stop", Text),
    Column("reference", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("admitted", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("filled", Text, nullable=False),
    Column("lacks", Boolean, nullable=False),
    Column("value", Text, nullable=False),
    Column("exchange_id", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    UniqueConstraint("number"),
    Index("wire_orders_by_parent", "parent"),
    Index("wire_orders_by_book", "book", "created_at"),
    Index("wire_orders_by_state", "state", "venue"),
    Index("wire_orders_by_exchange_id", "venue", "exchange_id"),
    Index("wire_orders_by_lack", "lacks", "book"),
    Index("wire_orders_by_venue", "venue", "book", "symbol"),
    Index("wire_orders_by_role", "admitted", "role", "created_at"),
)

# Value of what was ordered in a UTC day (days since 1970) to open positions, so that nobody has to add it up again.
order_days = Table(
    "order_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("opened", Text, nullable=False),
)

# Rows are added and never changed, numbered without a gap; each holds the hash of the one before it in its own.
order_events = Table(
    "order_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("cid", Text),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text),
    Column("filled", Text),
    Column("detail", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("previous", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Index("order_events_by_order", "cid"),
)

# `cid` is NULL while no order of ours is known to be behind a trade; `settled_by` is the decision that booked it. Where
# an account trades with itself both sides have one number.
venue_trades = Table(
    "venue_trades",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("trade_id", Text, nullable=False),
    Column("exchange_id", Text, nullable=False),
    Column("cid", Text, ForeignKey("wire_orders.cid")),
    Column("is_buy", Boolean, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("price", Text, nullable=False),
    Column("fee", Text, nullable=False),
    Column("fee_asset", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("maker", Boolean, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("settled_by", Text, ForeignKey("decisions.id")),
    UniqueConstraint("venue", "symbol", "trade_id", "is_buy"),
    Index("venue_trades_by_order", "cid"),
    Index("venue_trades_by_exchange_id", "venue", "exchange_id"),
    Index("venue_trades_by_time", "venue", "symbol", "at"),
    Index("venue_trades_by_settlement", "settled_by"),
)

# What is at a venue and is not the book's; `value` in quote currency where it is known.
holdings = Table(
    "holdings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("venue", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("value", Text),
    Column("at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("cleared_at", BigInteger),
    Column("cleared_by", Text),
    Index("holdings_by_venue", "venue", "cleared_at"),
)

# What a person said about live trading at a venue; the newest row of a venue is in force.
live_acts = Table(
    "live_acts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("venue", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("phrase", Text, nullable=False),
    Column("capital", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Index("live_acts_by_venue", "venue"),
)
