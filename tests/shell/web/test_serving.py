"""`keel serve` as a process: a stop over the wire stops, whatever else is broken or in the way."""

import json
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from processes import command, eventually
from served_api import ENVIRONMENT, TOKENS, Served, bearer, config, serve_process, served

from data.journal import AuditKind, AuditLog, open_journal
from tasks.adapters.clocks import SystemClock
from tasks.adapters.servers import free_port
from tasks.bootstrap import build_desk, journal_place
from tasks.serving import connections
from tasks.serving.building import DeskNow, JournalNow, build_parts
from tasks.serving.connections import MOST_WAITING
from tasks.web import bodies
from tasks.web.scopes import Scope, tokens_of

pytestmark = pytest.mark.monitoring


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving") / "home"
    (folder / "state").mkdir(parents=True)
    open_journal(journal_place(folder)).engine.dispose()
    return folder


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def process(home: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    with serve_process(home, {}, port) as one:
        yield one


@pytest.fixture
def ask(process: "subprocess.Popen[str]", port: int) -> Callable[..., httpx.Response]:
    assert process.poll() is None

    def one(method: str, path: str, scope: Scope = Scope.WATCH, **more: object) -> httpx.Response:
        url = f"http://127.0.0.1:{port}{path}"
        return httpx.request(method, url, headers=bearer(scope), timeout=60, trust_env=False, **more)  # type: ignore[arg-type]

    return one


@pytest.fixture(autouse=True)
def nothing_stands(home: Path) -> Iterator[None]:
    yield
    (home / "state" / "STOP").unlink(missing_ok=True)
    with sqlite3.connect(journal_place(home).file) as journal:
        journal.execute("DELETE FROM control")


def status(home: Path) -> dict[str, object]:
    """What `keel status --json` says."""
    done = command("flows.cli", "status", "--json", env={"KEEL_HOME": str(home)})
    found: dict[str, object] = json.loads(done.stdout)
    return found


Ask = Callable[..., httpx.Response]


def test_a_stop_stops_and_the_audit_chain_says_who(ask: Ask, home: Path) -> None:
    answer = ask("POST", "/stop", Scope.STOP, json={"reason": "enough"})
    assert answer.status_code == 200
    assert {one["name"]: one["ok"] for one in answer.json()["parts"]} == {
        "file": True,
        "journal": True,
        "entries": True,
    }
    found = status(home)
    assert (found["stopped"], found["reason"]) == (True, "enough")
    chain = AuditLog(open_journal(journal_place(home)).engine)
    eventually(lambda: bool(chain.entries([AuditKind.ASKED])), 20)
    (stopped,) = chain.entries([AuditKind.STOPPED])[-1:]
    (asked,) = chain.entries([AuditKind.ASKED])[-1:]
    assert stopped.who == asked.who == "api: stop token at 127.0.0.1"
    assert (asked.why, asked.detail) == ("POST /stop", {"status": 200})


def test_a_stop_stops_while_the_journal_is_locked(ask: Ask, home: Path) -> None:
    with sqlite3.connect(journal_place(home).file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        answer = ask("POST", "/stop", Scope.STOP, json={"reason": "locked"})
        assert time.monotonic() - begun < 30
        parts = {one["name"]: one for one in answer.json()["parts"]}
        assert (answer.status_code, parts["file"]["ok"], parts["journal"]["ok"]) == (200, True, False)
        assert "locked" in parts["journal"]["why"]
        assert status(home)["stopped"]
        assert ask("GET", "/regime").status_code == 200, "who only reads waits for no lock"
        other.execute("ROLLBACK")


def test_events_come_within_two_seconds_of_a_write_by_another_process(ask: Ask, home: Path, port: int) -> None:
    assert ask("GET", "/health").status_code in (200, 503)
    journal = open_journal(journal_place(home))
    url = f"http://127.0.0.1:{port}/events"
    with httpx.stream("GET", url, headers=bearer(Scope.WATCH), timeout=120, trust_env=False) as stream:
        events = (line for line in stream.iter_lines() if line.startswith("data: "))
        next(events), next(events)
        took = []
        for number in range(3):
            begun = time.monotonic()
            journal.raise_alert(f"a key {number}", "info", "text", SystemClock().now())
            while "alerts" not in json.loads(next(events).removeprefix("data: "))["changed"]:
                pass
            took.append(time.monotonic() - begun)
        assert min(took) < 2.0, took  # the bench has the slowest of many


def test_clients_that_never_say_what_they_want_are_in_nobodys_way(
    keel_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More connections than may wait: the oldest are hung up on, and a stop comes through."""
    del keel_home
    monkeypatch.setattr(connections, "HEAD_S", 3.0)
    with served(build_parts(tokens_of(TOKENS), config(), DeskNow(lambda _: None), list)) as api:
        _hang_on(api, int(api.url.rpartition(":")[2]))


def _hang_on(api: Served, port: int) -> None:
    lines = []
    for _ in range(MOST_WAITING + 60):
        line = socket.create_connection(("127.0.0.1", port), timeout=60)
        line.sendall(b"POST /stop HTTP/1.1\r\nHost: 127")
        lines.append(line)
    answer = api.ask("POST", "/stop", Scope.STOP, json={"reason": "slow clients"})
    assert answer.elapsed.total_seconds() < 30.0
    assert answer.json()["stopped"]
    assert lines[0].recv(1) == b"", "the oldest was hung up on"
    lines[-1].settimeout(120)
    assert lines[-1].recv(1) == b"", "and the newest when its time was over"
    for line in lines:
        line.close()


def test_a_body_that_does_not_come_is_refused(keel_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del keel_home
    monkeypatch.setattr(bodies, "PATIENCE_S", 1.0)
    with served(build_parts(tokens_of(TOKENS), config(), DeskNow(lambda _: None), list)) as api:
        _say_half(int(api.url.rpartition(":")[2]))


def _say_half(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=120) as line:
        token = bearer(Scope.STOP)["Authorization"]
        head = f"POST /stop HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {token}\r\n"
        line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{{".encode())
        begun = time.monotonic()
        said = line.recv(4096)
        assert b" 400 " in said
        assert time.monotonic() - begun < 60


def test_no_token_is_in_any_log(ask: Ask, home: Path) -> None:
    assert ask("POST", "/stop", Scope.STOP, json={"reason": TOKENS[Scope.STOP]}).status_code == 200
    assert ask("GET", f"/decisions/{TOKENS[Scope.WATCH]}").status_code == 404
    for file in home.rglob("*.log"):
        for token in TOKENS.values():
            assert token not in file.read_text(errors="replace"), file


def test_the_port_is_taken(process: "subprocess.Popen[str]", home: Path, port: int) -> None:
    assert process.poll() is None
    done = command("flows.cli", "serve", "--port", str(port), env={"KEEL_HOME": str(home), **ENVIRONMENT})
    assert (done.returncode, f"Port {port}" in done.stderr, "api.port" in done.stderr) == (1, True, True)


def test_nothing_is_served_without_its_tokens(home: Path) -> None:
    missing = "RESUME"
    env = {"KEEL_HOME": str(home), **ENVIRONMENT, f"KEEL_API__{missing}_TOKEN": ""}
    done = command("flows.cli", "serve", "--port", str(free_port()), "--json", env=env)
    assert done.returncode == 2
    assert f"KEEL_API__{missing}_TOKEN" in done.stderr
    assert json.loads(done.stdout)["exit_code"] == 2
    assert len(done.stderr.splitlines()) == 1


def test_it_ends_at_once_with_streams_open(tmp_path: Path) -> None:
    port = free_port()
    with serve_process(tmp_path, {}, port) as process:
        with httpx.stream(
            "GET", f"http://127.0.0.1:{port}/events", headers=bearer(Scope.WATCH), timeout=120, trust_env=False
        ) as stream:
            lines = stream.iter_lines()
            next(lines)
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert not any(line.startswith("event: broken") for line in lines), "the stream ended, and was not cut"
            process.wait(120)
        assert time.monotonic() - begun < 60.0
        assert "Traceback" not in (tmp_path / "serve.log").read_text()


def test_a_stop_stops_when_the_configuration_breaks(keel_home: Path, conf_folder: Path) -> None:
    (keel_home / "state").mkdir(parents=True)
    open_journal(journal_place(keel_home)).engine.dispose()
    warned: list[str] = []
    desk, settings = DeskNow(warned.append), config()
    assert desk().loaded.version == build_desk().loaded.version
    with served(build_parts(tokens_of(TOKENS), settings, desk, list)) as api:
        assert api.ask("GET", "/regime").status_code == 200
        (conf_folder / "local.yaml").write_text("trading: {timeframe: never}\n")
        desk._looked = -1e9
        answer = api.ask("POST", "/stop", Scope.STOP, json={"reason": "broken"})
        assert answer.status_code == 200
        assert {one["name"]: one["ok"] for one in answer.json()["parts"]}["journal"]
        assert api.ask("GET", "/regime").status_code == 200
        assert api.ask("GET", "/health").json()["stopped"]
    desk()
    assert any("timeframe" in one for one in warned)


def test_a_journal_in_the_place_of_another_is_opened_anew(keel_home: Path) -> None:
    path = journal_place(keel_home).file
    path.parent.mkdir(parents=True)
    journal = JournalNow()
    first = journal()
    assert journal() is first
    first.engine.dispose()
    for one in path.parent.glob("journal.sqlite*"):
        one.rename(one.with_name(f"old-{one.name}"))
    assert journal() is not first


def test_who_asks_is_told_while_the_journal_is_gone(keel_home: Path) -> None:
    """A journal that is no database: reads say so, a stop stops."""
    path = journal_place(keel_home).file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 100)
    with served(build_parts(tokens_of(TOKENS), config(), DeskNow(lambda _: None), list)) as api:
        _told_but_stopped(api)


def _told_but_stopped(api: Served) -> None:
    health = api.ask("GET", "/health")
    assert health.status_code == 503
    assert not health.json()["well"]
    for path in ("/risk", "/orders", "/decisions/d1", "/news", "/stages"):
        assert api.ask("GET", path).status_code in (200, 503), path
    answer = api.ask("POST", "/stop", Scope.STOP, json={"reason": "no journal"})
    assert (answer.status_code, answer.json()["stopped"]) == (200, True)
    assert not {one["name"]: one["ok"] for one in answer.json()["parts"]}["journal"]
