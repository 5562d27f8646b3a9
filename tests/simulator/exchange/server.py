"""The exchange behind real sockets of 127.0.0.1, where a reset is a reset and who hangs, hangs.

Two ports: the venue's, and one for control alone that stays when {"do": "down"} closes the venue's until {"do": "up"}.
Control works on both.
"""

import asyncio
import json
import socket
import struct
import threading
from dataclasses import dataclass, field

from aiohttp import web

from exchange import ws
from exchange.control import control
from exchange.exchange import Exchange
from exchange.refusals import ApiError
from exchange.replies import Reply

HOST = "127.0.0.1"
CONTROL = "/_control"
POLL_S = 0.05
LINGER_NOT = struct.pack("ii", 1, 0)  # closing sends RST


@dataclass(eq=False)
class Doors:
    """Where the exchange is reached. Lives in one event loop."""

    exchange: Exchange
    venue: web.AppRunner
    keeper: web.AppRunner
    port: int = 0
    control_port: int = 0
    site: web.TCPSite | None = field(default=None)

    async def open(self) -> None:
        """Both ports, the venue's first where it had been before."""
        await self.up()
        if not self.control_port:
            site = web.TCPSite(self.keeper, HOST, 0)
            await site.start()
            self.control_port = _port_of(self.keeper)

    async def up(self) -> None:
        """The venue can be reached (again), at the same port."""
        if self.site is None:
            self.site = web.TCPSite(self.venue, HOST, self.port, reuse_address=True)
            await self.site.start()
            self.port = self.port or _port_of(self.venue)

    async def down(self) -> None:
        """Nobody is there: new connections are refused, those there are torn."""
        if self.site is not None:
            await self.site.stop()
            self.site = None
            server = self.venue.server
            for handler in list(server.connections) if server is not None else []:
                if handler.transport is not None:
                    tear(handler.transport)

    async def close(self) -> None:
        await self.down()
        await self.venue.cleanup()
        await self.keeper.cleanup()


async def start(exchange: Exchange, port: int = 0) -> Doors:
    """Opens them in the running loop."""
    venue = web.Application()
    ws.add_routes(venue, exchange)
    keeper = web.Application()
    rooms, keys = (web.AppRunner(app, access_log=None, shutdown_timeout=0.1) for app in (venue, keeper))
    doors = Doors(exchange, rooms, keys, port=port)
    streams = venue[ws.STREAMS]

    async def on_control(request: web.Request) -> web.Response:
        asked = await request.json()
        try:
            if asked.get("do") in ("up", "down"):
                await getattr(doors, asked["do"])()
                return web.json_response(None)
            if asked.get("do") == "stream":
                streams.act(asked["fault"])
                return web.json_response(None)
            return web.json_response(control(exchange, asked))
        except (LookupError, TypeError, ValueError, ApiError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    async def on_request(request: web.Request) -> web.StreamResponse:
        return await _answered(exchange, request)

    for app in (venue, keeper):
        app.router.add_post(CONTROL, on_control)
    venue.router.add_route("*", "/{path:.*}", on_request)
    for runner in (rooms, keys):
        await runner.setup()
    await doors.open()
    return doors


class Server:
    """The exchange in a thread of this process, until `stop`."""

    def __init__(self, exchange: Exchange, port: int = 0) -> None:
        self.exchange = exchange
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="exchange", daemon=True)
        self.thread.start()
        self.doors = asyncio.run_coroutine_threadsafe(start(exchange, port), self.loop).result()
        self.port, self.control_port = self.doors.port, self.doors.control_port
        self.url = f"http://{HOST}:{self.port}"

    def stop(self) -> None:
        """Tears what is open and ends the thread."""
        asyncio.run_coroutine_threadsafe(self.doors.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


def serve(exchange: Exchange, port: int = 0) -> Server:
    """The exchange at a port of 127.0.0.1 (0: a free one), REST, websockets and control."""
    return Server(exchange, port)


def tear(transport: asyncio.BaseTransport) -> None:
    """The connection ends by a reset."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    if isinstance(transport, asyncio.Transport):
        transport.abort()


async def _answered(exchange: Exchange, request: web.Request) -> web.StreamResponse:
    body = await request.text()
    path, _, query = request.raw_path.partition("?")  # as it was sent: it is what was signed
    peer = request.transport.get_extra_info("peername") if request.transport else None
    connection = f"{peer[0]}:{peer[1]}" if peer else ""
    reply = exchange.handle(request.method, path, query, request.headers, body, connection)
    await asyncio.sleep(reply.latency_ms / 1000)
    return await _delivered(reply, request)


async def _delivered(reply: Reply, request: web.Request) -> web.StreamResponse:
    while reply.delivery == "hang" and request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(POLL_S)
    if reply.delivery != "ok":
        if request.transport is not None:
            tear(request.transport)
        return web.Response(status=500)
    return web.Response(status=reply.status, headers=dict(reply.headers), body=reply.body.encode())


def _port_of(runner: web.AppRunner) -> int:
    return int(runner.addresses[0][1])


def described(doors: Doors) -> str:
    """The line that `python -m exchange` prints."""
    return json.dumps({"port": doors.port, "control_port": doors.control_port})
