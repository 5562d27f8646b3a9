"""Bodies of requests, read before anything looks at them: no more than allowed, and not for ever."""

import asyncio
import json
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from tasks.web.refusing import Denied

PATIENCE_S = 10.0
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


async def read_body(headers: Headers, receive: Receive, most: int) -> bytes:
    """All of it.

    Raises:
        Denied: it is longer than `most` bytes, whether or not it says so; it does not arrive; it is neither JSON nor a
            form.
    """
    said = headers.get("content-length", "0")
    if not said.isascii() or not said.isdigit() or int(said[:19]) > most:
        raise too_long(most)
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await _read(receive, most)
    except TimeoutError:
        raise Denied(400, f"the body did not arrive within {PATIENCE_S:g} s; send it at once", "slow body") from None
    if found and kind_of(headers) not in (JSON, FORM):
        raise Denied(415, f"found a body that is no JSON; send it with Content-Type: {JSON}", "content type")
    return found


def kind_of(headers: Headers) -> str:
    """The content type without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def form_in(body: bytes) -> dict[str, str]:
    """Fields of a form; one that is none has none."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=16))
    except ValueError:
        return {}


def with_body(scope: Scope, body: bytes) -> Receive:
    """What gives the body once more. A form becomes the JSON of its fields, so that no route needs to know of forms."""
    headers = Headers(scope=scope)
    if kind_of(headers) == FORM:
        fields = {name: value for name, value in form_in(body).items() if name != "csrf"}
        body = json.dumps(fields).encode()
        kept = [one for one in scope["headers"] if one[0] not in (b"content-type", b"content-length")]
        scope["headers"] = [*kept, (b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        scope["keel.form"] = True
    return _again(body)


def too_long(most: int) -> Denied:
    """The body is longer than that."""
    return Denied(413, f"the body is longer than {most} bytes (api.body_bytes); send less", "oversized body")


def _again(body: bytes) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        return {"type": "http.disconnect"}

    return receive


async def _read(receive: Receive, most: int) -> bytes:
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Denied(400, "the client went away before its body was there", "no body")
        found += message.get("body", b"")
        if len(found) > most:
            raise too_long(most)
        if not message.get("more_body", False):
            return bytes(found)
