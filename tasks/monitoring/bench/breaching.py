"""From a breach in the journal until a receiver has the notification: by the real Prometheus, Alertmanager, API and
dispatcher.
"""

import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from data.journal import Holding, HoldingKind, Journal
from data.journal.holding_log import write_holding
from tasks.adapters.clocks import SystemClock
from tasks.monitoring.bench.homes import TOKENS, module, served_home
from tasks.monitoring.bench.watchers import ALERTMANAGER, PROMETHEUS, program, wait_for, watching
from tasks.monitoring.servers import Places
from tasks.session.bench.figure import Figure, Workplace

BREACHES = 8
TARGET_S = 30.0
CHANNEL = "KEEL_ALERTS__CHANNELS__WEBHOOK__"
TO_WEBHOOK = {f"{CHANNEL}LEAST": "info", f"{CHANNEL}QUIET": "false", f"{CHANNEL}ESCALATION": "false"}


def bench_breach(place: Workplace) -> Figure:
    """The slowest of them; the reference is what the servers wait by their settings (scrape, evaluation, group).

    Raises:
        Unavailable: Prometheus or Alertmanager is not installed.
    """
    program(PROMETHEUS)
    program(ALERTMANAGER)
    seconds = breach_seconds(place, BREACHES)
    p50, most = np.percentile(seconds, [50, 100]).tolist()
    target = f"all <= {TARGET_S:g} s (p50 {p50:.1f} s, {BREACHES} breaches)"
    return Figure(
        "breach_to_notification", most, "s", "scrape, evaluation, group (7 s)", most / 7.0, target, most <= TARGET_S
    )


def breach_seconds(place: Workplace, breaches: int) -> list[float]:
    """Of each: units that nobody of ours brought are found at a venue, another one each time."""
    chance = random.Random(2)  # noqa: S311 - pauses, no secrets
    settings = place.make_desk(place.folder).loaded.settings
    with tempfile.TemporaryDirectory(dir=place.folder) as name, _receiver() as (url, heard):
        folder = Path(name)
        (folder / "home").mkdir()
        more = {"WEBHOOK_URL": url, **TO_WEBHOOK}
        with (
            served_home(folder / "home", more) as home,
            module(("tasks.alerting",), home.environment, folder / "alerting.log"),
            watching(folder, settings, Places(home.api), TOKENS["watch"], TOKENS["notify"]) as watchers,
        ):
            wait_for(lambda: bool(watchers.ask("keel_available")), 60.0, "nothing was scraped")
            found = []
            for number in range(breaches):
                time.sleep(5.0 * chance.random())
                venue = f"breached{number}"
                bring(home.journal, venue)
                begun = time.perf_counter()
                seen = wait_for(
                    lambda word=venue: any(word in one for one in list(heard)),  # type: ignore[misc]
                    120.0,
                    f"the breach at {venue} was never told; heard: {heard[-3:]}",
                )
                found.append(seen - begun)
    return found


def bring(journal: Journal, venue: str) -> None:
    """A unit that nobody of ours brought is found at the venue."""
    now = SystemClock().now()
    with journal.engine.begin() as connection:
        write_holding(
            connection, Holding(venue, "BTC", HoldingKind.EXTERNAL, Decimal(1), None, now, "for the bench", "bench")
        )


@contextmanager
def _receiver() -> Iterator[tuple[str, list[str]]]:
    """Where notifications go, and the bodies that came."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        """Takes whatever is sent."""

        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="bench receiver", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/told", heard
        finally:
            server.shutdown()
            thread.join()
