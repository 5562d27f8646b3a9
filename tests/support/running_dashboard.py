"""A paper session that decides the minutes of now, and the dashboard beside it: processes of a test's own."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from browser import Page
from minute_home import MinuteHome, minute_market, traded_home
from processes import ROOT, eventually

from data.journal import TRADER, Heartbeats, Journal, open_journal
from tasks.adapters.servers import free_port
from tasks.bootstrap import journal_place
from tasks.web.scopes import Scope


@dataclass(frozen=True, slots=True)
class Running:
    """One home: `settings` is the environment of its processes, `tokens` by scope, `url` of the dashboard."""

    made: MinuteHome
    settings: dict[str, str]
    tokens: dict[Scope, str]
    url: str
    journal: Journal

    def sign_in(self, page: Page, *scopes: Scope) -> None:
        """As a person does, once with each token."""
        for scope in scopes:
            page.ask("Page.navigate", url=f"{self.url}/sign-in")
            page.wait("location.pathname === '/sign-in' && !!document.getElementById('token')")
            page.value("document.getElementById('token').focus()")
            page.write(self.tokens[scope])
            page.key("Enter")
            page.wait("!!document.getElementById('board')")


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    """All of it; the processes are ended as a person would end them."""
    made = traded_home(folder / "home")
    with ExitStack() as stack:
        settings = stack.enter_context(minute_market(made))
        tokens = {one: secrets.token_urlsafe(32) for one in (Scope.WATCH, Scope.STOP, Scope.RESUME)}
        settings |= {f"KEEL_API__{one.value.upper()}_TOKEN": token for one, token in tokens.items()}
        journal = open_journal(journal_place(made.home))
        port = free_port()
        stack.enter_context(_process(settings, folder / "trade.log", "trade", "--session", "--duration", "1d"))
        stack.enter_context(_process(settings, folder / "serve.log", "serve", "--port", str(port)))
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: _answers(url))
        eventually(lambda: _waits(journal))
        yield Running(made, settings, tokens, url, journal)


@contextmanager
def _process(settings: dict[str, str], log: Path, *asked: str) -> Iterator[None]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *asked],
            cwd=ROOT,
            env=kept | settings,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=300)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", trust_env=False).json() == {"alive": True}
    except httpx.TransportError:
        return False


def _waits(journal: Journal) -> bool:
    beat = Heartbeats(journal.engine).last(TRADER)
    return beat is not None and beat.due_at is not None and beat.detail.startswith("waits for the close")
