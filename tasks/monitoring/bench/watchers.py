"""A real Prometheus and a real Alertmanager on free ports, started with the files that `keel metrics files` makes."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from conf.schema import Settings
from models.types import Unavailable
from tasks.adapters.servers import free_port
from tasks.monitoring.servers import NOTIFY_TOKEN, WATCH_TOKEN, Places, files_of, write_files

# By the name of their Debian packages, and as they call themselves.
PROMETHEUS, ALERTMANAGER = ("prometheus",), ("prometheus-alertmanager", "alertmanager")
INSTALL = "install it with: sudo apt-get install --no-install-recommends prometheus prometheus-alertmanager"
READY_S = 60.0
# Text by file name, and what becomes of it.
Changed = Callable[[dict[str, str]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Watchers:
    """Where both answer, and their processes."""

    prometheus: str
    alertmanager: str
    processes: Mapping[str, "subprocess.Popen[bytes]"]

    def ask(self, query: str) -> list[tuple[dict[str, str], float]]:
        """What a panel gets for the query now: labels and value of each series."""
        answer = httpx.get(f"{self.prometheus}/api/v1/query", params={"query": query}, timeout=10.0, trust_env=False)
        found = answer.raise_for_status().json()["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]


def program(names: Sequence[str]) -> str:
    """Path of the first of the programs that is installed.

    Raises:
        Unavailable: none of them is.
    """
    for name in names:
        found = shutil.which(name)
        if found is not None:
            return found
    raise Unavailable(f"{names[0]} is not installed; {INSTALL}")


def _as_they_are(files: dict[str, str]) -> dict[str, str]:
    return files


@contextmanager
def watching(
    folder: Path, settings: Settings, places: Places, watch: str, notify: str, changed: Changed = _as_they_are
) -> Iterator[Watchers]:
    """Both in that folder, while the context lasts; `watch` and `notify` are the API's tokens, `changed` says what is
    different in their files.

    Raises:
        Unavailable: one is not installed, or does not start.
    """
    programs = program(PROMETHEUS), program(ALERTMANAGER)
    ports = free_port(), free_port()
    here = Places(places.keel, f"127.0.0.1:{ports[1]}", places.beside)
    write_files(folder, changed(files_of(settings, here)), {WATCH_TOKEN: watch, NOTIFY_TOKEN: notify})
    processes: dict[str, subprocess.Popen[bytes]] = {}
    watchers = Watchers(f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", processes)
    with ExitStack() as running:
        for name, argv, url in (
            ("prometheus", _prometheus(programs[0], folder, ports[0]), watchers.prometheus),
            ("alertmanager", _alertmanager(programs[1], folder, ports[1]), watchers.alertmanager),
        ):
            processes[name] = running.enter_context(_process(argv, folder / f"{name}.log"))
            wait_for(lambda url=url: _is_ready(url), READY_S, f"{name} does not start; see {folder / f'{name}.log'}")  # type: ignore[misc]
        yield watchers


def wait_for(reached: Callable[[], bool], seconds: float, otherwise: str, pause: float = 0.005) -> float:
    """Look until it is so; when that was (time.perf_counter).

    Raises:
        Unavailable: it never was; says `otherwise`.
    """
    end = time.perf_counter() + seconds
    while not reached():
        if time.perf_counter() > end:
            raise Unavailable(otherwise)
        time.sleep(pause)
    return time.perf_counter()


def _prometheus(path: str, folder: Path, port: int) -> list[str]:
    return [
        path,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--storage.tsdb.retention.time=35d",
        # What Alertmanager did not take, because it was not there, comes again after this; a minute is the default.
        "--rules.alert.resend-delay=10s",
        f"--web.listen-address=127.0.0.1:{port}",
    ]


def _alertmanager(path: str, folder: Path, port: int) -> list[str]:
    return [
        path,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]


@contextmanager
def _process(argv: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as said, subprocess.Popen(argv, stdout=said, stderr=subprocess.STDOUT, cwd=log.parent) as run:  # noqa: S603 - our own arguments
        try:
            yield run
        finally:
            run.terminate()
            try:
                run.wait(10.0)
            except subprocess.TimeoutExpired:
                run.kill()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
