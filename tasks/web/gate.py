"""The gate before every route: host, caller, origin, throttle and body, in this order; nothing is open by default.

It is a plain ASGI application around the other one, so that a stream goes through it as it comes.
"""

import hmac
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Asked

from conf.schema.api import ApiConfig
from tasks.web.access import CSRF, UNKNOWN, Access, Caller
from tasks.web.audit import Audit
from tasks.web.bodies import FORM, form_in, kind_of, read_body, with_body
from tasks.web.refusing import AUDITED, Denied, headers_of
from tasks.web.scopes import Scope
from tasks.web.telling import told
from tasks.web.throttle import Throttle

READS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = frozenset({"/health", "/sign-in"})
OPEN_BELOW = "/static/"
NOTIFY = "/alertmanager"
STOPS = frozenset({"/stop", "/flatten", "/act/stop", "/act/flatten"})
# What Alertmanager hands in at once when a whole universe is late: it drops what is refused as too long.
NOTIFY_BYTES = 2_097_152
# Of one client within a minute, whatever it asks for.
WRONG_PER_MINUTE = 20
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not no-referrer: browsers then say Origin: null in a form's own post, which is refused here.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Gate:
    """`app` is asked only for what may be asked. `paths` are those of its routes, `hosts` see `hosts_of`."""

    app: ASGIApp
    access: Access
    audit: Audit
    throttle: Throttle
    config: ApiConfig
    paths: frozenset[str]
    hosts: frozenset[str]

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        """One request, or the application's beginning and end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        said = Answered(scope, send)
        try:
            given = await self._let_in(scope, receive)
        except Denied as denied:
            scope["keel.why"] = denied.why
            await _refusal(scope, denied)(scope, receive, said)
        else:
            await self.app(scope, given, said)
        self._tell(scope, said)

    async def _let_in(self, scope: Asked, receive: Receive) -> Receive:
        headers, client = Headers(scope=scope), _client(scope)
        self._require_host(headers)
        self._require_origin(headers)
        caller = self.access.caller(headers, client)
        scope["keel.caller"] = caller
        self._require_room(scope, headers, caller, client)
        self._require_scope(scope, caller)
        if scope["method"] in READS and "transfer-encoding" not in headers and not headers.get("content-length"):
            return receive
        most = NOTIFY_BYTES if scope["path"] == NOTIFY else self.config.body_bytes
        body = await read_body(headers, receive, most)
        _require_own_page(scope, headers, caller, body)
        return with_body(scope, body)

    def _require_host(self, headers: Headers) -> None:
        """Another name on our address is a page elsewhere that has had its name changed to it."""
        if headers.getlist("host") == [] or any(one.lower() not in self.hosts for one in headers.getlist("host")):
            raise Denied(400, "this host is not served here; ask 127.0.0.1, or name it in api.names", "foreign host")

    def _require_origin(self, headers: Headers) -> None:
        origins = headers.getlist("origin")
        own = {f"{kind}://{host}" for host in self.hosts for kind in ("http", "https")}
        if any(one.lower() not in own for one in origins) or headers.get("sec-fetch-site") == "cross-site":
            raise Denied(403, "a page of another origin asks; open the dashboard itself", "foreign origin")

    def _require_room(self, scope: Asked, headers: Headers, caller: Caller | None, client: str) -> None:
        """A stop with the right token is never refused for want of room; alerts have as much as those who read: in a
        flood each group comes by itself, and one that is refused comes late.
        """
        if caller is None:
            is_wrong = not _is_open(scope) or "authorization" in headers
            if is_wrong and not self.throttle.takes(client, "wrong", WRONG_PER_MINUTE):
                raise Denied(429, "too many requests without a right token; come again in a minute", "throttled")
        if caller is not None and scope["path"] in STOPS and caller.may(Scope.STOP):
            return
        name = client if caller is None else f"{client} {caller.cookie or caller.by}"
        is_read = scope["method"] in READS or (scope["path"] == NOTIFY and caller is not None)
        most = self.config.reads_per_minute if is_read else self.config.writes_per_minute
        if not self.throttle.takes(name, "reads" if is_read else "writes", most):
            raise Denied(429, f"more than {most} requests within a minute; come again in a minute", "throttled")

    def _require_scope(self, scope: Asked, caller: Caller | None) -> None:
        """The least that anything asks for; the routes ask for more. What is not known here is closed as well."""
        if _is_open(scope):
            return
        if caller is None:
            raise Denied(401, UNKNOWN, "wrong token")
        if scope["path"] == NOTIFY:
            wanted: tuple[Scope, ...] = (Scope.NOTIFY,)
        elif scope["method"] in READS or scope["path"] == "/sign-out":
            wanted = (Scope.WATCH,)
        else:
            wanted = (Scope.STOP, Scope.RESUME)
        if not caller.may(*wanted):
            raise Denied(403, f"this asks for a token of the scope {' or '.join(wanted)}", "wrong scope")

    def _tell(self, scope: Asked, said: "Answered") -> None:
        caller: Caller | None = scope.get("keel.caller")
        what = f"{scope['method'] if scope['method'] in KNOWN else 'another method'} {self._place(scope['path'])}"
        if said.status in AUDITED and ("keel.why" in scope or said.status != BAD):
            who = f"{caller.by} at {caller.client}" if caller is not None else _client(scope)
            self.audit.refused(who, what, scope.get("keel.why", str(said.status)))
        elif caller is not None and scope["method"] not in READS and self._place(scope["path"]) != NOTIFY:
            self.audit.asked(caller.who, what, said.status)

    def _place(self, path: str) -> str:
        """Its first part, where that is ours: whoever asks cannot write into the journal what they like."""
        first = f"/{path.lstrip('/').partition('/')[0]}"
        if path in self.paths:
            return path
        return f"{first}/..." if any(one.startswith(f"{first}/") for one in self.paths) else "another path"


def _refusal(scope: Asked, denied: Denied) -> Response:
    """One sentence; whoever opens a page in a browser without being signed in is led to where that is done."""
    wants_page = scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    if denied.status == 401 and wants_page:
        return RedirectResponse("/sign-in", 303)
    return told(scope, denied.status, denied.text, headers_of(denied))


def hosts_of(config: ApiConfig) -> frozenset[str]:
    """What the header Host may say: our address and name with the port, and the names that a proxy asks under."""
    own = [f"{one}:{config.port}" for one in ("127.0.0.1", "localhost")]
    return frozenset([*own, *(one.lower() for one in config.names)])


# Bad input of somebody who may ask is no refusal.
BAD = 400
KNOWN = READS | {"POST", "PUT", "PATCH", "DELETE"}


class Answered:
    """Passes an answer on, with the headers that each has, and knows its status."""

    def __init__(self, scope: Asked, send: Send) -> None:
        self._scope, self._send = scope, send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """One part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=_listed(message))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            message["headers"] = headers.raw
        await self._send(message)


def _listed(message: MutableMapping[str, Any]) -> list[tuple[bytes, bytes]]:
    return [(bytes(name), bytes(value)) for name, value in message.get("headers", [])]


def _client(scope: Asked) -> str:
    """Its address; on the loopback that says little, and a header could say anything."""
    return str((scope.get("client") or ("unknown", 0))[0])


def _is_open(scope: Asked) -> bool:
    return scope["path"] in OPEN or (scope["path"].startswith(OPEN_BELOW) and scope["method"] in READS)


def _require_own_page(scope: Asked, headers: Headers, caller: Caller | None, body: bytes) -> None:
    """A browser sends its cookie whoever has made it ask; only our pages know the other token."""
    if caller is None or caller.cookie is None or caller.csrf is None or scope["method"] in READS:
        return
    if scope["path"] == "/sign-in":
        return
    given = headers.get(CSRF) or (form_in(body).get("csrf") if kind_of(headers) == FORM else None)
    if not hmac.compare_digest((given or "").encode("utf-8", "surrogateescape"), caller.csrf.encode()):
        raise Denied(403, f"a browser's write carries {CSRF}, as its page has it; load the page again", "no csrf token")
