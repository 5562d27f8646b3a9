"""Journals of older and newer Keels, and the declared tables."""

import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from journal_rows import counts
from old_journals import OLD_ACCOUNT, OLD_ROW, OTHER_ROW, old_rows
from sqlalchemy import MetaData, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from data.journal import Carried, FeedLog, Journal, RiskLog, Trial, TrialLedger, open_journal
from data.journal.database import HEAD, MIGRATIONS
from data.journal.tables import metadata
from models.types import Damaged, Leg, Level, Reason, Refusal, Regime


def test_migrations_end_in_the_declared_tables(journal: Journal) -> None:
    with journal.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        for table in metadata.sorted_tables:
            keys = {tuple(sorted(key["column_names"])) for key in found.get_unique_constraints(table.name)}
            declared = [c for c in table.constraints if type(c).__name__ == "UniqueConstraint"]
            assert keys == {tuple(sorted(column.name for column in one.columns)) for one in declared}
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
            assert {c["name"]: c["nullable"] for c in found.get_columns(table.name)} == {
                c.name: c.nullable for c in table.columns
            }
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD


def test_head_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def _older_journal(path: Path, revision: str, rows: dict[str, list[dict[str, object]]]) -> None:
    """A journal as the Keel of that revision left it."""
    path.parent.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        tables = MetaData()
        tables.reflect(connection)
        for name, some in rows.items():
            connection.execute(tables.tables[name].insert(), some)
        connection.commit()
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_an_older_journal_is_brought_up_to_date_in_place(path: Path, revision: str) -> None:
    stop = [{"flag": "stop", "reason": "kept", "set_at": 3}]
    _older_journal(path, revision, old_rows() | {"control": stop})
    upgraded = open_journal(path)
    assert upgraded.stop_reason() == "kept"
    assert counts(upgraded) == {
        "config_versions": 1,
        "control": 1,
        "decisions": 2,
        "intents": 3,
        "orders": 3,
        "fills": 3,
    }
    entry, left = upgraded.decisions_of("book")
    assert [(one.symbol, one.regime, one.stop, one.part) for one in entry.intents] == [
        ("A", Regime.TRENDING, None, 0.0),
        ("B", Regime.TRENDING, None, 0.0),
    ]
    assert [(one.symbol, one.regime) for one in left.intents] == [("B", Regime.TRENDING)]
    assert {(one.system, one.specialist) for one in (*entry.intents, *left.intents)} == {("swing", "trending")}
    assert (entry.refused, entry.held, entry.switches) == ((), {}, ())
    assert left.refused == (Refusal("A", Reason.REFUSED_STALE, "swing"),)
    assert left.held == {"swing": {"A": "hold_flat"}}
    kept = Carried({"swing": OLD_ACCOUNT}, {"swing": {"A": OLD_ROW, "B": OTHER_ROW}}, {})
    assert repr([left.state_before, left.state_after]) == repr([kept, kept])
    fills = upgraded.fills_of("book")
    assert [(one.cid, one.fill.leg, one.fill.specialist, one.fill.system, one.model) for one in fills] == [
        ("book-3-0", Leg.ENTRY, "trending", "swing", "model 3"),
        ("book-3-1", Leg.ENTRY, "trending", "swing", "model 3"),
        ("book-5-0", Leg.EXIT, "trending", "swing", "model 3"),
    ]
    assert all(math.isnan(one.fill.realised) and math.isnan(one.fill.slip) for one in fills)
    FeedLog(upgraded.engine).answered("kraken", 1)
    test_migrations_end_in_the_declared_tables(upgraded)


def test_after_a_migration_foreign_keys_are_enforced(path: Path) -> None:
    _older_journal(path, "0002", old_rows())
    upgraded = open_journal(path)
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        upgraded.record_order("no-such-intent", "paper", 1)
    with upgraded.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_a_migration_that_finds_rows_pointing_nowhere_changes_nothing(path: Path) -> None:
    rows = old_rows()
    rows["orders"].append({"cid": "gone", "broker": "paper", "status": "open", "placed_at": 1})
    _older_journal(path, "0002", rows)
    for _ in range(2):
        with pytest.raises(Damaged, match="1 rows that point nowhere"):
            open_journal(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        assert "leg" not in [row[1] for row in other.execute("PRAGMA table_info(fills)")]


def test_a_journal_without_trials_gets_their_table_and_keeps_the_rest(path: Path) -> None:
    versions = [{"version": "v1", "tree": "{}", "first_seen": 7}]
    event = {"book": "book", "at": 1, "kind": "forced", "system": "", "level": "PAUSE", "breaker": "VAR", "who": "x"}
    event |= {"value": "0.1", "limit": "0.2", "amount": "0.0", "why": "y", "bar": None, "symbol": None}
    _older_journal(path, "0007", {"config_versions": versions, "risk_events": [event]})
    upgraded = open_journal(path)
    assert counts(upgraded) == {"config_versions": 1, "risk_events": 1}
    assert upgraded.tables()["risk_events"] == [event | {"id": 1}]
    trial = Trial("k", "0123456789ab", "search", "crisis", 0, "BTC/USDT", "d" * 64, 100, 7)
    assert TrialLedger(upgraded.engine).charge(trial)
    upgraded.engine.dispose()
    assert TrialLedger(open_journal(path).engine).rows() == [trial]
    test_migrations_end_in_the_declared_tables(upgraded)


def test_what_an_older_keel_decided_reads_as_if_nothing_was_to_be_sold(path: Path) -> None:
    """Its events are of no symbol; figures keep every bit, and what was read before there were tails stays."""
    rows = old_rows()
    read = {"A": {"close": 0.1 + 0.2, "scale": 1.0, "edge": None}, "B": {"close": 1e-17, "scale": -0.0}}
    rows["decisions"][0]["inputs"] = json.dumps(read)
    event = {"book": "book", "at": 1, "kind": "forced", "system": "", "level": "PAUSE", "breaker": "VAR", "who": "x"}
    event |= {"value": "0.1", "limit": "0.2", "amount": "0.0", "why": "y"}
    decisions = [
        one | {"outcome": json.dumps({"regimes": {}, "refused": [], "held": {}}), "state_before": "{}"}
        for one in rows["decisions"]
    ]
    _older_journal(
        path, "0006", {"config_versions": rows["config_versions"], "decisions": decisions, "risk_events": [event]}
    )
    upgraded = open_journal(path)
    first, second = upgraded.tables()["decisions"]
    assert first["inputs"] == json.dumps({symbol: figures | {"cut": 0.0} for symbol, figures in read.items()})
    assert second["inputs"] == decisions[1]["inputs"]
    (waits,) = RiskLog(upgraded.engine).waiting_events("book")
    assert (waits.symbol, waits.level) == ("", Level.PAUSE)
    test_migrations_end_in_the_declared_tables(upgraded)
