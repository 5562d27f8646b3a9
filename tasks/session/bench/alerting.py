"""From an alert that is raised to a webhook that has it, on the loopback, with the pause between two looks in it."""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from pydantic import SecretStr

from conf.schema.alerts import AlertsConfig, ChannelConfig
from data.journal import Journal, open_journal
from tasks.adapters.clocks import SystemClock
from tasks.adapters.notifiers import Way, send
from tasks.session.alerting.couriers import ThreadCourier
from tasks.session.alerting.dispatching import Dispatcher
from tasks.session.alerting.messages import Message, Place
from tasks.session.bench.figure import Figure, Workplace

ALERTS, IN_A_ROW, TARGET = 50, 10, 30.0
TIMEOUT, PATIENCE_S = 10.0, 60.0
# Not even: a wait that fits the poll would always meet it at the same moment.
APART_S = 0.137


def bench_alert_delivery(place: Workplace) -> Figure:
    """Seconds, p99 over 50 alerts; the reference is the same message posted without outbox and dispatcher."""
    settings = place.make_desk(place.folder).loaded.settings.alerts
    arrived: dict[str, float] = {}
    with _webhook(arrived) as port:
        way = Way("webhook", SecretStr(f"http://127.0.0.1:{port}/"))
        took = [one for _ in range(ALERTS // IN_A_ROW) for one in _delivered(place, settings, way, arrived)]
        bare = [_posted(way, arrived, number) for number in range(IN_A_ROW)]
    middle, late = (float(np.quantile(took, share)) for share in (0.5, 0.99))
    said = f"<= {TARGET:g} s for p99 of {ALERTS} (p50 {middle:.2f} s)"
    return Figure("alert_delivery", late, "s", "posted at once", middle / float(np.median(bare)), said, late <= TARGET)


def _delivered(place: Workplace, settings: AlertsConfig, way: Way, arrived: dict[str, float]) -> Iterator[float]:
    """Of a new journal, with fewer alerts than a flood."""
    channels = {"webhook": ChannelConfig(least="info", quiet=False, escalation=False)}
    changed = settings.model_copy(update={"channels": channels})
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        journal = open_journal(Path(name) / "journal.sqlite")
        with _dispatching(journal, changed, way):
            for number in range(IN_A_ROW):
                key = f"bench {chr(ord('a') + number)}"
                arrived.pop(key, None)
                began = time.monotonic()
                journal.raise_alert(key, "error", key, SystemClock().now())
                yield _awaited(arrived, key) - began
                time.sleep(APART_S)
        journal.engine.dispose()


@contextmanager
def _dispatching(journal: Journal, settings: AlertsConfig, way: Way) -> Iterator[None]:
    ended = threading.Event()

    def post(message: Message) -> None:
        send(way, message.title, message.body, message.severity, TIMEOUT)

    dispatcher = Dispatcher(
        journal, settings, {"webhook": ThreadCourier(post, PATIENCE_S)}, Place("bench", "-"), SystemClock().now
    )

    def work() -> None:
        while not ended.wait(settings.poll_seconds):
            dispatcher.round()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _posted(way: Way, arrived: dict[str, float], number: int) -> float:
    began, key = time.monotonic(), f"bare {number}"
    send(way, "bench", key, "error", TIMEOUT)
    return _awaited(arrived, key) - began


def _awaited(arrived: dict[str, float], key: str) -> float:
    until = time.monotonic() + 2.0 * TARGET
    while key not in arrived and time.monotonic() < until:
        time.sleep(0.001)
    return arrived.get(key, until)


@contextmanager
def _webhook(arrived: dict[str, float]) -> Iterator[int]:
    """Notes when a message with that first line came."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            arrived[str(body["message"]).splitlines()[0]] = time.monotonic()
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serve: Callable[[], None] = server.serve_forever
    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
