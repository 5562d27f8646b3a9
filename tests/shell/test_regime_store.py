"""The regime history in the lake: rows that stand once they are stored, a new version for history that was changed."""

import os
from dataclasses import replace

import numpy as np
import pytest

from data.catalogue import create_views, refresh_catalogue
from data.journal import open_journal
from data.lake import Lake
from data.regimes import CODES, FIGURES, Detection, RegimeRows, RegimeStore, Stored
from data.verify import verify_lake
from models.types import BadInput, Damaged, Series
from models.types.timeframes import HOUR
from tasks.bootstrap import build_desk, journal_place
from tasks.session.queries import run_query

SERIES = Series("binance", "BTC/USDT", "1h")
RULES = Detection("rules", "1d", "1h", 35.0)
START = 1_577_750_400_000_000  # 2019-12-31: two periods
COUNT = 80


def history(count=COUNT, start=START):
    """`count` rows; a row's content depends on its time alone."""
    ts = start + np.arange(count, dtype=np.int64) * HOUR
    at = ts // HOUR
    codes = {name: at // step % 4 for name, step in zip(CODES, (11, 3, 17, 5, 13, 7), strict=True)}
    figures = {name: np.where(at % 17 == k, np.nan, at / (k + 3.0)) for k, name in enumerate(FIGURES)}
    return RegimeRows(ts, ts + HOUR, codes, figures)


def same(left, right):
    pairs = [(left.ts, right.ts), (left.known_at, right.known_at)]
    pairs += [(left.codes[name], right.codes[name]) for name in CODES]
    pairs += [(left.figures[name], right.figures[name]) for name in FIGURES]
    return all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)


def changed(rows, column, row, by):
    """The rows with one cell that reads otherwise."""
    kind = next((kind for kind in ("codes", "figures") if column in getattr(rows, kind)), None)
    cells = (getattr(rows, column) if kind is None else getattr(rows, kind)[column]).copy()
    cells[row] = by
    if kind is None:
        return replace(rows, **{column: cells})
    return replace(rows, **{kind: getattr(rows, kind) | {column: cells}})


def files(store):
    return {path: path.read_bytes() for path in store.lake.root.rglob("*") if path.is_file() and path.name != ".lock"}


def parts(store, version="*"):
    return sorted(store.lake.root.rglob(f"version={version}/period=*/*.parquet"))


@pytest.fixture
def store(tmp_path):
    return RegimeStore(Lake(tmp_path / "lake"))


def test_what_is_stored_is_read(store):
    assert store.extend(SERIES, RULES, history()) == Stored(1, COUNT, COUNT)
    assert same(store.read(SERIES, RULES), history())
    assert len(parts(store)) == 2


def test_the_same_again_changes_no_byte(store):
    store.extend(SERIES, RULES, history())
    before = files(store)
    assert store.extend(SERIES, RULES, history()) == Stored(1, COUNT, 0)
    assert files(store) == before


@pytest.mark.parametrize("count", [1, 23, 24, 25, 79])
def test_appended_bars_leave_the_stored_rows_as_they_are(store, count):
    store.extend(SERIES, RULES, history(count))
    before = store.read(SERIES, RULES)
    assert store.extend(SERIES, RULES, history()) == Stored(1, COUNT, COUNT - count)
    assert same(before, history(count))
    assert same(store.read(SERIES, RULES), history())
    assert store.versions(SERIES, RULES) == [1]


def test_rows_can_be_chosen():
    chosen = history().rows(np.array([3, 40, 41]))
    assert same(chosen.rows(np.array([1])), history(1, START + 40 * HOUR))
    assert chosen.known_at.tolist() == [START + row * HOUR for row in (4, 41, 42)]


def test_a_period_that_does_not_grow_keeps_its_file(store):
    store.extend(SERIES, RULES, history(40))  # 24 of 2019, 16 of 2020
    kept = [path for path in parts(store) if "period=2019" in str(path)]
    store.extend(SERIES, RULES, history())
    assert [path for path in parts(store) if "period=2019" in str(path)] == kept


def test_a_series_that_has_become_shorter_takes_nothing_away(store):
    store.extend(SERIES, RULES, history())
    before = files(store)
    assert store.extend(SERIES, RULES, history(30)) == Stored(1, COUNT, 0)
    assert files(store) == before


@pytest.mark.parametrize(
    ("column", "by"),
    [
        ("ts", START + 17),
        ("known_at", START),
        *((name, 9) for name in CODES),
        *((name, -1.0) for name in FIGURES),
    ],
)
@pytest.mark.parametrize("row", [0, 59])
def test_repaired_history_begins_a_new_version_and_the_old_one_stays(store, column, by, row):
    store.extend(SERIES, RULES, history(60))
    before = files(store)
    repaired = changed(history(), column, row, by if column != "ts" else by + row * HOUR)
    assert store.extend(SERIES, RULES, repaired) == Stored(2, COUNT, COUNT)
    assert same(store.read(SERIES, RULES, 1), history(60))
    assert same(store.read(SERIES, RULES), repaired)
    assert before.items() <= files(store).items()


def test_the_last_bit_of_a_figure_counts_and_so_does_the_sign_of_nothing(store):
    store.extend(SERIES, RULES, history())
    after = float(np.nextafter(history().figures["confidence"][7], 1e9))
    assert store.extend(SERIES, RULES, changed(history(), "confidence", 7, after)).version == 2
    zero = changed(history(), "gap_trigger", 7, 0.0)
    assert store.extend(SERIES, RULES, zero).version == 3
    assert store.extend(SERIES, RULES, changed(history(), "gap_trigger", 7, -0.0)).version == 4


def test_history_that_reaches_further_back_is_a_new_version(store):
    store.extend(SERIES, RULES, history())
    assert store.extend(SERIES, RULES, history(COUNT + 5, START - 5 * HOUR)).version == 2


def test_a_repair_that_is_taken_back_is_a_third_version(store):
    store.extend(SERIES, RULES, history(60))
    store.extend(SERIES, RULES, changed(history(60), "raw", 3, 9))
    assert store.extend(SERIES, RULES, history()) == Stored(3, COUNT, COUNT)
    assert same(store.read(SERIES, RULES), history())


def test_versions_are_in_the_order_of_their_numbers(store):
    for k in range(11):
        store.extend(SERIES, RULES, changed(history(3), "confidence", 0, 0.5 + k / 64))
    assert store.versions(SERIES, RULES) == list(range(1, 12))
    assert store.read(SERIES, RULES).figures["confidence"][0] == 0.5 + 10 / 64


@pytest.mark.parametrize(
    "other",
    [
        Detection("hmm", "1d", "1h", 35.0),
        Detection("rules", "4h", "1h", 35.0),
        Detection("rules", "1d", "4h", 35.0),
        Detection("rules", "1d", "1h", 36.0),
        Detection("rules", "1d", "1h", 35.0000001),
    ],
)
def test_every_detection_has_a_history_of_its_own(store, other):
    store.extend(SERIES, RULES, history(60))
    assert store.extend(SERIES, other, history()) == Stored(1, COUNT, COUNT)
    assert store.read(SERIES, RULES).ts.size == 60
    assert store.read(SERIES, other).ts.size == COUNT


def test_nothing_to_store_leaves_nothing(store):
    assert store.extend(SERIES, RULES, history(0)) == Stored(1, 0, 0)
    assert not files(store)


def test_what_is_not_there_is_said(store):
    with pytest.raises(BadInput, match="no regime history of binance BTC/USDT 1h by rules; its versions are none yet"):
        store.read(SERIES, RULES)
    store.extend(SERIES, RULES, history())
    with pytest.raises(BadInput, match=r"no regime history 2 of .* its versions are 1"):
        store.read(SERIES, RULES, 2)


@pytest.mark.parametrize("harm", ["a flipped byte", "a lost part", "a changed manifest", "a lost manifest"])
def test_damage_is_noticed_by_reading_extending_and_verifying(store, harm):
    store.extend(SERIES, RULES, history(60))
    part, manifest = parts(store)[0], next(store.lake.root.rglob("manifest.json"))
    if harm == "a flipped byte":
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 1
        part.write_bytes(content)
    elif harm == "a lost part":
        part.unlink()
    elif harm == "a changed manifest":
        manifest.write_text(manifest.read_text().replace('"rows": 24', '"rows": 23'))
    else:
        manifest.unlink()
    with pytest.raises(Damaged):
        store.read(SERIES, RULES)
    with pytest.raises(Damaged):
        store.extend(SERIES, RULES, history())
    assert verify_lake(store.lake, lambda _: None).damaged


def test_a_killed_writer_leaves_the_rows_that_were_there(store, monkeypatch):
    store.extend(SERIES, RULES, history(60))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("data.dataset.write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            store.extend(SERIES, RULES, history())
    assert same(store.read(SERIES, RULES), history(60))
    assert store.extend(SERIES, RULES, history()) == Stored(1, COUNT, 20)
    assert same(store.read(SERIES, RULES), history())


def test_sql_sees_names_numbers_and_every_version(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    desk = build_desk()
    store, journal = RegimeStore(desk.lake), open_journal(journal_place(desk.home))
    none = run_query(desk, journal, "SELECT label, version, crisis_index FROM regimes")
    assert none.rows == []
    store.extend(SERIES, RULES, history(60))
    store.extend(SERIES, RULES, changed(history(), "label", 3, 3))
    store.extend(SERIES, replace(RULES, detector="hmm"), history(9))
    counted = (
        "SELECT detector, version, count(*), min(epoch_us(ts)), max(epoch_us(known_at)) FROM regimes GROUP BY ALL "
    )
    assert run_query(desk, journal, counted + "ORDER BY ALL").rows == [
        ("hmm", 1, 9, START, START + 9 * HOUR),
        ("rules", 1, 60, START, START + 60 * HOUR),
        ("rules", 2, COUNT, START, START + COUNT * HOUR),
    ]
    names = ("volatile", "trending", "ranging", "crisis")
    wanted = [names[code] for code in history().codes["label"]]
    told = run_query(desk, journal, "SELECT label FROM regimes WHERE version = 1 AND detector = 'rules' ORDER BY ts")
    assert [row[0] for row in told.rows] == wanted[:60]
    others = "SELECT raw, context_label, trigger_label, crisis_index, symbol, context_timeframe, trigger_timeframe "
    (row,) = run_query(desk, journal, others + "FROM regimes WHERE version = 2 ORDER BY ts LIMIT 1").rows
    codes = [history().codes[name][0] for name in ("raw", "context_label", "trigger_label")]
    assert row == (*(names[code] for code in codes), 35.0, "BTC/USDT", "1d", "1h")
    (row,) = run_query(
        desk,
        journal,
        "SELECT COLUMNS('confidence$|_context$|_trigger$') FROM regimes WHERE version = 2 ORDER BY ts LIMIT 1",
    ).rows
    assert np.array_equal(row, [history().figures[name][0] for name in FIGURES], equal_nan=True)


def test_a_damaged_part_is_left_out_of_sql_and_said(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEL_HOME", str(tmp_path))
    desk = build_desk()
    store, journal = RegimeStore(desk.lake), open_journal(journal_place(desk.home))
    store.extend(SERIES, RULES, history(60))
    part = parts(store)[0]
    part.write_bytes(part.read_bytes()[:-20] + os.urandom(20))
    answer = run_query(desk, journal, "SELECT count(*) FROM regimes")
    assert answer.rows == [(36,)]
    assert [str(part) in one for one in answer.left_out] == [True]


def test_any_client_finds_it_in_the_catalogue(store):
    import duckdb

    store.extend(SERIES, RULES, history())
    with duckdb.connect(str(refresh_catalogue(store.lake)), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM regimes WHERE label IS NOT NULL").fetchone() == (COUNT,)
    with duckdb.connect() as connection:
        assert create_views(connection, store.lake)["regimes"] == []
