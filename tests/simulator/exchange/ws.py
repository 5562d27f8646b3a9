"""The websockets of the simulator: market streams at /ws and /stream, requests and the owner's events at /ws-api/v3."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from exchange.exchange import Exchange
from exchange.streams import Listener, Message, Streams
from exchange.ws_api import Session

PING_S = 20.0
LOOK_S = 0.1  # a bar is also closed by the time alone
STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)
Answer = Callable[[Message], Message | None]


def add_routes(app: web.Application, exchange: Exchange) -> None:
    """The websockets of this exchange in the running loop, beside what the application has; see `app[STREAMS]`."""
    ends = Ends(exchange)
    app[STREAMS] = ends.streams
    app.router.add_get("/ws", ends.on_raw)
    app.router.add_get("/ws/{names:.*}", ends.on_raw)
    app.router.add_get("/stream", ends.on_combined)
    app.router.add_get("/ws-api/v3", ends.on_api)
    app.on_shutdown.append(_tear_all)
    app.cleanup_ctx.append(_looking)


async def _tear_all(app: web.Application) -> None:
    app[STREAMS].act("drop")


async def _looking(app: web.Application) -> AsyncIterator[None]:
    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            app[STREAMS].look_at_bars()

    task = asyncio.ensure_future(look())
    yield
    task.cancel()
    app[STREAMS].leave()


class Ends:
    """Where websockets of each kind are accepted."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.streams = Streams(exchange, asyncio.get_running_loop().call_soon_threadsafe)

    async def on_raw(self, request: web.Request) -> web.StreamResponse:
        """Market events as they are; the path may name streams, joined by a slash."""
        return await self._market(request, request.match_info.get("names", ""), combined=False)

    async def on_combined(self, request: web.Request) -> web.StreamResponse:
        """Market events in `{"stream": .., "data": ..}`."""
        return await self._market(request, request.query.get("streams", ""), combined=True)

    async def on_api(self, request: web.Request) -> web.StreamResponse:
        """Requests by name, and the owner's events once they are subscribed to."""
        socket, listener = await self._accepted(request)
        session = Session(self.exchange, listener, f"ws-api {id(socket):x}")
        return await self._run(socket, listener, session.answer)

    async def _market(self, request: web.Request, names: str, combined: bool) -> web.StreamResponse:
        socket, listener = await self._accepted(request)
        subscriptions = Subscriptions(listener, combined)
        subscriptions.add([name for name in names.split("/") if "@" in name])
        return await self._run(socket, listener, subscriptions.answer)

    async def _accepted(self, request: web.Request) -> tuple[web.WebSocketResponse, Listener]:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        transport = request.transport
        assert transport is not None
        return socket, Listener(transport.abort)

    async def _run(self, socket: web.WebSocketResponse, listener: Listener, answer: Answer) -> web.StreamResponse:
        self.streams.listeners.append(listener)
        sender = asyncio.ensure_future(_send(socket, listener))
        try:
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                said = answer(_parsed(message.data))
                if said is not None:
                    listener.say(said)
        finally:
            self.streams.listeners.remove(listener)
            sender.cancel()
        return socket


class Subscriptions:
    """What one market connection listens to."""

    def __init__(self, listener: Listener, combined: bool) -> None:
        self.listener, self.combined = listener, combined

    def add(self, names: list[str]) -> None:
        for name in names:
            self.listener.topics[name] = lambda event, name=name: self._wrapped(name, event)  # type: ignore[misc]

    def answer(self, request: Message) -> Message:
        """As the documents have it: `result` null for what was done, or an error."""
        said = self._done(request.get("method", ""), request.get("params", []))
        return ({"error": said} if isinstance(said, dict) else {"result": said}) | {"id": request.get("id")}

    def _done(self, method: str, params: list[Any]) -> Any:
        if method == "SUBSCRIBE":
            return self.add(params)
        if method == "UNSUBSCRIBE":
            for name in params:
                self.listener.topics.pop(name, None)
            return None
        if method == "LIST_SUBSCRIPTIONS":
            return list(self.listener.topics)
        if method == "SET_PROPERTY" and params[:1] == ["combined"]:
            self.combined = bool(params[1])
            return None
        if method == "GET_PROPERTY" and params == ["combined"]:
            return self.combined
        known = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
        return {"code": 2, "msg": f"Invalid request: unknown variant {method}, expected one of {known}"}

    def _wrapped(self, name: str, event: Message) -> Message:
        return {"stream": name, "data": event} if self.combined else event


async def _send(socket: web.WebSocketResponse, listener: Listener) -> None:
    """Everything in its order; a ping where there was nothing to say for long. A client that has gone is no error."""
    with suppress(ConnectionError):
        while True:
            try:
                outgoing = await asyncio.wait_for(listener.outbox.get(), PING_S)
            except TimeoutError:
                if not listener.muted:
                    await socket.ping()
                continue
            await asyncio.sleep(outgoing.wait_s)
            if not listener.muted:
                await socket.send_str(outgoing.text)


def _parsed(text: str) -> Message:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
