"""Bytes from one socket to another: what a TLS front and a proxy have in common. A torn connection tears the other."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from exchange.server import tear

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_CHUNK = 65536


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Carry bytes both ways between a client and `port` of the loopback, until either side ends."""
    try:
        upstream, downstream = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        tear(writer.transport)
        return
    ways = [asyncio.ensure_future(_carry(reader, downstream)), asyncio.ensure_future(_carry(upstream, writer))]
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        torn = any(way.result() for way in done)
    finally:
        for way in ways:
            way.cancel()
    for end in (downstream, writer):
        if end.is_closing():
            continue
        if torn:
            tear(end.transport)
        else:
            end.close()


@asynccontextmanager
async def serving(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of the loopback on which the handler gets each connection; at the end all of them are torn."""
    open_ones: set[asyncio.Task[None]] = set()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ones.add(task)
        try:
            await handler(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            open_ones.discard(task)

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0, ssl=context)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in open_ones:
            task.cancel()
        await asyncio.gather(*open_ones)


@asynccontextmanager
async def listening(port: int, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A second port for what listens on `port`, by TLS where there is a context."""

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await join(reader, writer, port)

    async with serving(on_connection, context) as front:
        yield front


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether it ended by a tear, not by an orderly close."""
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        return True
    return False
