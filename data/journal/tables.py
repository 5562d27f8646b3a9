"""The journal's schema (SQLAlchemy Core; SQLite by default, PostgreSQL by URL). Money and prices are decimal strings.

Changes go through a new file in migrations/versions, never through an edit of an old one; a test holds the migrations
against these tables.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from data.journal.dialects import FIGURE

metadata = MetaData()

config_versions = Table(
    "config_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("tree", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("book", Text, nullable=False),
    Column("bar", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("config_version", Text, ForeignKey("config_versions.version"), nullable=False),
    Column("models", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("state_before", Text, nullable=False),
    Column("state_after", Text, nullable=False),
    UniqueConstraint("book", "bar"),
)

intents = Table(
    "intents",
    metadata,
    Column("cid", Text, primary_key=True),
    Column("decision_id", Text, ForeignKey("decisions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("system", Text, nullable=False),
    Column("specialist", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("bar", BigInteger, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("price", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("bound", Text, nullable=False),
    Column("edge_bps", Text, nullable=False),
    Column("regime", Text, nullable=False),
    Column("limit_price", Text),
    Column("stop_price", Text),
    Column("target_price", Text),
    Column("partial_price", Text),
    Column("part", Text, nullable=False),
    # Not known of orders before migration 0006.
    Column("caps", Text),
    Column("bound_by", Text),
    UniqueConstraint("decision_id", "system", "symbol"),
    Index("intents_by_symbol", "symbol", "bar"),
)

# Nobody was in charge before the first decision, or is not now, where a name is NULL.
switches = Table(
    "switches",
    metadata,
    Column("decision_id", Text, ForeignKey("decisions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("book", Text, nullable=False),
    Column("bar", BigInteger, nullable=False),
    Column("system", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("cause", Text, nullable=False),
    UniqueConstraint("decision_id", "system", "symbol"),
)

# Who spoke for a symbol, and before that: lists of names, `before` NULL at a symbol's first decision. `latency_us`: how
# long it took to make their words and the edge.
routes = Table(
    "routes",
    metadata,
    Column("decision_id", Text, ForeignKey("decisions.id"), primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("book", Text, nullable=False),
    Column("bar", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("models", Text, nullable=False),
    Column("before", Text),
    Column("switched", Boolean, nullable=False),
    Column("damped", Boolean, nullable=False),
    Column("latency_us", BigInteger, nullable=False),
    Index("routes_by_book", "book", "decided_at"),
)

orders = Table(
    "orders",
    metadata,
    Column("cid", Text, ForeignKey("intents.cid"), primary_key=True),
    Column("broker", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("placed_at", BigInteger, nullable=False),
)

fills = Table(
    "fills",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("cid", Text, ForeignKey("orders.cid"), nullable=False),
    Column("broker", Text, nullable=False),
    Column("trade_id", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("filled_at", BigInteger, nullable=False),
    Column("quantity", Text, nullable=False),
    Column("price", Text, nullable=False),
    Column("fee", Text, nullable=False),
    Column("leg", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("specialist", Text, nullable=False),
    Column("regime", Text, nullable=False),
    Column("model", Text, nullable=False),
    # Not known of fills before migration 0003.
    Column("realised", Text),
    Column("slip", Text),
    UniqueConstraint("broker", "trade_id"),
    Index("fills_by_order", "cid"),
)

control = Table(
    "control",
    metadata,
    Column("flag", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("set_at", BigInteger, nullable=False),
    Column("level", Text, nullable=False, server_default="PAUSE"),
    Column("who", Text, nullable=False, server_default="keel"),
)

alerts_outbox = Table(
    "alerts_outbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("severity", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    # When the first channel was told.
    Column("delivered_at", BigInteger),
    # When it was found out who has to be told, see `alert_tables`; not known of alerts before migration 0012.
    Column("routed_at", BigInteger),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_by", Text),
    Column("note", Text),
    Index("alerts_by_routing", "routed_at"),
)

feed_health = Table(
    "feed_health",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("last_success", BigInteger),
    Column("last_failure", BigInteger),
    Column("failing_since", BigInteger),
    Column("reason", Text),
)

feed_pauses = Table(
    "feed_pauses",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("fault", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    Column("retry_at", BigInteger),
)

feed_events = Table(
    "feed_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("venue", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("timeframe", Text, nullable=False),
    Column("feed_from", Text, nullable=False),
    Column("feed_to", Text),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("feed_events_by_series", "venue", "symbol", "timeframe"),
)

# What was in force from when on. `version` is that of the hot parameters alone, `seen` that of the files when it was
# adopted: they differ after a step back. `config_version` is everything as it was in force, `flags` the command line's.
parameter_versions = Table(
    "parameter_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("version", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("config_version", Text, ForeignKey("config_versions.version"), nullable=False),
    Column("flags", Text, nullable=False),
    Column("adopted_at", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("loosened", Text, nullable=False),
)

# `bar` is that of the decision that found it or consumed it, NULL while it waits for one.
risk_events = Table(
    "risk_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("book", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("breaker", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("limit", Text, nullable=False),
    Column("amount", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("bar", BigInteger),
    # Of a cut alone; not known before migration 0007.
    Column("symbol", Text),
    Index("risk_events_by_book", "book", "bar"),
)

# Rows are added and never taken away; `effective` alone is written later, once it was measured.
trials = Table(
    "trials",
    metadata,
    Column("key", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("specialist", Text, nullable=False),
    Column("fold", Integer, nullable=False),
    Column("series", Text, nullable=False),
    Column("data_sha256", Text, nullable=False),
    Column("evaluations", BigInteger, nullable=False),
    Column("effective", FIGURE),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Index("trials_by_data", "data_sha256", "specialist"),
)
