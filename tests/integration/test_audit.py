"""`make audit` against a service on the loopback: what it finds, what it allows, and when it could not look."""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from audit_run import CANARY, allowed, judged
from processes import ROOT

PROGRAM = ROOT / "tests" / "support" / "audit_run.py"
HOLE = {"id": "PYSEC-2019-1", "aliases": ["CVE-2019-1"], "summary": "a hole", "published": "2019-01-01T00:00:00Z"}
LOCK = "".join(
    f"{name} \\\n    --hash=sha256:{'a' * 64}\n" for name in ("alpha==1.0", "beta==2.0 ; sys_platform == 'win32'")
)
DAY = "2999-12-31"


def hole(name: str) -> dict[str, Any]:
    fixed = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}
    return {"vulns": [HOLE | {"affected": [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [fixed]}]}]}


@contextmanager
def service(answers: dict[str, Any] | bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the names that it was asked for; what it has no answer for it answers with `{}`."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            asked.append(name)
            body = answers if isinstance(answers, bytes) else json.dumps(answers.get(name, {})).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def audit(tmp_path: Path) -> Any:
    def run(url: str, pardoned: str = "", lock: str = LOCK) -> "subprocess.CompletedProcess[str]":
        (tmp_path / "lock.txt").write_text(lock)
        (tmp_path / "pyproject.toml").write_text(pardoned)
        return subprocess.run(
            [sys.executable, PROGRAM, tmp_path / "lock.txt"],
            env={**os.environ, "AUDIT_URL": url, "AUDIT_ALLOWED": str(tmp_path / "pyproject.toml")},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def pardon(until: str = DAY, name: str = "CVE-2019-1", package: str = "alpha") -> str:
    said = {"vulnerability": f'"{name}"', "package": f'"{package}"', "why": '"never called"', "until": until}
    return "\n".join(["[[tool.keel.audit.allowed]]", *(f"{key} = {value}" for key, value in said.items())])


KNOWN = {CANARY.name: hole(CANARY.name)}


def test_nothing_known_is_zero_and_packages_of_other_platforms_are_asked_for(audit: Any) -> None:
    with service(KNOWN) as (url, asked):
        done = audit(url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 packages, nothing is known against them" in done.stdout
    assert sorted(asked) == ["alpha", "beta", CANARY.name]


def test_a_name_that_a_lock_has_twice_is_asked_for_twice(audit: Any) -> None:
    with service(KNOWN) as (url, asked):
        done = audit(url, lock=LOCK + LOCK.replace("alpha==1.0", "alpha==1.1"))
    assert done.returncode == 0, done.stderr
    assert asked.count("alpha") == 2


def test_a_finding_fails_and_is_named(audit: Any) -> None:
    with service(KNOWN | {"alpha": hole("alpha")}) as (url, _):
        done = audit(url)
    assert done.returncode == 1
    assert "alpha 1.0: PYSEC-2019-1, mended by 9.9" in done.stdout


def test_a_finding_that_is_allowed_does_not_fail(audit: Any) -> None:
    with service(KNOWN | {"alpha": hole("alpha")}) as (url, _):
        done = audit(url, pardon())
    assert (done.returncode, "1 findings allowed" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("pardoned", "said"),
    [
        (pardon(name="PYSEC-2019-1"), []),
        (pardon(until="2020-01-01"), ["was allowed until 2020-01-01: never called"]),
        (pardon(name="CVE-2019-2"), ["alpha 1.0: PYSEC-2019-1", "CVE-2019-2 is allowed and was not found"]),
        (pardon(package="beta"), ["alpha 1.0: PYSEC-2019-1", "beta: CVE-2019-1 is allowed and was not found"]),
    ],
)
def test_what_is_allowed_has_an_end_and_is_of_one_package(tmp_path: Path, pardoned: str, said: list[str]) -> None:
    (tmp_path / "pyproject.toml").write_text(pardoned)
    told = [{"name": "alpha", "version": "1.0", "vulns": [HOLE | {"fix_versions": ["9.9"]}]}]
    wrong = judged(told, allowed(tmp_path / "pyproject.toml"), dt.date(2026, 11, 23))
    assert len(wrong) == len(said)
    assert all(part in one for one, part in zip(wrong, said, strict=True)), wrong


@pytest.mark.parametrize("pardoned", [pardon().replace("why", "because"), pardon(until='"tomorrow"')])
def test_what_is_allowed_has_a_reason(audit: Any, pardoned: str) -> None:
    done = audit("http://127.0.0.1:9", pardoned)
    assert (done.returncode, "wanted are vulnerability, package, why, until" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(("answers", "status"), [({}, 200), (b"<html>sign in</html>", 200), (b"[]", 200), (KNOWN, 403)])
def test_an_answer_that_is_none_is_not_taken_for_a_look(audit: Any, answers: Any, status: int) -> None:
    with service(answers, status) as (url, _):
        done = audit(url)
    assert done.returncode == 2, done.stdout
    assert "could not look" in done.stderr
    assert "Traceback" not in done.stderr
    assert "nothing is known against" not in done.stdout


def test_a_service_that_is_not_there_is_not_taken_for_a_look(audit: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = audit(f"http://127.0.0.1:{taken.getsockname()[1]}/v1/query")
    assert done.returncode == 2
    assert "could not look: the vulnerability service was not reached" in done.stderr


def test_the_canary_is_in_no_lock() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert f"\n{CANARY.name}==" not in (ROOT / name).read_text()
