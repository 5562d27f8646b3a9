"""A venue's wire in memory: what stands in the place of ccxt's session, with a log of every request and faults."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import requests
from requests import exceptions
from wires.floor import Floor

HTML = "<html>Service Temporarily Unavailable</html>"
Name = Literal["insufficient", "invalid", "too many", "keys", "clock", "vague"]


class Problem(Exception):
    """An answer that is an error: its status and its body."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of its answer.

    An int is an HTTP status with a page for people; "timeout" and "reset" have no answer, "refuse" no connection;
    "html", "cut" and "empty" come with status 200. `reached`: the venue does as it was asked all the same.
    """

    kind: int | Literal["timeout", "reset", "refuse", "html", "cut", "empty"]
    reached: bool = False


@dataclass(frozen=True)
class Sent:
    """One request: `body` is the form or the JSON, decoded."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def asked(self) -> dict[str, Any]:
        """Query and body together."""
        return {**self.query, **self.body}


@dataclass
class Wire:
    """One venue. `faults` are (part of a path, fault), each taken once; `lasting` holds for good.

    `echo` changes the client order id in the answers: a venue that does not give back what it was given.
    `refusing` is what the next order is answered with, by the venue's own documents.
    """

    floor: Floor = field(default_factory=Floor)
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    lasting: list[tuple[str, Fault]] = field(default_factory=list)
    echo: str | None = None
    refusing: Name | None = None
    sent: list[Sent] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    max_redirects: int = 0

    def answer(self, sent: Sent) -> object:
        """The body of a sound answer; None is an empty one with status 204. Raises Problem."""
        raise NotImplementedError

    def problem(self, name: Name) -> tuple[int, object]:
        """Status and body of a documented refusal."""
        raise NotImplementedError

    def of(self, part: str, method: str | None = None) -> list[Sent]:
        """Requests whose path holds `part`, in order."""
        return [one for one in self.sent if part in one.path and method in (None, one.method)]

    def said(self, cid: str | None) -> str | None:
        """The client order id as the venue gives it back."""
        return cid if self.echo is None else self.echo

    def refuse(self) -> None:
        """Answer this order with the refusal that is due."""
        if self.refusing is not None:
            name, self.refusing = self.refusing, None
            raise Problem(*self.problem(name))

    def request(
        self, method: str, url: str, data: bytes | str | None = None, headers: Any = None, **_rest: object
    ) -> "Reply":
        """What ccxt asks of its session."""
        split, text = urlsplit(url), data.decode() if isinstance(data, bytes) else data or ""
        body = json.loads(text) if text.startswith("{") else dict(parse_qsl(text))
        path = split.path
        one = Sent(method, split.hostname or "", path, dict(parse_qsl(split.query)), body, dict(headers or {}))
        self.sent.append(one)
        fault = self._fault(path)
        if fault is None or fault.reached:
            reply = self._sound(one)
        return reply if fault is None else _faulty(fault, reply if fault.reached else None)

    def _fault(self, path: str) -> Fault | None:
        for place, (part, fault) in enumerate(self.faults):
            if part in path:
                del self.faults[place]
                return fault
        return next((fault for part, fault in self.lasting if part in path), None)

    def _sound(self, one: Sent) -> "Reply":
        try:
            body = self.answer(one)
        except Problem as problem:
            return Reply(problem.status, _text(problem.body), {})
        return Reply(204, "", {}) if body is None else Reply(200, _text(body), {})


def _faulty(fault: Fault, reply: "Reply | None") -> "Reply":
    text = "{}" if reply is None else reply.text
    match fault.kind:
        case "timeout":
            raise exceptions.ReadTimeout("Read timed out.")
        case "reset":
            raise exceptions.ConnectionError("('Connection aborted.', ConnectionResetError(104, 'reset by peer'))")
        case "refuse":
            raise exceptions.ConnectTimeout("Connection timed out before anything was sent")
        case "html":
            return Reply(200, HTML, {})
        case "cut":
            return Reply(200, text[: len(text) // 2], {})
        case "empty":
            return Reply(200, "{}", {})
        case status:
            return Reply(status, HTML, {418: {"Retry-After": "600"}, 429: {"Retry-After": "7"}}.get(status, {}))


@dataclass
class Reply:
    """As much of requests.Response as ccxt reads."""

    status_code: int
    text: str
    headers: dict[str, str]
    reason: str = ""
    encoding: str = "utf-8"

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.text.encode()

    def raise_for_status(self) -> None:
        """HTTPError from 400 on."""
        if self.status_code >= 400:
            raise requests.HTTPError(str(self.status_code))


def _text(body: object) -> str:
    return body if isinstance(body, str) else json.dumps(body, default=_plain)


def _plain(value: object) -> str:
    assert isinstance(value, Decimal), value
    return format(value, "f")


def text(value: Decimal | None) -> str:
    """A figure as venues write it: plain, no exponent."""
    return "0" if value is None else format(value, "f")


def need(asked: Mapping[str, Any], *names: str) -> list[Any]:
    """The values by those names; a request without one is a test's failure."""
    missing = [name for name in names if name not in asked]
    assert not missing, f"the request lacks {missing}: {dict(asked)}"
    return [asked[name] for name in names]
