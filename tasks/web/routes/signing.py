"""Browsers sign in with a token and get a cookie: HttpOnly, SameSite=Strict, and of this process only."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from conf.schema.api import ApiConfig
from tasks.web.access import Access, Caller, Watching, caller_of
from tasks.web.answers import SignedInNow, SignedOut, SigningIn
from tasks.web.browsers import COOKIE
from tasks.web.refusing import Denied
from tasks.web.routes.errors import may_fail
from tasks.web.scopes import Scope

WRONG = "This is no token that may watch, stop or resume; they stand in .env."
SEE_OTHER = 303


def signing(access: Access, config: ApiConfig) -> APIRouter:
    """The addresses by which a browser comes and goes. A form is led on to the dashboard, a script gets JSON."""
    routes = APIRouter()
    seconds = round(config.sign_in_hours * 3600)

    @routes.post("/sign-in", responses=may_fail(), response_model=SignedInNow)
    async def sign_in(request: Request, asked: SigningIn) -> Response:
        """Sign in; with a token of another scope once more, to have both."""
        scope = access.tokens.scope_of(asked.token.strip())
        before = caller_of(request)
        if scope is None or scope is Scope.NOTIFY:
            raise Denied(401, WRONG, "wrong token")
        scopes = scope.allows | _had(before)
        name, made = access.browsers.sign_in(scopes)
        if before is not None and before.cookie is not None:
            access.browsers.sign_out(before.cookie)
        answer: Response = JSONResponse({"scopes": sorted(scopes), "csrf": made.csrf})
        if request.scope.get("keel.form"):
            answer = RedirectResponse("/", SEE_OTHER)
        answer.set_cookie(COOKIE, name, max_age=seconds, path="/", httponly=True, samesite="strict")
        return answer

    @routes.post("/sign-out", responses=may_fail(), response_model=SignedOut)
    async def sign_out(request: Request, caller: Watching) -> Response:
        """Sign this browser out."""
        if caller.cookie is not None:
            access.browsers.sign_out(caller.cookie)
        answer: Response = JSONResponse({"signed_in": False})
        if request.scope.get("keel.form"):
            answer = RedirectResponse("/sign-in", SEE_OTHER)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return answer

    return routes


def _had(before: Caller | None) -> frozenset[Scope]:
    """What the browser was signed in for already."""
    return before.scopes if before is not None and before.cookie is not None else frozenset()
