"""Prefect's own API as tests ask it: a server that is busy is asked again, as Prefect's own client does."""

import time
from typing import Any

import httpx

# What it says while SQLite is locked: nothing was done.
BUSY = 503


def ask(method: str, url: str, body: object = None, seconds: float = 30.0) -> Any:
    """The JSON that it answers, None where the answer is empty.

    Raises:
        httpx.HTTPStatusError: it refuses, or is busy for so long.
    """
    deadline = time.monotonic() + seconds
    while True:
        said = httpx.request(method, url, json=body, timeout=30)
        if said.status_code != BUSY or time.monotonic() > deadline:
            said.raise_for_status()
            return said.json() if said.content else None
        time.sleep(0.5)
