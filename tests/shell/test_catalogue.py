"""SQL over the lake: for any DuckDB client through the catalogue, and through `keel sql`, which never writes."""

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from lakes import NEIGHBOURS, make_store, merge
from power import PowerLost, power_until

from conf.home import PROJECT
from data.bars import BarStore
from data.catalogue import CATALOGUE, CHECKSUM, catalogue_damage, refresh_catalogue
from data.journal import open_journal
from data.journal.tables import metadata
from data.lake import Lake
from models.types import Bars, Series

BTC = Series("binance", "BTC/USDT", "1h")
SPX = Series("sample", "^GSPC", "1d")
Make = Callable[..., Bars]


@pytest.fixture
def store(keel_home: Path, bars: Make) -> BarStore:
    """A lake with two series in a folder, and a catalogue."""
    store = make_store(keel_home / "lake")
    merge(store, BTC, bars(48))
    merge(store, SPX, bars(5, step=86_400_000_000))
    refresh_catalogue(store.lake)
    return store


def _ask(store: BarStore, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(store.lake.root / "catalogue.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_another_process_sees_the_bars_read_only(store: BarStore) -> None:
    code = (
        "import duckdb, sys; connection = duckdb.connect(sys.argv[1], read_only=True); "
        "print(connection.execute('SELECT venue, symbol, timeframe, count(*), min(epoch_us(ts)), sum(close) FROM bars "
        "GROUP BY ALL ORDER BY ALL').fetchall())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(store.lake.root / "catalogue.duckdb")],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = [
        (s.venue, s.symbol, s.timeframe, len(b), int(b.ts[0]), float(b.close.sum()))
        for s, b in ((s, store.read(s)) for s in (BTC, SPX))
    ]
    assert (run.stderr, run.stdout.strip()) == ("", repr(expected))


def test_symbols_come_back_as_they_were_written(store: BarStore) -> None:
    assert _ask(store, "SELECT DISTINCT symbol FROM bars ORDER BY 1") == [("BTC/USDT",), ("^GSPC",)]
    assert _ask(store, "SELECT count(*) FROM bars WHERE symbol = 'BTC/USDT' AND venue = 'binance'") == [(48,)]


def test_a_symbol_of_digits_is_text(keel_home: Path, bars: Make) -> None:
    store = make_store(keel_home / "lake")
    merge(store, Series("alpaca", "600519", "1d"), bars(2, step=86_400_000_000))
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT DISTINCT symbol FROM bars") == [("600519",)]


def test_what_nobody_made_yet_is_an_empty_view(keel_home: Path) -> None:
    lake = Lake(keel_home / "lake")
    (keel_home / "lake").mkdir(parents=True)
    refresh_catalogue(lake)
    store = make_store(keel_home / "lake")
    assert _ask(store, "SELECT * FROM bars") == []
    assert _ask(store, "SELECT model, fold FROM predictions") == []


def test_the_catalogue_follows_the_lake_and_stays_when_nothing_changed(store: BarStore, bars: Make) -> None:
    path = store.lake.root / "catalogue.duckdb"
    before = path.read_bytes()
    refresh_catalogue(store.lake)
    assert path.read_bytes() == before
    merge(store, BTC, bars(50))
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT count(*) FROM bars WHERE venue = 'binance'") == [(50,)]
    path.write_bytes(b"no database any more")
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT count(*) FROM bars") == [(55,)]


def test_a_client_that_has_the_catalogue_open_does_not_stop_an_import(store: BarStore, bars: Make) -> None:
    with duckdb.connect(str(store.lake.root / "catalogue.duckdb"), read_only=True) as connection:
        merge(store, BTC, bars(60))
        refresh_catalogue(store.lake)
        assert connection.execute("SELECT count(*) FROM bars").fetchall() == [(53,)]  # its own state, still whole
    assert _ask(store, "SELECT count(*) FROM bars") == [(65,)]


@pytest.mark.parametrize("damage", ["missing", "truncated"])
def test_a_damaged_part_is_a_sentence_with_its_name(damage: str, store: BarStore, keel: Callable[..., Any]) -> None:
    part = store.dataset(BTC).folder / store.dataset(BTC).manifest().parts[0].path
    content = part.read_bytes()
    part.unlink()
    if damage == "truncated":
        part.write_bytes(content[:100])
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT DISTINCT symbol FROM bars") == [("^GSPC",)]
    outcome = keel("sql", "SELECT DISTINCT symbol FROM bars", "--json")
    assert (outcome.code, outcome.json["rows"]) == (1, [["^GSPC"]])
    assert part.name in outcome.json["left_out"][0]
    assert part.name in outcome.sentence
    assert keel("sql", "SELECT count(*) FROM decisions", "--json").code == 0


def test_a_flipped_bit_gives_no_wrong_figure(store: BarStore, keel: Callable[..., Any]) -> None:
    part = store.dataset(BTC).folder / store.dataset(BTC).manifest().parts[0].path
    content = bytearray(part.read_bytes())
    for at in range(40, len(content) - 200, 97):
        spoilt = content.copy()
        spoilt[at] ^= 2
        part.write_bytes(spoilt)
        outcome = keel("sql", "SELECT sum(close) FROM bars WHERE symbol = 'BTC/USDT'", "--json")
        assert (outcome.code, outcome.json["rows"], len(outcome.json["left_out"])) == (1, [[None]], 1)


@pytest.mark.parametrize("odd", ["it's", "a b", "a[1]b", "a*b", "ü", "a%20b", "a#b"])
def test_a_home_of_any_name_works(odd: str, tmp_path: Path, bars: Make) -> None:
    store = make_store(tmp_path / odd / "lake")
    merge(store, BTC, bars(3))
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT count(*), any_value(symbol) FROM bars") == [(3, "BTC/USDT")]


def test_keel_sql_gives_rows_as_json(store: BarStore, keel: Callable[..., Any]) -> None:
    outcome = keel("sql", "SELECT symbol, min(ts) AS first, sum(volume) AS v FROM bars GROUP BY 1 ORDER BY 1", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.json["columns"] == ["symbol", "first", "v"]
    assert outcome.json["rows"][0] == ["BTC/USDT", "2020-01-01 00:00:00+00:00", float(store.read(BTC).volume.sum())]


def test_times_are_utc_wherever_the_machine_is(
    store: BarStore, keel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    told = keel("sql", "SELECT DISTINCT date_trunc('day', ts) FROM bars WHERE venue = 'sample' ORDER BY 1", "--json")
    assert [row[0][:19] for row in told.json["rows"]] == [f"2020-01-0{day} 00:00:00" for day in range(1, 6)]


def test_figures_that_json_lacks_are_null(store: BarStore, keel: Callable[..., Any]) -> None:
    told = keel("sql", "SELECT 'nan'::DOUBLE AS a, [1.5, '-inf'::DOUBLE] AS b, {'c': 'inf'::FLOAT} AS d", "--json")
    assert told.json["rows"] == [[None, [1.5, None], {"c": None}]]


def test_brackets_in_a_cell_are_text(store: BarStore, keel: Callable[..., Any]) -> None:
    outcome = keel("sql", "SELECT '[/bold] [red]' AS cell")
    assert outcome.code == 0
    assert "[/bold] [red]" in outcome.out


def test_the_journal_is_there_as_tables(store: BarStore, keel: Callable[..., Any], keel_home: Path) -> None:
    open_journal(keel_home / "state" / "journal.sqlite").raise_alert("key", "warning", "what happened", 7)
    told = keel("sql", "SELECT key, raised_at, delivered_at FROM alerts_outbox", "--json").json
    assert told["rows"] == [["key", 7, None]]
    for table in metadata.sorted_tables:
        columns = keel("sql", f"FROM {table.name}", "--json").json["columns"]
        assert columns == [column.name for column in table.columns]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("INSERT INTO orders VALUES ('a', 'b', 'c', 1)", "one SELECT"),
        ("UPDATE alerts_outbox SET text = ''", "one SELECT"),
        ("DELETE FROM decisions", "one SELECT"),
        ("DROP VIEW bars", "one SELECT"),
        ("CREATE TABLE mine AS SELECT 1", "one SELECT"),
        ("COPY bars TO '{lake}/out.csv'", "one SELECT"),
        ("ATTACH '{lake}/other.duckdb' AS other", "one SELECT"),
        ("INSTALL httpfs", "one SELECT"),
        ("SET enable_external_access = true", "one SELECT"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("SELECT 1; DROP VIEW bars", "one SELECT"),
        ("", "one SELECT"),
        ("SELEKT 1", "syntax error"),
        ("SELECT * FROM nowhere", "nowhere"),
        ("SELECT content FROM read_text('{home}/secret.txt')", "disabled"),
        ("SELECT content FROM read_text('{lake}/../secret.txt')", "disabled"),
        ("SELECT content FROM read_text('{lake}2/secret.txt')", "disabled"),
        ("SELECT * FROM read_csv('{home}/secret.txt')", "disabled"),
        ("SELECT * FROM glob('{home}/*')", "disabled"),
        ("SELECT * FROM '{home}/secret.txt'", "secret.txt"),
        ("SELECT * FROM sqlite_scan('{home}/state/journal.sqlite', 'orders')", "sqlite_scan"),
    ],
)
def test_keel_sql_refuses_everything_else(
    sql: str, said: str, store: BarStore, keel: Callable[..., Any], keel_home: Path, lake_hash: Callable[[], str]
) -> None:
    for folder in (keel_home, keel_home / "lake2"):
        folder.mkdir(exist_ok=True)
        (folder / "secret.txt").write_text("canary")
    before = lake_hash()
    outcome = keel("sql", sql.format(home=keel_home, lake=store.lake.root), "--json")
    assert outcome.code == 2, outcome.err
    assert said in str(outcome.json["error"])
    assert "canary" not in outcome.out + outcome.err
    assert "Traceback" not in outcome.err
    assert lake_hash() == before


def test_a_suspect_is_in_quarantine_and_not_among_the_bars(keel_home: Path, bars: Make) -> None:
    store = make_store(keel_home / "lake", NEIGHBOURS)
    batch = bars(20)
    close = np.full(20, 100.0)
    close[7] = 300.0
    merge(store, BTC, Bars(batch.ts, close, close, close, close, batch.volume), "kraken")
    store.quarantine(BTC, batch.rows(slice(0, 1)), ["off_grid"])
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT epoch_us(ts), flaw, venue FROM quarantine ORDER BY 1") == [
        (int(batch.ts[0]), "off_grid", "binance"),
        (int(batch.ts[7]), "spike", "binance"),
    ]
    told = _ask(
        store, "SELECT count(*), any_value(source), bool_and(epoch_us(known_at) = epoch_us(ts) + 3600000000) FROM bars"
    )
    assert told == [(19, "kraken", True)]


def test_each_of_its_two_files_is_named_when_it_is_not_what_was_written(store: BarStore) -> None:
    for name in (CATALOGUE, CHECKSUM):
        path = store.lake.root / name
        sound = path.read_bytes()
        for content in (b"", sound[:-1], sound[:100] + bytes([sound[100] ^ 1]) + sound[101:]):
            path.write_bytes(content)
            damage = catalogue_damage(store.lake)
            assert damage is not None
            assert damage[0] == path
            assert str(path) in damage[1]
            refresh_catalogue(store.lake)
            assert catalogue_damage(store.lake) is None
            assert _ask(store, "SELECT count(*) FROM bars") == [(53,)]
    (store.lake.root / CATALOGUE).unlink()
    assert catalogue_damage(store.lake) is None  # it is derived


def test_a_refresh_killed_at_any_operation_leaves_a_sound_catalogue(store: BarStore, bars: Make) -> None:
    merge(store, BTC, bars(60))
    seen = set()
    for moment in (0, 1, 2, 3, 5, 9):
        with contextlib.suppress(PowerLost), power_until(moment):
            refresh_catalogue(store.lake)
        assert catalogue_damage(store.lake) is None
        seen.add(_ask(store, "SELECT count(*) FROM bars")[0][0])
    assert seen == {53, 65}
    refresh_catalogue(store.lake)
    assert _ask(store, "SELECT count(*) FROM bars") == [(65,)]
    assert {path.name for path in store.lake.root.iterdir() if path.is_file()} == {
        CATALOGUE,
        CHECKSUM,
        ".catalogue.lock",
    }
