"""A recorded session made again, decision by decision; and whatever somebody changed afterwards, named."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from explained_session import BBB, CALM, LATER, record
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_places import place_of

from data.dataset import Dataset
from data.features import FeatureStore
from data.journal import Journal, open_journal
from data.journal.given_orders import GivenOrders
from data.journal.seal_check import Seals
from data.journal.seals import digest, sha256_of_seal
from data.journal.tables import metadata
from models.types import BadInput, Cause, Damaged, Leg, Series
from tasks.bootstrap import build_desk, journal_place
from tasks.session.desk import Desk
from tasks.session.explaining import Audit, Difference, What, audit, explain
from tasks.session.market import declaration_of, market_view

COUNT, BARS = 3000, 800
# Enough for what is altered afterwards.
SHORT = 260
# What can be altered without the row being another one's, by table; its key.
KEYS = {"decisions": "id", "intents": "cid", "fills": "trade_id", "routes": "symbol", "switches": "position"}
# Names of rows: whoever changes them makes another row of it.
NAMING = {"decisions": {"id", "book", "bar"}, "intents": {"cid", "decision_id"}, "fills": {"id", "trade_id"}}
NAMING |= {"routes": {"decision_id", "symbol"}, "switches": {"decision_id", "position"}}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("explained")
    record(home, COUNT, SHORT)
    return home


@contextmanager
def _at_home(home: Path) -> Iterator[tuple[Desk, Journal, str]]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in (CALM | LATER | {"KEEL_HOME": str(home)}).items():
            patched.setenv(name, value)
        desk, journal = build_desk(), open_journal(journal_place(home))
        yield desk, journal, journal.books()[0]
        journal.engine.dispose()


@pytest.fixture(scope="module")
def whole(recorded: Path) -> Iterator[tuple[Desk, Journal, str]]:
    """As it was recorded; nobody alters it, or whoever does puts it back."""
    with _at_home(recorded) as found:
        yield found


@pytest.fixture(scope="module")
def rows(whole: tuple[Desk, Journal, str]) -> dict[str, list[Row]]:
    return whole[1].tables()


@pytest.fixture
def own(recorded: Path, tmp_path: Path) -> Iterator[tuple[Desk, Journal, str]]:
    """A copy that may be spoilt."""
    shutil.copytree(recorded, tmp_path / "home")
    with _at_home(tmp_path / "home") as found:
        yield found


def _every(found: Audit) -> list[Difference]:
    return [*found.differences, *(each for one in found.unequal for each in one.differences)]


def _require_equal(home: tuple[Desk, Journal, str], rows: dict[str, list[Row]]) -> int:
    """Everything in the home is made again to the bit; how many decisions and orders that were."""
    told: list[tuple[int, int]] = []
    found = audit(*home, None, lambda done, total: told.append((done, total)))
    assert found.equal, [str(one) for one in _every(found)][:5]
    said = json.loads(json.dumps(found.as_json()))
    assert said["decisions"] == said["sealed"] == len(rows["decisions"])
    assert said["orders"] == len(rows["intents"]) + len(rows["wire_orders"])
    assert (said["notes"], said["unequal"]) == ([], [])
    assert told[-1] == (len(rows["decisions"]), len(rows["decisions"]))
    return len(rows["decisions"]) + len(rows["intents"]) + len(rows["wire_orders"])


def test_a_session_comes_out_again_to_the_bit(whole: tuple[Desk, Journal, str], rows: dict[str, list[Row]]) -> None:
    assert _require_equal(whole, rows) >= 300
    assert {row["leg"] for row in rows["fills"]} >= {
        one.name for one in (Leg.ENTRY, Leg.ADD, Leg.EXIT, Leg.STOP, Leg.TARGET)
    }
    assert {row["kind"] for row in rows["risk_events"]} >= {"flow", "forced", "release", "trip"}
    assert len(rows["config_versions"]) == 2


@pytest.mark.slow
def test_a_thousand_decisions_and_orders_come_out_again_to_the_bit(tmp_path: Path) -> None:
    record(tmp_path, COUNT, BARS)
    with _at_home(tmp_path) as home:
        rows = home[1].tables()
        assert _require_equal(home, rows) >= 1000
    # Of everything that there is to be made again there was some.
    assert {row["leg"] for row in rows["fills"]} >= {
        one.name for one in (Leg.ENTRY, Leg.ADD, Leg.EXIT, Leg.STOP, Leg.TARGET)
    }
    assert {row["cause"] for row in rows["switches"]} == {one.name for one in Cause}
    assert {row["kind"] for row in rows["risk_events"]} >= {"flow", "forced", "release", "trip"}
    assert len(rows["config_versions"]) == 2
    assert any("xgboost=" in row["models"] for row in rows["decisions"])
    reasons = {one["reason"] for row in rows["decisions"] for one in json.loads(row["outcome"])["refused"]}
    assert {"REFUSED_STOPPED", "REFUSED_DATA", "REFUSED_NO_BAR"} <= reasons


def test_history_that_was_repaired_since_is_no_tampering(
    whole: tuple[Desk, Journal, str], rows: dict[str, list[Row]]
) -> None:
    desk, journal, _ = whole
    columns = desk.bars.columns(BBB)
    late = [
        (int(ts), int(known))
        for ts, known in zip(columns.bars.ts, columns.known_at, strict=True)
        if known > desk.closes(BBB, columns.bars.ts[columns.bars.ts == ts])[0]
    ]
    ((ts, known),) = late
    without = [row for row in rows["decisions"] if row["bar"] > ts and row["decided_at"] < known]
    assert len(without) >= 5
    seen = market_view(desk, BBB)
    now = float(seen.features.volatility[seen.bars.ts == without[-1]["bar"]][0])
    assert json.loads(without[-1]["inputs"])[BBB.symbol]["volatility"] != now, "the repair changed nothing"
    assert explain(desk, journal, without[-1]["id"]).verdict.equal


def test_an_order_is_found_by_whatever_names_it(whole: tuple[Desk, Journal, str], rows: dict[str, list[Row]]) -> None:
    desk, journal, _ = whole
    fill = rows["fills"][-1]
    order = next(row for row in rows["wire_orders"] if row["parent"] == fill["cid"])
    decision = next(row["decision_id"] for row in rows["intents"] if row["cid"] == fill["cid"])
    for name, kind in (
        (decision, "decision"),
        (fill["cid"], "order"),
        (order["cid"], "order at a venue"),
        (fill["trade_id"], "fill"),
        (fill["trade_id"][:-3], "fill"),
    ):
        found = explain(desk, journal, name)
        assert (found.kind, found.verdict.decision) == (kind, decision)
        said = json.loads(json.dumps(found.as_json()))
        assert said["recomputed"]["equal"]
        assert said["made_from"]["bars"].keys() == {str(one) for one in desk.book_series()}
        assert said["made_from"]["models"][BBB.symbol]["xgboost"]["files"].keys() == {"booster.ubj", "speaker.json"}
    with pytest.raises(BadInput, match=f"several things begin with .*{rows['decisions'][0]['id']}"):
        explain(desk, journal, decision[:6])
    for nothing in ("nobody", "", "%", "x" * 1000):
        with pytest.raises(BadInput, match="a1b2c3-20240131T2300"):
            explain(desk, journal, nothing)
    with pytest.raises(BadInput, match="give 1 or more"):
        audit(*whole, 0)


@contextmanager
def _plain(journal: Journal) -> Iterator[sqlite3.Connection]:
    """As somebody with the file: nothing holds them back."""
    journal.engine.dispose()
    with closing(sqlite3.connect(str(journal.engine.url.database), isolation_level=None)) as connection:
        yield connection


def _owner(rows: dict[str, list[Row]], table: str, row: Row) -> str:
    """The decision that wrote the row."""
    if table == "decisions":
        return str(row["id"])
    if table == "fills":
        return str(next(one["id"] for one in rows["decisions"] if one["bar"] >= row["filled_at"]))
    return str(row["decision_id"])


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1009
    if value is None:
        return "0.5"
    try:
        return repr(float(value) * 2.0 + 1.0)
    except ValueError:
        return f"{value}x"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_altered_value_is_named(
    whole: tuple[Desk, Journal, str], rows: dict[str, list[Row]], data: st.DataObject
) -> None:
    desk, journal, _ = whole
    table = data.draw(st.sampled_from(sorted(KEYS)))
    row = data.draw(st.sampled_from(rows[table]))
    column = data.draw(st.sampled_from(sorted(row.keys() - NAMING[table])))
    owner, where = _owner(rows, table, row), [name for name in row if name in NAMING[table]]
    key = [row[name] for name in where]
    change = f"UPDATE {table} SET {column} = ? WHERE " + " AND ".join(f"{name} = ?" for name in where)  # noqa: S608 - names of columns
    with _plain(journal) as connection:
        assert connection.execute(change, [_other(row[column]), *key]).rowcount == 1
    try:
        verdict = explain(desk, journal, owner).verdict
    finally:
        with _plain(journal) as connection:
            connection.execute(change, [row[column], *key])
    named = {(one.where, one.column) for one in verdict.differences if one.what is What.JOURNAL}
    assert (f"{table} {row[KEYS[table]]}", column) in named, verdict.differences
    assert str(_other(row[column]))[:100] in str(verdict.differences)


@pytest.mark.parametrize("table", sorted(KEYS))
def test_a_row_that_became_another_one_or_is_gone_is_named(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], table: str
) -> None:
    desk, journal, book = own
    row = rows[table][-3]
    where, columns = f"{table} {row[KEYS[table]]}", sorted(NAMING[table] - ({"id"} if table == "fills" else set()))
    chosen = f"SELECT rowid FROM {table} WHERE " + " AND ".join(f"{one} = ?" for one in columns)  # noqa: S608 - names
    with _plain(journal) as connection:
        (number,) = connection.execute(chosen, [row[one] for one in columns]).fetchone()

    def altered(change: str, *values: Any) -> list[Difference]:
        with _plain(journal) as connection:
            assert connection.execute(f"{change} WHERE rowid = ?", [*values, number]).rowcount == 1
        if table == "decisions":
            return _every(audit(desk, journal, book, 6))
        return list(explain(desk, journal, _owner(rows, table, row)).verdict.differences)

    for name in columns:
        found = altered(f"UPDATE {table} SET {name} = ?", _other(row[name]))  # noqa: S608
        altered(f"UPDATE {table} SET {name} = ?", row[name])  # noqa: S608
        assert any(one.where.startswith(where) for one in found) or name == "id", (name, found)
        assert found, name
    found = altered(f"DELETE FROM {table}")  # noqa: S608
    assert any(one.where.startswith(where) or "no longer has it" in one.why for one in found), found


def test_a_decision_that_was_taken_out_leaves_a_gap(own: tuple[Desk, Journal, str], rows: dict[str, list[Row]]) -> None:
    desk, journal, book = own
    ordering = {row["decision_id"] for row in rows["intents"]}
    gone, after = next(
        (one["id"], other["id"])
        for one, other in zip(rows["decisions"][-50:], rows["decisions"][-49:], strict=False)
        if one["id"] not in ordering
    )
    with _plain(journal) as connection:
        for table in ("decision_seals", "routes", "switches", "decisions"):
            name = "id" if table == "decisions" else "decision_id"
            connection.execute(f"DELETE FROM {table} WHERE {name} = ?", (gone,))  # noqa: S608
    found = [one for one in _every(audit(desk, journal, book, 60)) if one.where == f"decisions {after}"]
    assert any("gone" in one.why for one in found), found


@pytest.mark.parametrize("first", [0, -5])
def test_decisions_before_the_one_that_is_explained_are_missed(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], first: int
) -> None:
    desk, journal, book = own
    gone, after = [one["id"] for one in rows["decisions"][first : first + 2]], rows["decisions"][first + 2]["id"]
    with _plain(journal) as connection:
        _rid(connection, gone)
    missed = (f"decisions {after}", "the one before it in its book is gone")
    assert missed in [(one.where, one.why) for one in explain(desk, journal, after).verdict.differences]
    if first == 0:
        assert missed in [(one.where, one.why) for one in audit(desk, journal, book, None).differences]


def test_a_decision_whose_seal_was_left_is_missed_from_the_one_after_it(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]]
) -> None:
    desk, journal, _ = own
    gone, after = (row["id"] for row in rows["decisions"][-4:-2])
    with _plain(journal) as connection:
        connection.execute("DELETE FROM decisions WHERE id = ?", (gone,))
    found = explain(desk, journal, after).verdict.differences
    why = "it was sealed for this book, and the book no longer has it"
    assert (f"decisions {gone}", why) in [(one.where, one.why) for one in found]


def test_a_decision_that_is_gone_where_two_parts_of_an_audit_meet_is_missed(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, journal, book = own
    monkeypatch.setattr("tasks.session.explaining.running.AT_ONCE", 3)
    with _plain(journal) as connection:
        _rid(connection, [rows["decisions"][-4]["id"]])
    found = [(one.where, one.why) for one in audit(desk, journal, book, 6).differences]
    assert found.count((f"decisions {rows['decisions'][-3]['id']}", "the one before it in its book is gone")) == 1


def _rid(connection: sqlite3.Connection, names: list[str], kept: tuple[str, ...] = ()) -> None:
    """Decisions are taken out with all that goes with them, but for what is `kept`."""
    for name in names:
        for table in {"orders", "fills"} - set(kept):
            connection.execute(f"DELETE FROM {table} WHERE cid LIKE ? || '-%'", (name,))  # noqa: S608 - names
        for table in ("decision_seals", "routes", "switches", "intents"):
            connection.execute(f"DELETE FROM {table} WHERE decision_id = ?", (name,))  # noqa: S608
        connection.execute("DELETE FROM decisions WHERE id = ?", (name,))


def test_of_the_last_decisions_that_were_taken_out_the_orders_still_tell(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]]
) -> None:
    desk, journal, book = own
    order = next(row for row in reversed(rows["wire_orders"]) if row["role"] in ("entry", "add"))
    with _plain(journal) as connection:
        _rid(connection, [row["id"] for row in rows["decisions"] if row["decided_at"] >= order["decided_at"]])
    found = audit(desk, journal, book, 5).differences
    assert (f"wire_orders {order['cid']}", "the decision that wanted it is gone") in [
        (one.where, one.why) for one in found
    ]


@pytest.mark.parametrize("has_seals", [True, False])
def test_an_intent_that_nobody_took_in_is_named(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], has_seals: bool
) -> None:
    desk, journal, _ = own
    intent = next(row for row in reversed(rows["intents"][:-3]) if row["position"] == 0)
    cid = f"{intent['decision_id']}-7"
    forged = intent | {"cid": cid, "position": 7, "system": "long", "reason": "ENTER_ADOPTED"}
    order = next(row for row in rows["orders"] if row["cid"] == intent["cid"])
    with journal.engine.begin() as connection:
        connection.execute(metadata.tables["intents"].insert(), forged)
        connection.execute(metadata.tables["orders"].insert(), order | {"cid": cid, "status": "expired"})
        if not has_seals:
            connection.exec_driver_sql("DELETE FROM decision_seals")
    found = explain(desk, journal, intent["decision_id"]).verdict.differences
    whys = {one.why for one in found if one.where == f"intents {cid}"}
    by_seal = {"the row was not written with the decision"} if has_seals else set()
    assert whys == {"nothing of it comes out again"} | by_seal


@pytest.mark.parametrize("count", [1, 3])
def test_a_seal_that_is_gone_is_missed(own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], count: int) -> None:
    desk, journal, _ = own
    last = rows["decisions"][-count:]
    with _plain(journal) as connection:
        connection.executemany("DELETE FROM decision_seals WHERE decision_id = ?", [(one["id"],) for one in last])
    for one in last[:2]:
        found = explain(desk, journal, one["id"]).verdict.differences
        assert [each.where for each in found] == [f"decision_seals {one['id']}"]


ODD = {"made_from": ("[1]", "null", '{"actions": 3}'), "digests": ("[1]", '{"fills": "x"}'), "number": ("x",)}


@pytest.mark.parametrize(("column", "said"), [(column, one) for column, some in ODD.items() for one in some])
def test_a_seal_of_another_shape_stops_no_audit(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], column: str, said: str
) -> None:
    desk, journal, book = own
    name = rows["decision_seals"][-4]["decision_id"]
    with _plain(journal) as connection:
        connection.execute(f"UPDATE decision_seals SET {column} = ? WHERE decision_id = ?", (said, name))  # noqa: S608
    assert f"decision_seals {name}" in {one.where for one in _every(audit(desk, journal, book, 6))}


def test_a_bar_that_is_no_moment_is_named(own: tuple[Desk, Journal, str], rows: dict[str, list[Row]]) -> None:
    desk, journal, book = own
    with _plain(journal) as connection:
        connection.execute("UPDATE decisions SET bar = 'x' WHERE id = ?", (rows["decisions"][-4]["id"],))
    with pytest.raises(Damaged, match=f"{rows['decisions'][-4]['id']} bar: found 'x'"):
        audit(desk, journal, book, 6)


def test_each_route_counts_once(
    whole: tuple[Desk, Journal, str], rows: dict[str, list[Row]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, journal, _ = whole
    heard: list[list[tuple[str, str]]] = []

    def listen(_again: object, _now: object, before: list[Row]) -> Iterator[Difference]:
        heard.append([(one["decision_id"], one["symbol"]) for one in before])
        yield from ()

    monkeypatch.setattr("tasks.session.explaining.running.rerouted", listen)
    explain(desk, journal, rows["decisions"][-2]["id"])
    ((*before,),) = heard
    assert sorted(before) == sorted((rows["decisions"][-3]["id"], row["symbol"]) for row in rows["routes"][-2:])


def test_it_is_the_same_in_a_database(
    recorded: Path, whole: tuple[Desk, Journal, str], rows: dict[str, list[Row]], tmp_path: Path
) -> None:
    desk, _, book = whole
    with place_of("postgresql", tmp_path) as place:
        journal = open_journal(place)
        with journal.engine.begin() as connection:
            for table in metadata.sorted_tables:
                if rows.get(table.name):
                    connection.execute(table.insert(), rows[table.name])
        found = audit(desk, journal, book, 30)
        assert found.equal, _every(found)[:3]
        intent = rows["intents"][-1]
        with journal.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE intents SET price = '1.5' WHERE cid = %s", (intent["cid"],))
        said = explain(desk, journal, intent["cid"]).verdict.differences
        assert {(one.where, one.column) for one in said} == {(f"intents {intent['cid']}", "price")}
        journal.engine.dispose()


@pytest.mark.parametrize("column", ["made_from", "digests", "previous", "sha256"])
def test_a_seal_that_was_altered_is_named(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], column: str
) -> None:
    desk, journal, _ = own
    row = rows["decision_seals"][-20]
    with _plain(journal) as connection:
        # Hashes of a run's own times: one may have no zero.
        altered = f"replace({column}, '0', '1')" if row[column].startswith("{") else "'0'"
        change = f"UPDATE decision_seals SET {column} = {altered} WHERE decision_id = ?"  # noqa: S608
        connection.execute(change, (row["decision_id"],))
    found = explain(desk, journal, row["decision_id"]).verdict.differences
    assert any(one.where == f"decision_seals {row['decision_id']}" for one in found), found


def test_whoever_seals_again_what_was_altered_is_found_by_what_comes_out(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]]
) -> None:
    desk, journal, _ = own
    intent = next(row for row in reversed(rows["intents"]) if row["reason"] == "ENTER_EDGE")
    seal = next(row for row in rows["decision_seals"] if row["decision_id"] == intent["decision_id"])
    digests = json.loads(seal["digests"])
    digests["intents"][intent["cid"]]["quantity"] = digest("0.125")
    forged = seal | {"digests": json.dumps(digests, separators=(",", ":"))}
    with _plain(journal) as connection:
        connection.execute("UPDATE intents SET quantity = '0.125' WHERE cid = ?", (intent["cid"],))
        connection.execute(
            "UPDATE decision_seals SET digests = ?, sha256 = ? WHERE decision_id = ?",
            (forged["digests"], sha256_of_seal(forged), seal["decision_id"]),
        )
    found = explain(desk, journal, intent["cid"]).verdict.differences
    (one,) = [one for one in found if one.where == f"intents {intent['cid']}"]
    assert (one.column, one.found, one.recomputed) == ("quantity", "0.125", intent["quantity"])
    # And the seal behind it no longer follows.
    assert any(one.where.startswith("decision_seals") and one.column == "previous" for one in found)


def test_decisions_of_before_are_made_again_without_a_seal(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]]
) -> None:
    desk, journal, book = own
    with _plain(journal) as connection:
        connection.execute("DELETE FROM decision_seals")
    found = audit(desk, journal, book, 120)
    assert found.equal, _every(found)[:3]
    assert found.as_json()["sealed"] == 0
    assert "an older Keel made it" in str(found.as_json()["notes"])
    assert explain(desk, journal, rows["decisions"][-1]["id"]).made_from is None
    with _plain(journal) as connection:
        name = rows["intents"][-1]["cid"]
        connection.execute("UPDATE intents SET quantity = '0.125' WHERE cid = ?", (name,))
    found_now = explain(desk, journal, name).verdict.differences
    assert [(one.where, one.column) for one in found_now if one.where.startswith("intents")] == [
        (f"intents {name}", "quantity")
    ]


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def _rewrite(dataset: Dataset, column: str, row: int = -300) -> str:
    """One value of a dataset changed, with a manifest that fits; the period."""
    part = dataset.manifest().parts[-1]
    table = dataset.read_part(part)
    values = table[column].to_pylist()
    values[row] = values[row] * 1.001 + 1e-9
    with dataset.lock():
        dataset.replace({part.period: table.set_column(table.column_names.index(column), column, [values])})
    assert pc.sum(table[column]) is not None
    return part.period


def _bars(desk: Desk) -> str:
    return _rewrite(desk.bars.dataset(BBB), "close")


def _words(desk: Desk) -> str:
    (version,) = desk.predictions.versions(BBB, "xgboost")
    _rewrite(desk.predictions._dataset(BBB, "xgboost", version), "edge_bps")
    return version


def _features(desk: Desk) -> str:
    version, store = market_view(desk, BBB).feature_version, FeatureStore(desk.lake)
    assert version is not None
    _rewrite(store._dataset(BBB, version, declaration_of(desk, BBB)), "volatility")
    return version[:16]


def _newest(desk: Desk, kind: str) -> Path:
    """The part that was written last: older ones may be of no manifest any more."""
    return max(desk.lake.folder(kind, BBB).rglob("*.parquet"), key=lambda one: one.stat().st_mtime_ns)


def _flipped(kind: str) -> Callable[[Desk], str]:
    def flip(desk: Desk) -> str:
        if kind == "features":
            market_view(desk, BBB)
        path = _newest(desk, kind)
        _flip(path)
        return str(path)

    return flip


def _model(desk: Desk) -> str:
    path = next((desk.home / "state" / "models").rglob("symbol=BBB*/*/xgboost/*/booster.ubj"))
    _flip(path)
    return str(path)


FILES: dict[str, tuple[What, Callable[[Desk], str]]] = {
    "a part of the bars": (What.BARS, _flipped("bars")),
    "bars, with a manifest that fits": (What.BARS, _bars),
    "a part of the features": (What.FEATURES, _flipped("features")),
    "features, with a manifest that fits": (What.FEATURES, _features),
    "a part of the words": (What.WORDS, _flipped("predictions")),
    "words, with a manifest that fits": (What.WORDS, _words),
    "a file of a model": (What.MODEL, _model),
}


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_named(own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], name: str) -> None:
    desk, _, book = own
    what, alter = FILES[name]
    said = alter(desk)
    with _at_home(desk.home) as (fresh, again, _):
        found = [one for one in _every(audit(fresh, again, book, 5)) if one.what is what]
    assert any(said in f"{one.where} {one.why}" for one in found), (said, found)
    assert "symbol=BBB" in str(found)


def test_what_keeps_files_from_being_held_against_bars_is_named(
    whole: tuple[Desk, Journal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_desk: Desk, series: Series) -> None:
        raise BadInput(f"the index beside {series} is gone")

    monkeypatch.setattr("tasks.session.explaining.running.view_of", fail)
    found = audit(*whole, 1).differences
    assert [one.what for one in found] == [What.FEATURES for _ in whole[0].book_series()]
    assert f"the index beside {BBB} is gone" in str(found[1])


def test_the_files_are_those_of_the_book_that_is_explained(
    whole: tuple[Desk, Journal, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Series] = []
    monkeypatch.setattr(
        "tasks.session.explaining.running.damaged_files", lambda _desk, series: heard.append(series) or iter(())
    )
    desk, journal, book = whole
    monkeypatch.setenv("KEEL_TRADING__SYMBOLS", '["AAA/USDT"]')
    other = build_desk()
    assert BBB not in other.book_series()
    assert audit(other, journal, book, 1).equal
    assert heard == [*desk.book_series()]


def test_a_book_is_asked_once_for_its_broker(whole: tuple[Desk, Journal, str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        "tasks.session.explaining.recomputing.usual_broker", lambda _engine, book: asked.append(book) or "paper"
    )
    audit(*whole, 3)
    assert asked == [whole[2]]


def test_a_decision_that_is_written_meanwhile_is_no_difference(
    own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest decision's orders are open; while it is looked at the next one is written, and closes them."""
    desk, journal, _ = own
    ordering = {row["decision_id"] for row in rows["intents"]}
    names = [row["id"] for row in rows["decisions"]]
    newest = max(k for k, name in enumerate(names[:-1]) if name in ordering)
    whole, looks = tmp_path / "whole.sqlite", list[int]()
    with _plain(journal) as connection, closing(sqlite3.connect(whole)) as kept:
        connection.backup(kept)
        _rid(connection, names[newest + 1 :])
    ask = GivenOrders.of

    def of(given: GivenOrders, parents: list[str]) -> Any:
        if not looks:
            with _plain(journal) as connection, closing(sqlite3.connect(whole)) as kept:
                kept.backup(connection)
        looks.append(1)
        return ask(given, parents)

    monkeypatch.setattr(GivenOrders, "of", of)
    assert explain(desk, journal, names[newest]).verdict.differences == ()
    assert len(looks) == 2


@pytest.mark.parametrize(("moves", "looks"), [(True, 3), (False, 1)])
def test_what_differs_is_looked_at_again_only_while_the_book_decides(
    whole: tuple[Desk, Journal, str], monkeypatch: pytest.MonkeyPatch, moves: bool, looks: int
) -> None:
    every, looked = Seals(whole[1].engine).bars(whole[2]), list[int]()
    unequal = Audit(whole[2], (), (Difference(What.ORDER, "orders", "", None, None, "it is another one"),))

    def bars(_seals: Seals, _book: str) -> list[int]:
        return [*every, every[-1] + len(looked)] if moves else every

    monkeypatch.setattr(Seals, "bars", bars)
    monkeypatch.setattr("tasks.session.explaining.running._looked", lambda *_: looked.append(1) or unequal)
    assert audit(*whole, 1) == unequal
    assert len(looked) == looks


ORDERS = {
    "UPDATE wire_orders SET filled = '0.5' WHERE cid = ?": "wire_orders",
    "UPDATE order_events SET detail = replace(detail, '1', '2') WHERE cid = ?": "order_events",
    "UPDATE orders SET status = 'expired' WHERE cid || '-1' = ?": "orders",
    "UPDATE orders SET status = 'open' WHERE cid || '-1' = ?": "orders",
    "UPDATE orders SET placed_at = 5 WHERE cid || '-1' = ?": "orders",
    "UPDATE orders SET broker = 'binance' WHERE cid || '-1' = ?": "orders",
    "DELETE FROM orders WHERE cid || '-1' = ?": "orders",
}


@pytest.mark.parametrize("statement", ORDERS)
def test_an_altered_order_is_named(own: tuple[Desk, Journal, str], rows: dict[str, list[Row]], statement: str) -> None:
    desk, journal, _ = own
    order = next(row for row in reversed(rows["wire_orders"][:-3]) if row["state"] == "filled")
    with _plain(journal) as connection:
        assert connection.execute(statement, (order["cid"],)).rowcount > 0
    found = explain(desk, journal, order["parent"]).verdict.differences
    assert any(order["parent"] in f"{one.where} {one.why}" or "event" in one.why for one in found), found


def test_the_command_says_it_to_people_and_to_scripts(
    recorded: Path,
    rows: dict[str, list[Row]],
    keel: Callable[..., Any],
    keel_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(recorded, keel_home)
    for name, value in (CALM | LATER).items():
        monkeypatch.setenv(name, value)
    cid = rows["fills"][-1]["cid"]
    told = keel("explain", cid)
    assert told.code == 0, told.err
    assert "equal to the bit" in told.out
    assert "momentum" in told.out
    said = keel("explain", cid, "--json").json
    assert (said["asked"], said["kind"], said["recomputed"]["equal"]) == (cid, "order", True)
    few = keel("explain", "--last", "3", "--json")
    assert (few.code, few.json["decisions"], few.json["equal"]) == (0, 3, True)
    assert keel("explain", "nobody", "--json").json["exit_code"] == 2
    for wrong in ((), (cid, "--all"), ("--last", "3", "--all"), ("--last", "0")):
        assert keel("explain", *wrong).code == 2, wrong
    with closing(sqlite3.connect(journal_place(keel_home).file)) as connection:
        connection.execute("UPDATE intents SET price = '1.5' WHERE cid = ?", (cid,))
        connection.execute("UPDATE decisions SET outcome = 'x' WHERE id = ?", (rows["decisions"][-1]["id"],))
        connection.commit()
    told = keel("explain", cid)
    assert (told.code, f"intents {cid}" in told.out, "price" in told.out) == (1, True, True)
    told = keel("explain", rows["decisions"][-1]["id"])
    assert (told.code, "cannot be read" in told.out, "outcome" in told.out) == (1, True, True)
    sealed = rows["decisions"][-4]["id"]
    for shape in ('{"actions": 3}', '{"keel": 5, "bars": {"x": 1}}'):
        with closing(sqlite3.connect(journal_place(keel_home).file)) as connection:
            connection.execute("UPDATE decision_seals SET made_from = ? WHERE decision_id = ?", (shape, sealed))
            connection.commit()
        told = keel("explain", sealed)
        assert (told.code, f"decision_seals {sealed}" in " ".join(told.out.split())) == (1, True), told.err
    every = keel("explain", "--last", "3", "--json")
    assert (every.code, every.json["equal"], len(every.json["unequal"])) == (1, False, 1)
