"""A home whose metrics live: a book with a past, and cycles still to come in which specialists and models change."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from processes import ROOT
from redis_server import free_port
from stormy import STORMY, settle_in_storms
from synthetic import START
from waiting import wait_until

from data.journal import Beat, FeedLog, Heartbeats, Journal, SessionEvent, SessionKind, SessionLog, SessionRun
from models.types.timeframes import HOUR
from tasks.adapters.clocks import SystemClock
from tasks.adapters.holder import this_process
from tasks.bootstrap import build_broker, build_journal, no_checkpoint
from tasks.session.book import book_name, line_of
from tasks.session.cycle import run_cycle
from tasks.session.desk import Desk

BARS = 3000
# The bars of the past, of the storm in which all change, and after it.
FIRST, STORM, LAST = 2918, 2921, 2928
TOKENS = {
    "KEEL_API__WATCH_TOKEN": "watch-" + "w" * 40,
    "KEEL_API__STOP_TOKEN": "stop-" + "s" * 40,
    "KEEL_API__RESUME_TOKEN": "resume-" + "r" * 40,
}
RULES = [
    {"name": "crisis", "models": ["momentum"], "regimes": ["crisis"]},
    {"name": "all", "models": ["momentum", "xgboost"]},
]
SETTINGS = {**STORMY, "KEEL_ROUTER__RULES": json.dumps(RULES)}
PREFECT = {
    "/api/flows/filter": [{"id": "1", "name": "trade"}],
    "/api/flow_runs/filter": [{"flow_id": "1", "state_type": "COMPLETED"}, {"flow_id": "1", "state_type": "FAILED"}],
}


@dataclass(slots=True)
class PanelHome:
    """A book in its home, cycle after cycle."""

    folder: Path
    desk: Desk
    journal: Journal
    session: int
    bar: int = FIRST

    def live_on(self, until: int) -> None:
        """Run the cycles up to that bar, as a session does."""
        while self.bar < until:
            self.bar += 1
            at = self.desk.at(START + self.bar * HOUR)
            run_cycle(at, self.journal, build_broker(at, self.journal), no_checkpoint)
            self._tell()

    def _tell(self) -> None:
        now, engine = SystemClock().now(), self.journal.engine
        bar = START + (self.bar - 1) * HOUR
        SessionLog(engine).note(SessionEvent(self.session, now, SessionKind.DECIDED, "", bar, 0.3))
        for feed in ("binance", "news/coindesk"):
            FeedLog(engine).answered(feed, now)
        Heartbeats(engine).beat(Beat("trader", this_process(), now, now + 10 * HOUR, ""))
        self.journal.raise_alert(f"no quote {self.bar}", "error", "AAA/USDT has no price", now)


def panel_home(folder: Path) -> PanelHome:
    """With its past; changes the environment."""
    os.environ.update(SETTINGS)
    desk = settle_in_storms(folder, BARS)
    journal = build_journal(desk)
    now = SystemClock().now()
    book = book_name("exploration", line_of(desk.loaded.settings))
    run = SessionRun("panels", book, "exploration", "1000", "r", this_process(), now, None)
    home = PanelHome(folder, desk, journal, SessionLog(journal.engine).begin(run))
    home.live_on(STORM)
    return home


@contextmanager
def serving_api(home: PanelHome) -> Iterator[str]:
    """Its API as `keel serve` starts it, with a Prefect that tells of two runs; host and port of it."""
    port = free_port()
    with _prefect() as prefect:
        own = {"KEEL_API__PORT": str(port), "KEEL_SERVERS__PREFECT_PORT": str(prefect), "KEEL_HOME": str(home.folder)}
        with (home.folder / "api.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tasks.serving"],
                cwd=ROOT,
                env={**os.environ, **SETTINGS, **TOKENS, **own},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(lambda: _answers(port, process, home.folder / "api.log"), patience=60.0)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=300)


def _answers(port: int, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text()
    token = {"Authorization": f"Bearer {TOKENS['KEEL_API__WATCH_TOKEN']}"}
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", headers=token, timeout=30.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return "keel_flow_runs" in answer.text


@contextmanager
def _prefect() -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            text = json.dumps(PREFECT.get(self.path, [])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield int(listener.server_address[1])
        finally:
            listener.shutdown()
            thread.join()
