"""The API of a home, really served: in a thread of the test, or by `keel serve` as a process."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from processes import ROOT, eventually

from conf.schema.api import ApiConfig
from data.journal import Journal
from tasks.adapters.servers import free_port
from tasks.serving.acts import PersonsActs
from tasks.serving.running import Serving, settings_of
from tasks.session.desk import Desk
from tasks.session.overview import Lookout
from tasks.web.app import build_app
from tasks.web.parts import Parts
from tasks.web.scopes import Scope, tokens_of

TOKENS: Mapping[Scope, str] = {one: f"{one.value}-{'0123456789abcdef' * 2}" for one in Scope}
ENVIRONMENT = {f"KEEL_API__{one.value.upper()}_TOKEN": token for one, token in TOKENS.items()}


def bearer(scope: Scope | str) -> dict[str, str]:
    """The header of a scope's token, or of any other text."""
    return {"Authorization": f"Bearer {TOKENS[scope] if isinstance(scope, Scope) else scope}"}


def config(**changes: Any) -> ApiConfig:
    """Settings of the API at a free port, with room for tests."""
    usual = {
        "host": "127.0.0.1",
        "port": free_port(),
        "names": (),
        "reads_per_minute": 100_000,
        "writes_per_minute": 1000,
        "body_bytes": 4096,
        "refresh_seconds": 0.1,
        "sign_in_hours": 1.0,
    }
    return ApiConfig.model_validate(usual | changes)


def parts_of(desk: Desk, journal: Journal, settings: ApiConfig) -> Parts:
    """The parts of a home whose desk and journal stay the same."""
    return Parts(
        lookout=Lookout(lambda: desk, lambda: journal, list),
        desk=lambda: desk,
        journal=lambda: journal,
        acts=PersonsActs(lambda: desk, lambda: journal, desk.clock, lambda _: None),
        tokens=tokens_of(TOKENS),
        clock=desk.clock,
        config=settings,
        metrics=lambda: b"keel_available 1\n",
    )


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs."""

    url: str
    app: FastAPI

    def ask(self, method: str, path: str, scope: Scope | str | None = Scope.WATCH, **more: Any) -> httpx.Response:
        """One request; `scope` None sends no token."""
        headers = {**({} if scope is None else bearer(scope)), **more.pop("headers", {})}
        return httpx.request(method, self.url + path, headers=headers, timeout=60, trust_env=False, **more)


@contextlib.contextmanager
def served(parts: Parts) -> Iterator[Served]:
    """The API of these parts, by the server that `keel serve` uses."""
    app = build_app(parts)
    server = Serving(settings_of(app, parts.config), app.state.pulse)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, 300)
    try:
        yield Served(f"http://127.0.0.1:{parts.config.port}", app)
    finally:
        app.state.pulse.end()
        server.should_exit = True
        thread.join(120)
        assert not thread.is_alive(), "the server has not ended"


@contextlib.contextmanager
def serve_process(home: Path, environment: Mapping[str, str], port: int) -> Iterator["subprocess.Popen[str]"]:
    """`keel serve` as a process, once it answers; stopped at the end."""
    env = {**os.environ, **ENVIRONMENT, **environment, "KEEL_HOME": str(home)}
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "serve", "--port", str(port)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            eventually(lambda: process.poll() is not None or answers(port), 60)
            assert process.poll() is None, (home / "serve.log").read_text()
            yield process
        finally:
            process.terminate()
            process.wait(30)


def answers(port: int) -> bool:
    """Whether somebody does."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
