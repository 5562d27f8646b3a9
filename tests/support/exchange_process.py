"""The exchange simulator at work: as a process, or in a thread of the test, also under the real host names."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from exchange import Exchange
from exchange.proxy import Proxy, running_proxy
from exchange.server import Server, serve
from exchange.tls import make_authority, tls_front

ROOT = Path(__file__).parent.parent.parent
SIMULATOR = ROOT / "tests" / "simulator"
NOWHERE = "http://127.0.0.1:9"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Simulator:
    """Where one answers; every act of a test goes through its control path."""

    port: int
    control_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def control(self, do: str, **details: Any) -> Any:
        """What the simulator says to a command.

        Raises:
            AssertionError: it does not know the command, or not these details.
        """
        answer = requests.post(f"http://127.0.0.1:{self.control_port}/_control", json={"do": do, **details}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass(frozen=True, slots=True)
class RealNames:
    """What a client is given to reach the simulator under the exchanges' own names, and whom it asked for."""

    proxy: Proxy
    ca_file: Path

    @property
    def url(self) -> str:
        return self.proxy.url

    @property
    def asked(self) -> list[str]:
        return self.proxy.asked


@contextmanager
def exchange_process(*arguments: str) -> Iterator[Simulator]:
    """One that outlives whoever trades on it; `arguments` as of `python -m exchange`."""
    environment = {**os.environ, "PYTHONPATH": str(SIMULATOR)}
    command = [sys.executable, "-m", "exchange", "--port", "0", *arguments]
    with subprocess.Popen(command, env=environment, cwd=SIMULATOR, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Simulator(**json.loads(process.stdout.readline()))
        finally:
            process.terminate()


@contextmanager
def exchange_thread(exchange: Exchange) -> Iterator[Server]:
    """The simulator beside the test, for one that wants to hold its exchange."""
    server = serve(exchange)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def real_names(port: int, folder: Path) -> Iterator[RealNames]:
    """A proxy and an authority through which what listens on `port` bears the real host names."""
    authority = make_authority(folder)

    @asynccontextmanager
    async def both() -> AsyncIterator[Proxy]:
        async with tls_front(authority, port) as front, running_proxy(front) as proxy:
            yield proxy

    with _in_thread(both) as proxy:
        yield RealNames(proxy, authority.ca_file)


def loopback_urls(client: Any, url: str) -> None:
    """Points a ccxt binance at the simulator by plain http; what is not spot leads nowhere."""
    client.urls["api"] = _nowhere(client.urls["api"])
    client.urls["api"] |= dict.fromkeys(("public", "private"), f"{url}/api/v3")
    client.urls["api"] |= {"v1": f"{url}/api/v1", "sapi": f"{url}/sapi/v1"}
    sockets = url.replace("http", "ws", 1)
    if "ws" in client.urls["api"]:
        client.urls["api"]["ws"] |= {"spot": f"{sockets}/ws"}
        client.urls["api"]["ws"]["ws-api"] |= {"spot": f"{sockets}/ws-api/v3"}
    # The table of spot errors goes by the real host name; elsewhere it has to be asked for.
    client.exceptions["exact"] = {**client.exceptions["exact"], **client.exceptions["spot"]["exact"]}


def _nowhere(tree: Any) -> Any:
    return {name: _nowhere(branch) for name, branch in tree.items()} if isinstance(tree, dict) else NOWHERE


@contextmanager
def _in_thread(begin: Callable[[], AbstractAsyncContextManager[Value]]) -> Iterator[Value]:
    """What the context gives, kept open by an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    context = begin()
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(10)
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
