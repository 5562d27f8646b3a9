"""Who asks, and what they may: a token as bearer, or the cookie of a browser that gave one.

Authorization: Bearer TOKEN             scripts, Prometheus, Alertmanager
cookie of POST /sign-in, X-CSRF-Token   browsers; a form may carry the field `csrf` instead of the header
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.datastructures import Headers

from tasks.web.browsers import COOKIE, Browsers
from tasks.web.refusing import Denied
from tasks.web.scopes import Scope, Tokens

CSRF = "X-CSRF-Token"
BEARER = HTTPBearer(auto_error=False, description="A token of .env: KEEL_API__WATCH_TOKEN and the like.")
BROWSER = APIKeyCookie(name=COOKIE, auto_error=False, description="Of POST /sign-in; writes carry X-CSRF-Token.")


@dataclass(frozen=True, slots=True, repr=False)
class Caller:
    """Who asks.

    Attributes:
        by: `stop token` or `browser`, for the journal.
        cookie: the browser's id, None for who has a token; csrf: what its writes have to carry.
        client: address.
    """

    scopes: frozenset[Scope]
    by: str
    client: str
    cookie: str | None = None
    csrf: str | None = None

    @property
    def who(self) -> str:
        """As journal and audit chain have it."""
        return f"api: {self.by} at {self.client}"

    def may(self, *scopes: Scope) -> bool:
        """Whether one of the scopes is among those."""
        return not self.scopes.isdisjoint(scopes)


@dataclass(frozen=True, slots=True)
class Access:
    """All that have a right to ask."""

    tokens: Tokens
    browsers: Browsers

    def caller(self, headers: Headers, client: str) -> Caller | None:
        """Who asks by these headers, None where nobody may. A wrong token is nobody, cookie or not."""
        given = headers.get("authorization")
        if given is not None:
            kind, _, token = given.partition(" ")
            scope = self.tokens.scope_of(token.strip()) if kind.lower() == "bearer" else None
            return None if scope is None else Caller(scope.allows, f"{scope.value} token", client)
        name = cookie_in(headers)
        found = None if name is None else self.browsers.find(name)
        if found is None:
            return None
        by = f"browser ({', '.join(sorted(found.scopes))})"
        return Caller(found.scopes, by, client, name, found.csrf)


def cookie_in(headers: Headers) -> str | None:
    """The id of the browser, None where it has none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def caller_of(request: Request) -> Caller | None:
    """Who asks, as the gate has found; None on the few pages that are open to everybody."""
    found: Caller | None = request.scope.get("keel.caller")
    return found


def needs(*scopes: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency: who asks has one of the scopes, or the answer is 401 or 403."""

    async def caller(
        request: Request, _bearer: Annotated[object, Depends(BEARER)], _cookie: Annotated[object, Depends(BROWSER)]
    ) -> Caller:
        found = caller_of(request)
        if found is None:
            raise Denied(401, UNKNOWN, "wrong token")
        if not found.may(*scopes):
            wanted = " or ".join(one.value for one in scopes)
            raise Denied(403, f"this asks for a token of the scope {wanted}", "wrong scope")
        return found

    return caller


UNKNOWN = "no token of ours was given; send one in the header Authorization (Bearer TOKEN), or sign in at /sign-in"

Watching = Annotated[Caller, Depends(needs(Scope.WATCH))]
Stopper = Annotated[Caller, Depends(needs(Scope.STOP))]
Resumer = Annotated[Caller, Depends(needs(Scope.RESUME))]
Acting = Annotated[Caller, Depends(needs(Scope.STOP, Scope.RESUME))]
Notifying = Annotated[Caller, Depends(needs(Scope.NOTIFY))]
