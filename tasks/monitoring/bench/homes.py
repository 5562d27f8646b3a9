"""A home that has traded the embedded sample for days, its API as a process, and decisions that go on from there."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from conf import PROJECT
from data.journal import Decision, Journal, RouteLog, Settled, open_journal
from models.types import Unavailable
from models.types.timeframes import DAY
from tasks.adapters.servers import free_port
from tasks.monitoring.bench.watchers import READY_S, wait_for
from tasks.session.apart import set_apart

# After the close of these days, with no model of anything: an order, and its fill.
DAYS = ("2017-06-05T22:00Z", "2017-06-06T22:00Z")
SCOPES = ("watch", "stop", "resume", "notify")
TOKENS = {one: f"bench-{one}-0123456789abcdef0123456789" for one in SCOPES}


@dataclass(frozen=True, slots=True)
class Home:
    """`environment` is what its processes have, `api` where its API listens."""

    folder: Path
    environment: Mapping[str, str]
    api: str
    journal: Journal

    def decide(self) -> Decision:
        """The next day's decision, with all that a journal keeps of it: nothing is bought or sold by it."""
        (book,) = self.journal.books()
        last = self.journal.last_decision(book)
        if last is None:
            raise Unavailable(f"the book {book} of the bench has decided nothing")
        bar = last.bar + DAY
        moved = {
            "id": f"bench-{bar}",
            "bar": bar,
            "decided_at": last.decided_at + DAY,
            "state_before": last.state_after,
        }
        made = replace(last, **moved, switches=(), intents=(), events=(), bound_by={})  # type: ignore[arg-type]
        routed = tuple(RouteLog(self.journal.engine).newest(book).values())
        self.journal.record_decision(made, last.bar, Settled("paper"), "{}", routed=routed)
        return made


@contextmanager
def served_home(folder: Path, more: Mapping[str, str], fresh: bool = False) -> Iterator[Home]:
    """The home, and its API until the context ends; `more` goes into the environment. A `fresh` one has no bar and has
    traded nothing.

    Raises:
        Unavailable: it cannot be made, or does not answer.
    """
    port = free_port()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("KEEL_")}
    own = {**set_apart(folder), "KEEL_API__PORT": str(port), "KEEL_API__READS_PER_MINUTE": "100000"}
    tokens = {f"KEEL_API__{name.upper()}_TOKEN": token for name, token in TOKENS.items()}
    environment = plain | own | tokens | dict(more)
    if not fresh:
        _settle(environment)
    api = f"127.0.0.1:{port}"
    with module(("tasks.serving",), environment, folder / "serving.log"):
        wait_for(lambda: _answers(api), READY_S, f"the API does not answer; see {folder / 'serving.log'}")
        journal = open_journal(folder / "state" / "journal.sqlite")
        try:
            yield Home(folder, environment, api, journal)
        finally:
            journal.engine.dispose()


@contextmanager
def module(name: tuple[str, ...], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """A process of ours, `python -m` and so on, until the context ends."""
    with ExitStack() as closing:
        said = closing.enter_context(log.open("wb"))
        run = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", *name], cwd=PROJECT, env=dict(environment), stdout=said, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            run.terminate()
            try:
                run.wait(15.0)
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()


def _settle(environment: Mapping[str, str]) -> None:
    for arguments in (("ingest",), *(("trade", "--once", "--as-of", day) for day in DAYS)):
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "flows.cli", *arguments],
            cwd=PROJECT,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unavailable(f"keel {' '.join(arguments)} failed in the home of the bench: {done.stderr[-500:]}")


def _answers(api: str) -> bool:
    watch = {"Authorization": f"Bearer {TOKENS['watch']}"}
    try:
        return httpx.get(f"http://{api}/metrics", headers=watch, timeout=10.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
