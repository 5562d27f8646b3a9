"""What goes back over the wire, as it should be and as a fault makes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from exchange.refusals import CLOSED, DUPLICATE, INSUFFICIENT, WOULD_TAKE, ApiError, filter_failure, rejected

Delivery = Literal["ok", "reset", "hang", "refuse"]
JSON = "application/json;charset=UTF-8"
HTML = "text/html"
PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
WHY = {"insufficient": INSUFFICIENT, "closed": CLOSED, "duplicate": DUPLICATE, "would_take": WOULD_TAKE}
NOT_FOUND = "404 Not Found"
WAIT_S = {"429": 10, "418": 120, "-1015": 10}


@dataclass(frozen=True, slots=True)
class Reply:
    """`hang` never answers, `reset` tears the connection, `refuse` is a server that is not there."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    delivery: Delivery = "ok"
    latency_ms: int = 0


def answer(body: object, headers: Mapping[str, str]) -> Reply:
    """An orderly answer."""
    return Reply(200, {"Content-Type": JSON, **headers}, json.dumps(body, separators=(",", ":")))


def refusal(error: ApiError, headers: Mapping[str, str]) -> Reply:
    """A documented error."""
    wait = {"Retry-After": str(error.wait_s)} if error.wait_s else {}
    return Reply(
        error.status, {"Content-Type": JSON, **headers, **wait}, json.dumps(error.body(), separators=(",", ":"))
    )


def page(status: int, title: str) -> Reply:
    """What stands in front of the exchange says something, in HTML."""
    return Reply(status, {"Content-Type": HTML}, PAGE.format(title))


def too_many(status: int, wait_s: int, until_ms: int) -> Reply:
    """429 or 418: the address has to leave the exchange alone for that long."""
    way = (
        f"Way too much request weight used; IP banned until {until_ms}."
        if status == 418
        else "Too many requests queued."
    )
    return refusal(ApiError(-1003, way, status), {"Retry-After": str(wait_s)})


def wait_of(fault: str) -> int:
    """The seconds a 429, 418 or -1015 asks for."""
    name, _, argument = fault.partition(":")
    return int(argument) if argument else WAIT_S[name]


def spoilt(fault: str, true: Reply) -> Reply:
    """The answer that the fault makes of the true one (or would, had the request been looked at)."""
    name, _, argument = fault.partition(":")
    name = name.removesuffix("_accepted")
    if name.startswith(("hang", "late")):
        return replace(true, delivery="hang")
    if name.startswith("reset"):
        return replace(true, delivery="reset")
    if name == "refuse":
        return replace(true, delivery="refuse")
    if name == "503":
        return page(503, "503 Service Temporarily Unavailable")
    if name == "html":
        return page(200, "Maintenance")
    if name == "badjson":
        return replace(true, status=200, body=true.body[: len(true.body) // 2])
    return refusal(_error(name, argument), {"Retry-After": str(wait_of(fault))} if name in WAIT_S else {})


def _error(name: str, argument: str) -> ApiError:
    if name == "-2010":
        return rejected(WHY[argument or "insufficient"])
    if name == "-1013":
        return filter_failure(argument or "NOTIONAL")
    return {
        "-1001": ApiError(-1001, "Internal error; unable to process your request. Please try again.", 500),
        "-1006": ApiError(
            -1006, "An unexpected response was received from the message bus. Execution status unknown.", 500
        ),
        "-1007": ApiError(
            -1007,
            "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
            408,
        ),
        "-1008": ApiError(
            -1008,
            "Server is currently overloaded with other requests. Please try again in a few minutes.",
            503,
        ),
        "-1015": ApiError(-1015, "Too many new orders; current limit is 50 orders per 10 SECOND.", 429),
        "-1021": ApiError(-1021, "Timestamp for this request is outside of the recvWindow."),
        "-2015": ApiError(-2015, "Invalid API-key, IP, or permissions for action.", 401),
    }[name]
