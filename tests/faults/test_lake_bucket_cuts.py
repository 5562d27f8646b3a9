"""The object store goes away, or the writer does, in the middle of a write: what is read is as before or as after."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lakes import NEIGHBOURS, equal_bars, make_store, merge, uneven_bars
from object_servers import KEY, ObjectServer, cut, object_server

from conf.home import PROJECT
from data.bucket import HINTS, Bucket, Unreachable
from data.objects import ObjectPath
from data.repair import set_aside
from data.signing import Key
from data.verify import Damage, verify_lake
from models.types import Series
from models.types.timeframes import DAY

BTC = Series("binance", "BTC/USDT", "1h")
START = 1_577_836_800_000_000  # 2020-01-01
ROWS = uneven_bars(60, DAY, START)  # of two years, some in both batches
BEFORE, AFTER = ROWS.rows(slice(0, 35)), ROWS
KILLS = 8


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectServer]:
    with object_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.bucket.PAUSES", (0.0,))


@pytest.fixture(scope="module")
def volume(server: ObjectServer, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many bytes the second merge sends."""
    name, folder = server.new_bucket(), tmp_path_factory.mktemp("whole")
    with cut(server.port) as way:
        store = make_store(server.root(folder, name, way.port), NEIGHBOURS)
        merge(store, BTC, BEFORE)
        sent = way.through
        merge(store, BTC, AFTER)
        return way.through - sent


@settings(max_examples=25)
@given(share=st.floats(0.0, 1.0))
@example(share=0.0)
@example(share=0.999)
@example(share=0.99)
@example(share=0.97)
@example(share=0.9)
def test_a_server_lost_at_any_byte_of_a_merge_leaves_the_lake_as_it_was_or_as_it_should_be(
    share: float, server: ObjectServer, volume: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, name = tmp_path_factory.mktemp("here"), server.new_bucket()
    whole = make_store(server.root(folder, name), NEIGHBOURS)
    merge(whole, BTC, BEFORE)
    before = whole.read(BTC)
    with cut(server.port) as way:
        torn = make_store(server.root(folder, name, way.port), NEIGHBOURS)
        way.left = int(share * volume)
        try:
            merge(torn, BTC, AFTER)
            said = True
        except Unreachable:
            said = False
    found = make_store(server.root(folder, name), NEIGHBOURS)
    expected = make_store(server.root(tmp_path_factory.mktemp("plain")).local, NEIGHBOURS)
    merge(expected, BTC, BEFORE)
    merge(expected, BTC, AFTER)
    after = expected.read(BTC)
    read = found.read(BTC)
    assert equal_bars(read, after) or (equal_bars(read, before) and not said)
    assert verify_lake(found.lake, lambda _: None).damaged == ()
    merge(found, BTC, AFTER)
    assert equal_bars(found.read(BTC), after)
    assert found.dataset(BTC).manifest() == expected.dataset(BTC).manifest()


def test_a_server_that_is_gone_damages_nothing(server: ObjectServer, tmp_path: Path) -> None:
    """Neither a verification nor a repair takes an outage for damage."""
    name = server.new_bucket()
    whole = make_store(server.root(tmp_path, name))
    merge(whole, BTC, BEFORE)
    before = server.contents(name)
    with cut(server.port) as way:
        store = make_store(server.root(tmp_path, name, way.port))
        verify_lake(store.lake, lambda _: None)
        sent = way.through
        for share in (0.0, 0.3, 0.6, 0.9):
            way.left = int(share * sent)
            with pytest.raises(Unreachable, match=r"server http.* says "):
                verify_lake(store.lake, lambda _: None)
        part = store.dataset(BTC).folder / "period=2020" / "0123456789abcdef.parquet"
        for path in (part, store.dataset(BTC).folder / "manifest.json"):
            with pytest.raises(Unreachable):
                set_aside(store.lake, Damage(path, "so somebody said"))
    assert server.contents(name) == before
    assert equal_bars(make_store(server.root(tmp_path, name)).read(BTC), BEFORE)


def test_a_large_part_is_there_whole_or_leaves_nothing(server: ObjectServer, tmp_path: Path) -> None:
    """Not even the pieces that pyarrow would have sent before the line was cut."""
    name, content = server.new_bucket(), bytes(range(256)) * 100_000
    with cut(server.port) as way:
        way.left = 15_000_000
        with pytest.raises(Unreachable):
            (server.root(tmp_path, name, way.port) / "part.parquet").write_bytes(content)
    assert server.contents(name) == {}
    assert "Uploads" not in server.client.list_multipart_uploads(Bucket=name)
    part = server.root(tmp_path, name) / "part.parquet"
    part.write_bytes(content)
    assert part.read_bytes() == content


def test_a_bucket_that_is_taken_away_from_under_us_is_no_empty_lake(server: ObjectServer, tmp_path: Path) -> None:
    root = server.root(tmp_path)
    assert list(root.rglob("*")) == []
    (root / "part.parquet").write_bytes(b"x")
    assert list(root.rglob("*")) == [root / "part.parquet"]
    (root / "part.parquet").unlink()
    server.client.delete_bucket(Bucket=root.bucket.name)
    with pytest.raises(Unreachable, match="there is no such bucket"):
        root.rglob("*")


# Imports once and forks a writer for every line; what a writer acknowledged is on its standard output.
WRITER = """
import os, sys
sys.path.insert(0, "tests/support")
from pathlib import Path
import pandas  # pyarrow would import it in every writer anew
import httpx
from lakes import make_store, merge, uneven_bars
from data.bucket import Bucket
from data.objects import ObjectPath
from data.signing import Key
from models.types import Series
from models.types.timeframes import DAY
port, name, folder, start = sys.argv[1:]
bucket = Bucket(name, Key(os.environ["KEY"], os.environ["SECRET"], "us-east-1"), f"http://127.0.0.1:{port}")
rows = uneven_bars(4000, DAY // 12, int(start))
def write(first):
    store = make_store(ObjectPath(bucket, "keel", Path(folder)))
    for stop in range(first + 4, 4000, 4):
        merge(store, Series("binance", "BTC/USDT", "1h"), rows.rows(slice(max(0, stop - 40), stop)))
        os.write(1, f"{stop}{os.linesep}".encode())
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.write(1, f"{os.getpid()}{os.linesep}".encode())
        write(int(line))
    print("killed", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_kill_9_of_a_writer_loses_no_acknowledged_row(server: ObjectServer, tmp_path: Path) -> None:
    name, rows, count = server.new_bucket(), uneven_bars(4000, DAY // 12, START), 0
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(server.port), name, str(tmp_path), str(START)],
        cwd=PROJECT,
        env={**os.environ, "KEY": KEY.name, "SECRET": KEY.secret},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for kill in range(KILLS):
        process.stdin.write(f"{count}\n")
        process.stdin.flush()
        writer, acknowledged = int(process.stdout.readline()), int(process.stdout.readline())
        time.sleep(0.017 * kill)
        os.kill(writer, signal.SIGKILL)
        for line in process.stdout:
            if line.startswith("killed"):
                assert line == f"killed -{int(signal.SIGKILL)}\n"
                break
            acknowledged = int(line)
        store = make_store(server.root(tmp_path, name))
        count = len(store.times(BTC)[0])
        assert count in (acknowledged, acknowledged + 4)
        assert (store.times(BTC)[0] == rows.ts[:count]).all()
        assert verify_lake(store.lake, lambda _: None).damaged == ()
    process.stdin.close()
    assert process.wait() == 0
    assert count >= 4 * KILLS


class _Refusing(BaseHTTPRequestHandler):
    """Whatever is asked, the answer is the code that the server was given."""

    def do_GET(self) -> None:
        body = f"<Error><Code>{self.server.code}</Code><Message>{KEY.name}</Message></Error>".encode()  # type: ignore[attr-defined]
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.send_response(403)
        self.end_headers()

    do_PUT = do_DELETE = do_POST = do_GET  # noqa: N815 - as http.server wants them

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@pytest.mark.parametrize(
    "code", ["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"]
)
def test_what_a_server_refuses_is_a_sentence_without_the_key(code: str, server: ObjectServer, tmp_path: Path) -> None:
    stub = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    stub.code = code  # type: ignore[attr-defined]
    Thread(target=stub.serve_forever, daemon=True).start()
    try:
        bucket = server.bucket("lake", stub.server_address[1], Key(KEY.name, KEY.secret, "eu-north-1"))
        store = make_store(ObjectPath(bucket, "keel", tmp_path))
        for act in (lambda: store.read(BTC), lambda: merge(store, BTC, BEFORE), lambda: list(store.lake.series())):
            with pytest.raises(Unreachable) as error:
                act()
            assert HINTS[code] in str(error.value)
            assert KEY.name not in repr((error.value, bucket))
            assert KEY.secret not in repr((error.value, bucket))
        # What has no body is told by its number alone.
        with pytest.raises(Unreachable, match="list the bucket, and to read, write and delete"):
            bucket.exists("keel")
    finally:
        stub.shutdown()
        stub.server_close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"https_proxy": "proxy.lan:3128"}, "ValueError"),
        ({"endpoint": "http://127.0.0.1:word"}, "InvalidURL"),
        ({"endpoint": "http://" + "a" * 70 + ".lan"}, "UnicodeError"),
        ({"ca_file": __file__}, "SSLError"),
        ({"ca_file": str(PROJECT)}, "IsADirectoryError"),
    ],
)
def test_a_way_that_cannot_be_taken_is_a_sentence(change: dict[str, str], said: str) -> None:
    """Settings are looked at before; a certificate may also be lost later."""
    bucket = Bucket("lake", **{"key": KEY, "endpoint": "http://127.0.0.1:9"} | change)  # type: ignore[arg-type]
    with pytest.raises(Unreachable, match=rf"nothing \({said}\); .*lake\.https_proxy"):
        bucket.exists("keel")
    for act in (bucket.below, bucket.read):
        with pytest.raises(Unreachable, match="see to it that it can be reached"):
            act("keel")
