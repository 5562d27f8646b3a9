"""An address never shows: not by a server that answers nonsense, not in an error's chain, not in a log file."""

import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from conf.schema.monitoring import LogsConfig
from models.types import KeelError
from tasks.adapters.logs import log_into, path_of
from tasks.adapters.notifiers import Way, reach, send

pytestmark = pytest.mark.monitoring

KEY = "canary0secret0canary0secret"
NONSENSE = {
    "headers": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nthis is no header\r\n folded: \x00\xff\r\n\r\nok",
    "status": b"HTTP/1.1 999999 \xff\r\n\r\n",
    "elsewhere": b"HTTP/1.1 302 Found\r\nLocation: http://[/" + KEY.encode() + b"\r\nContent-Length: 0\r\n\r\n",
    "body": b"HTTP/1.1 500 no\r\nContent-Length: 9\r\n\r\n" + KEY.encode(),
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "nothing": b"",
}


@pytest.fixture
def answer() -> Iterator[dict[str, object]]:
    """A server that answers the bytes in it, whatever it is asked."""
    said: dict[str, object] = {"bytes": b""}
    with socket.create_server(("127.0.0.1", 0)) as server:
        said["port"] = server.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    one, _ = server.accept()
                except OSError:
                    return
                with one:
                    one.recv(65536)
                    one.sendall(said["bytes"])  # type: ignore[arg-type]

        threading.Thread(target=serve, daemon=True).start()
        yield said
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_a_server_that_answers_nonsense(
    nonsense: str,
    answer: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("tasks.adapters.logs.setting_up._named", ["alerts"])
    answer["bytes"] = NONSENSE[nonsense]
    root = logging.getLogger()
    before = list(root.handlers)
    log_into(tmp_path, LogsConfig(level="DEBUG", megabytes=10.0, files=2))
    logging.getLogger("tasks").warning("written")
    way = Way("webhook", SecretStr(f"http://me:{KEY}@127.0.0.1:{answer['port']}/{KEY}"))
    said = []
    try:
        for act in (lambda: send(way, "title", "body", "error", 2.0), lambda: reach(way, 2.0)):
            try:
                act()
            except KeelError as error:
                said.append("".join(traceback.format_exception(error)))
    finally:
        for one in [one for one in root.handlers if one not in before]:
            root.removeHandler(one)
            one.close()
    file = path_of(tmp_path, "alerts")
    assert "written" in file.read_text()
    said += [file.read_text(), *capfd.readouterr()]
    assert KEY not in "".join(said)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("slack", f"slack://{KEY}"),
        ("email", f"mailto://me:{KEY}@"),
        ("email", f"mailtos://me:{KEY}@127.0.0.1:1?to=a@b.example"),
        ("telegram", f"tgram://{KEY}"),
        ("pagerduty", f"pagerduty://{KEY}"),
        ("webhook", f"https://me:{KEY}@[::1/{KEY}"),
        ("webhook", f"http://127.0.0.1:99999/{KEY}"),
        ("webhook", f"http://{'x' * 80}.example/{KEY}"),
        ("webhook", f"http:///{KEY}"),
    ],
)
def test_a_wrong_address_of_every_kind(
    name: str, address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    way, said = Way(name, SecretStr(address)), []
    with caplog.at_level(logging.INFO):
        for act in (lambda: send(way, "title", "body", "error", 1.0), lambda: reach(way, 1.0)):
            try:
                act()
            except KeelError as error:
                said.append("".join(traceback.format_exception(error)))
    assert len(said) == 2
    assert KEY not in "".join([*said, caplog.text, *capfd.readouterr()])
    assert KEY not in repr(way)
