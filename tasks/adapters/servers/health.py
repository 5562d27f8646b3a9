"""Whether a server answers, and whether one that was just started has begun to."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from models.types.errors import Unavailable
from tasks.adapters.servers.process import ServerProcess, alive

START_TIMEOUT_S = 120.0

_ANSWER_TIMEOUT_S = 5.0
_POLL_S = 0.1
_TAIL_LINES = 15
_TAIL_BYTES = 32_768


def answers(url: str) -> bool:
    """Whether a GET of `url`, past any proxy, gives 200."""
    try:
        return httpx.get(url, timeout=_ANSWER_TIMEOUT_S, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def wait_healthy(process: ServerProcess, timeout: float = START_TIMEOUT_S) -> None:
    """Return once the server answers at its health address; raises as `wait_until` does."""
    health = process.health
    wait_until(lambda: health is not None and answers(health), process, timeout)


def wait_until(ready: Callable[[], bool], process: ServerProcess, timeout: float = START_TIMEOUT_S) -> None:
    """Return once `ready()`; raise Unavailable with the end of the log when the process ends or `timeout` s pass."""
    deadline = time.monotonic() + timeout
    while not ready():
        if not alive(process):
            raise Unavailable(f"{process.name} ended during its start. {_log_tail(process.log)}")
        if time.monotonic() > deadline:
            raise Unavailable(f"{process.name} was not ready after {timeout:.0f} s. {_log_tail(process.log)}")
        time.sleep(_POLL_S)


def _log_tail(log: Path) -> str:
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    return f"The end of {log}:\n" + "\n".join(lines)
