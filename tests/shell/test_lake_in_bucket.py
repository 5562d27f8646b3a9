"""A lake in a bucket is the lake: the same acts leave the same bytes, and the same commands say the same."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from lakes import equal_bars, lake_bytes, make_store, merge, pick, uneven_bars
from lively_backtests import lively_desk, report_on
from object_servers import KEY, ObjectServer, object_server
from small_lake import BTC, ETH, NOW, _bring_in, archive

from data import repair
from data.bars import BarStore
from data.bucket import Overtaken
from data.coverage import Asked
from data.files import locked
from data.lake import Lake
from data.manifest import GRACE, NAME, Manifest, read_manifest, write_manifest
from data.object_tables import Files, address, register
from data.objects import ObjectPath
from data.repair import rebuilt_manifest, set_aside
from data.tick_writer import TickWriter
from data.ticks import Market
from data.trades import append_trades, read_trades, trade_store
from data.verify import Damage, damaged_of, verify_lake
from models.quality import graded_absences
from models.types import Bars, Damaged, MarketTrades, Unavailable
from models.types.timeframes import DAY
from tasks.bootstrap import build_desk, lake_root
from tasks.session import stock
from tasks.session.coverage import coverage_of, matching
from tasks.session.keeping import put_back
from tasks.session.stock import record_asked, take_stock

LOCAL = ("cache", "features", "tail_fits", "catalogue.duckdb", "catalogue.json")
MARKET = Market("binance", "BTC/USDT")
Make = Callable[..., Bars]


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectServer]:
    with object_server() as server:
        yield server


@pytest.fixture
def bucket(server: ObjectServer, keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new bucket, in which the home's lake is."""
    assert not keel_home.exists()
    name = server.new_bucket()
    monkeypatch.setenv("KEEL_LAKE__URL", f"s3://{name}/of/keel")
    monkeypatch.setenv("KEEL_LAKE__ENDPOINT", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("KEEL_LAKE__ACCESS_KEY", KEY.name)
    monkeypatch.setenv("KEEL_LAKE__SECRET_KEY", KEY.secret)
    return name


@pytest.fixture
def store(server: ObjectServer, tmp_path: Path) -> BarStore:
    return make_store(server.root(tmp_path / "here"))


def _other(store: BarStore, folder: Path) -> BarStore:
    """The same lake as another machine has it."""
    root = store.lake.root
    assert isinstance(root, ObjectPath)
    return make_store(ObjectPath(root.bucket, root.key, folder))


def _elsewhere(act: Callable[[], object]) -> None:
    """Do it as another machine does, that knows nothing of what this one has read under its lock."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def _in_bucket(server: ObjectServer, name: str, prefix: str) -> dict[str, bytes]:
    return {key.removeprefix(f"{prefix}/"): content for key, content in server.contents(name).items()}


def test_everything_that_a_home_brings_in_is_the_same_to_the_byte(
    server: ObjectServer, bucket: str, keel_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = build_desk(as_of=NOW)
    _bring_in(there)
    monkeypatch.delenv("KEEL_LAKE__URL")
    monkeypatch.delenv("KEEL_LAKE__ENDPOINT")
    here = build_desk(as_of=NOW, folder=tmp_path / "here")
    _bring_in(here)
    mine = {name: content for name, content in lake_bytes(here.lake.local).items() if not name.startswith(LOCAL)}
    assert _in_bucket(server, bucket, "of/keel") == mine
    assert len(mine) > 10
    # Below the home there is only what is derived, and locks.
    assert all(name.startswith(LOCAL) for name in lake_bytes(keel_home / "lake"))
    for series in (BTC, ETH):
        assert equal_bars(there.bars.read(series), here.bars.read(series))
        assert there.bars.quarantined(series)[1] == here.bars.quarantined(series)[1]
    assert list(there.lake.series()) == list(here.lake.series())
    one, other = (coverage_of(desk, matching(desk, None, None, None)) for desk in (there, here))
    assert [line.as_json() for line in one[0]] == [line.as_json() for line in other[0]]
    assert verify_lake(there.lake, lambda _: None).damaged == ()


def test_the_commands_work_on_it(
    server: ObjectServer, bucket: str, keel: Callable[..., Any], keel_home: Path, tmp_path: Path
) -> None:
    _bring_in(build_desk(as_of=NOW))
    told = keel("sql", "SELECT venue, symbol, count(*), max(close) FROM bars GROUP BY ALL ORDER BY ALL", "--json")
    assert told.code == 0, told.err
    desk = build_desk(as_of=NOW)
    assert told.json["rows"] == [
        [one.venue, one.symbol, len(desk.bars.read(one)), desk.bars.read(one).close.max()] for one in (BTC, ETH)
    ]
    assert keel("sql", "SELECT * FROM read_text('/etc/hostname')", "--json").code == 2
    assert keel("sql", f"SELECT * FROM read_text('lake://{bucket}/other')", "--json").code == 2  # noqa: S608
    assert keel("data", "verify", "--json").json["damaged"] == []
    assert keel("data", "coverage", "--json").code == 0
    before = server.contents(bucket)
    assert keel("backup", str(tmp_path / "copy"), "--json").code == 0
    copied = {f"of/keel/{name}": content for name, content in lake_bytes(tmp_path / "copy" / "lake").items()}
    assert copied == before
    refused = keel("restore", str(tmp_path / "copy"), "--over", "--json")
    assert refused.code == 0, refused.err  # what is there is what is put back
    server.client.put_object(Bucket=bucket, Key="of/keel/bars/foreign", Body=b"x")
    refused = keel("restore", str(tmp_path / "copy"), "--over", "--json")
    assert (refused.code, "prefix that is empty" in refused.err) == (3, True)
    for key in server.contents(bucket):
        server.client.delete_object(Bucket=bucket, Key=key)
    assert keel("restore", str(tmp_path / "copy"), "--over", "--json").code == 0
    assert server.contents(bucket) == before
    assert keel("data", "verify", "--json").json["damaged"] == []


def test_threads_that_read_one_object_do_not_move_each_other(server: ObjectServer, tmp_path: Path) -> None:
    path = server.root(tmp_path) / "object"
    path.write_bytes(bytes(range(100)))
    with duckdb.connect() as connection:
        register(connection, path.bucket)
        assert connection.execute(f"SELECT size FROM read_blob('{address(path)}')").fetchall() == [(100,)]  # noqa: S608
    file = Files(path.bucket.files()).open(address(path))
    file.seek(90)
    read: list[bytes] = []
    _elsewhere(lambda: read.append(file.read(3)))
    assert (read, file.read(3), file.read(20)) == ([bytes(range(3))], bytes([90, 91, 92]), bytes(range(93, 100)))


def test_damage_in_a_bucket_is_named_set_aside_and_repaired(server: ObjectServer, bucket: str, keel_home: Path) -> None:
    desk = build_desk(as_of=NOW)
    _bring_in(desk)
    whole = desk.bars.read(ETH)
    folder = desk.bars.dataset(ETH).folder
    assert isinstance(folder, ObjectPath)
    part = folder / desk.bars.dataset(ETH).manifest().parts[1].path
    content = part.read_bytes()
    server.client.put_object(Bucket=bucket, Key=part.key, Body=content[:-9] + bytes(9))
    with pytest.raises(Damaged, match="does not match its checksum"):
        desk.bars.dataset(ETH).read()
    (damage,) = verify_lake(desk.lake, lambda _: None).damaged
    assert damage.path == part
    assert [(kind, one.path) for kind, one in damaged_of(desk.lake, ETH)] == [("bars", part)]
    assert list(damaged_of(desk.lake, BTC)) == []
    set_aside(desk.lake, damage)
    assert verify_lake(desk.lake, lambda _: None).damaged == ()
    assert any("/damaged/bars/" in key for key in server.contents(bucket))
    merge(desk.bars, ETH, archive(ETH))
    assert equal_bars(build_desk(as_of=NOW).bars.read(ETH), whole)
    server.client.delete_object(Bucket=bucket, Key=(folder / NAME).key)  # and a manifest that is lost
    (lost, *_) = verify_lake(desk.lake, lambda _: None).damaged
    assert [(kind, one.path) for kind, one in damaged_of(desk.lake, ETH)] == [("bars", folder / NAME)]
    set_aside(desk.lake, lost)
    assert equal_bars(build_desk(as_of=NOW).bars.read(ETH), whole)


def test_a_manifest_that_came_back_while_it_was_repaired_stays(
    store: BarStore, tmp_path: Path, bars: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, batch = _other(store, tmp_path / "there"), bars(60, step=36 * DAY // 24)
    merge(store, BTC, pick(batch, 0, 20, 40))
    manifest = store.dataset(BTC).folder / NAME
    assert isinstance(manifest, ObjectPath)
    whole = manifest.read_bytes()
    manifest.unlink()

    def put_right(folder: ObjectPath) -> Manifest:
        found = rebuilt_manifest(folder)
        manifest.write_bytes(whole)
        _elsewhere(lambda: merge(other, BTC, pick(batch, 1, 21, 41)))
        return found

    monkeypatch.setattr(repair, "rebuilt_manifest", put_right)
    with pytest.raises(Overtaken):
        set_aside(store.lake, Damage(manifest, "missing", False))
    assert len(store.read(BTC)) == 6


def test_of_two_machines_that_commit_at_once_the_first_wins_and_the_other_is_told(
    store: BarStore, tmp_path: Path, bars: Make
) -> None:
    other, batch = _other(store, tmp_path / "there"), bars(60, step=36 * DAY // 24)
    merge(store, BTC, pick(batch, 0, 20, 40))
    folder = store.dataset(BTC).folder
    with store.dataset(BTC).lock():
        before = store.dataset(BTC).manifest()
        _elsewhere(lambda: merge(other, BTC, pick(batch, 1, 21, 41)))  # its own lock is free
        with pytest.raises(Overtaken, match="another machine has changed"):
            write_manifest(folder, Manifest(before.parts[:1]))
    assert len(store.read(BTC)) == 6
    merge(store, BTC, pick(batch, 2, 22))
    assert len(other.read(BTC)) == 8


def test_what_two_machines_merge_side_by_side_is_all_there(store: BarStore, tmp_path: Path, bars: Make) -> None:
    batch = bars(48)
    machines = [_other(store, tmp_path / str(k)) for k in range(3)]
    refused = []

    def bring_in(k: int) -> None:
        for row in range(k, 48, 6):
            while True:
                try:
                    merge(machines[k], BTC, pick(batch, row))
                except Overtaken as error:
                    refused.append(str(error))
                else:
                    break

    threads = [threading.Thread(target=bring_in, args=(k,)) for k in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    rows = sorted(row for k in range(3) for row in range(k, 48, 6))
    assert equal_bars(store.read(BTC), pick(batch, *rows))
    assert refused
    assert verify_lake(store.lake, lambda _: None).damaged == ()


def test_a_part_goes_when_nobody_may_need_it_any_more(
    server: ObjectServer, store: BarStore, bars: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = bars(10)
    for rows in (4, 6, 8):
        merge(store, BTC, batch.rows(slice(0, rows)))
    folder = store.dataset(BTC).folder
    assert len(folder.rglob("*.parquet")) == 3  # the one of the manifest, and two that are younger than an hour
    monkeypatch.setattr("data.manifest.GRACE", -GRACE)
    merge(store, BTC, batch)
    named = [part.path for part in store.dataset(BTC).manifest().parts]
    assert len(folder.rglob("*.parquet")) == 2  # its own, and the one that a reader may have read of before
    assert all((folder / name).exists() for name in named)


def test_a_document_is_replaced_only_by_whom_has_seen_it(server: ObjectServer, tmp_path: Path) -> None:
    here = server.root(tmp_path / "here") / "a" / "ledger.json"
    there = ObjectPath(here.bucket, here.key, tmp_path / "there")
    with locked(here.parent / ".lock"):
        with pytest.raises(FileNotFoundError):
            here.document()
        _elsewhere(lambda: there.replace_document(b"theirs"))
        with pytest.raises(Overtaken):
            here.replace_document(b"mine")
    assert there.document() == b"theirs"
    with locked(here.parent / ".lock"):
        here.document()
        here.replace_document(b"mine")
        here.replace_document(b"mine again")
        _elsewhere(there.unlink)
        with pytest.raises(Overtaken):
            here.replace_document(b"of what is gone")
    assert read_manifest(here.parent) == Manifest()


def test_what_another_machine_asked_while_a_ledger_was_made_stays_in_it(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bars: Make
) -> None:
    # A bucket is that of KEEL_HOME.
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "there"))
    other = build_desk(as_of=NOW)
    monkeypatch.setenv("KEEL_HOME", str(tmp_path / "here"))
    desk = build_desk(as_of=NOW)
    merge(desk.bars, BTC, bars(30))
    theirs = [Asked(1, 2, 3, "kraken", 0), Asked(4, 5, 6, "bitget", 7)]

    def graded(*given: Any) -> Any:
        if theirs:
            asked = theirs.pop(0)
            with monkeypatch.context() as undisturbed:
                undisturbed.setattr(stock, "graded_absences", graded_absences)
                _elsewhere(lambda: record_asked(other, BTC, asked))
        return graded_absences(*given)

    monkeypatch.setattr(stock, "graded_absences", graded)
    assert [one.source for one in take_stock(desk, BTC).asked] == ["kraken"]
    merge(desk.bars, BTC, bars(48))
    assert [one.source for one in take_stock(desk, BTC).asked] == ["kraken", "bitget"]
    assert take_stock(other, BTC) == take_stock(desk, BTC)


def test_ticks_are_hot_here_and_rolled_there(server: ObjectServer, tmp_path: Path) -> None:
    root = server.root(tmp_path / "here")
    lake, lake_there = Lake(root), Lake(ObjectPath(root.bucket, root.key, tmp_path / "there"))
    with TickWriter(trade_store(lake), MARKET, lambda _: None) as writer:
        append_trades(writer, [_trade(1), _trade(2)])
        assert read_trades(lake, MARKET).id == ("1", "2")
        assert read_trades(lake_there, MARKET).id == ()  # the last minute is on the machine that records
        assert list(trade_store(lake).markets()) == [MARKET]
    assert read_trades(lake_there, MARKET).id == ("1", "2")
    assert list(trade_store(lake_there).markets()) == [MARKET]
    assert not trade_store(lake).hot_files(MARKET)


def test_rows_of_a_second_recorder_are_not_taken_for_rolled_ones(server: ObjectServer, tmp_path: Path) -> None:
    root = server.root(tmp_path / "here")
    lake, lake_there = Lake(root), Lake(ObjectPath(root.bucket, root.key, tmp_path / "there"))
    first = TickWriter(trade_store(lake), MARKET, lambda _: None)
    first.__enter__()
    append_trades(first, [_trade(1)])
    with TickWriter(trade_store(lake_there), MARKET, lambda _: None) as second:
        append_trades(second, [_trade(2)])
    with pytest.raises(Unavailable, match="another machine has recorded"):
        first.__exit__(None, None, None)
    assert len(trade_store(lake).hot_files(MARKET)) == 1
    assert read_trades(lake_there, MARKET).id == ("2",)


def _trade(number: int) -> MarketTrades:
    import numpy as np

    one = np.full(1, 1_722_470_400_000_000 + number, np.int64)
    return MarketTrades(one, one, (str(number),), one + 0.5, one + 0.0, one > 0)


def test_a_lake_of_many_periods_is_read_like_a_folder(store: BarStore, tmp_path: Path) -> None:
    rows, here = uneven_bars(300, DAY // 2, 1_577_836_800_000_000), make_store(tmp_path / "plain")
    for batch in (rows.rows(slice(100, 200)), rows.rows(slice(0, 150)), rows):
        merge(store, BTC, batch)
        merge(here, BTC, batch)
    assert store.dataset(BTC).manifest() == here.dataset(BTC).manifest()
    until = int(rows.ts[170])
    assert equal_bars(store.read(BTC, until=until), here.read(BTC, until=until))
    assert equal_bars(store.tail(BTC, 40), here.tail(BTC, 40))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"KEEL_LAKE__URL": "https://host/lake"}, ["s3://bucket/prefix"]),
        ({"KEEL_LAKE__URL": "s3://key:secret-words@host/x"}, ["s3://bucket/prefix"]),
        ({"KEEL_LAKE__URL": "s3://lake/../x"}, ["s3://bucket/prefix"]),
        ({"KEEL_LAKE__ENDPOINT": "http://me:secret-words@127.0.0.1:1"}, ["without user"]),
        ({"KEEL_LAKE__ACCESS_KEY": ""}, ["KEEL_LAKE__ACCESS_KEY is not set"]),
        ({"KEEL_LAKE__ENDPOINT": "http://127.0.0.1:99999"}, ["without user, password or path"]),
        ({"KEEL_LAKE__ENDPOINT": "http://[::1"}, ["without user, password or path"]),
        ({"KEEL_LAKE__HTTPS_PROXY": "proxy.lan:3128"}, ["https_proxy", "http://host:port"]),
        ({"KEEL_LAKE__HTTPS_PROXY": "ftp://proxy.lan:21"}, ["https_proxy", "http://host:port"]),
        ({"KEEL_LAKE__HTTPS_PROXY": "http://proxy.lan:99999"}, ["https_proxy", "http://host:port"]),
        ({"KEEL_LAKE__HTTPS_PROXY": "http://me:secret-words@proxy.lan"}, ["https_proxy", "http://host:port"]),
        ({"KEEL_LAKE__CA_FILE": "/no/such/file.pem"}, ["there is no file /no/such/file.pem"]),
        ({"KEEL_LAKE__CA_FILE": __file__}, ["has no certificates", "lake.ca_file"]),
        ({"KEEL_LAKE__CA_FILE": "/proc/self/mem"}, ["/proc/self/mem", "lake.ca_file"]),
    ],
)
def test_settings_that_cannot_be_meant_are_sentences(
    bucket: str, keel: Callable[..., Any], change: dict[str, str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    told = keel("data", "verify", "--json")
    assert told.code == 2
    assert all(word in told.sentence for word in words)
    assert "secret-words" not in told.err + told.out


def test_a_bucket_that_is_not_there_is_no_empty_lake(
    server: ObjectServer, bucket: str, keel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEL_LAKE__URL", "s3://no-such-bucket/keel")
    for command in (("data", "verify"), ("data", "coverage"), ("sql", "SELECT count(*) FROM bars")):
        told = keel(*command, "--json")
        assert (told.code, "there is no such bucket" in told.sentence) == (1, True)
        assert KEY.secret not in told.err + told.out
    assert os.environ["KEEL_LAKE__SECRET_KEY"] == KEY.secret


def test_the_same_backtest_to_the_bit(
    server: ObjectServer,
    bucket: str,
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where = {name: os.environ[name] for name in ("KEEL_LAKE__URL", "KEEL_LAKE__ENDPOINT")}
    for name in where:
        monkeypatch.delenv(name)
    (tmp_path / "plain").mkdir()
    here = lively_desk(tmp_path_factory, tmp_path / "plain", monkeypatch)
    one = report_on(here)
    moved = shutil.copytree(here.home, tmp_path / "moved")
    monkeypatch.setenv("KEEL_HOME", str(moved))
    for name, value in where.items():
        monkeypatch.setenv(name, value)
    put_back(moved, lake_root())
    assert not list((moved / "lake" / "bars").rglob("*.parquet"))
    there = build_desk()
    other = report_on(there)
    assert len(one.run.intents()) > 10
    assert other.intents_sha256 == one.intents_sha256
    assert other.run.equities.tobytes() == one.run.equities.tobytes()
    assert {key for key in server.contents(bucket) if "/predictions/" in key}
