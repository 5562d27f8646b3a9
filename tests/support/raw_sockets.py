"""Websockets to the simulator without any client library's opinion in between."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from exchange.signing import signature

SUBSCRIBE = "userDataStream.subscribe.signature"


@asynccontextmanager
async def raw_socket(url: str, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection to this path of the simulator at `url`."""
    async with aiohttp.ClientSession() as session, session.ws_connect(url + path) as socket:
        yield socket


async def asked(socket: aiohttp.ClientWebSocketResponse, method: str, params: Any = None, number: int = 1) -> Any:
    """The response to a request; what else comes before it is dropped."""
    await socket.send_str(json.dumps({"id": number, "method": method} | ({} if params is None else {"params": params})))
    while True:
        answer = await socket.receive_json()
        if answer.get("id") == number:
            return answer


def signed(params: dict[str, Any], now_ms: int, key: str = "key", secret: str = "secret") -> dict[str, Any]:  # noqa: S107
    """The parameters of a signed request of the websocket API."""
    whole = {**params, "apiKey": key, "timestamp": now_ms}
    return whole | {"signature": signature(secret, "&".join(f"{name}={whole[name]}" for name in sorted(whole)))}
