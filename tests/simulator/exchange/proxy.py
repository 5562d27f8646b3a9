"""A CONNECT proxy of the loopback: whatever host a client asks for, it gets the simulator; who was asked is noted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from exchange.pipe import join, serving


@dataclass(slots=True)
class Proxy:
    """Its own port, where it leads to, and every `host:port` that was asked for, in order."""

    leads_to: int
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What a client takes as its proxy."""
        return f"http://127.0.0.1:{self.port}"

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            return
        method, target, *_ = head.decode("latin-1").split(" ")
        self.asked.append(target)
        if method != "CONNECT":
            writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await join(reader, writer, self.leads_to)


@asynccontextmanager
async def running_proxy(leads_to: int) -> AsyncIterator[Proxy]:
    """A proxy to this port of the loopback, until the end of the block."""
    proxy = Proxy(leads_to)
    async with serving(proxy.on_connection) as proxy.port:
        yield proxy
