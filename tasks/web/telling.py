"""Telling a refusal: JSON to scripts, a page to a person whose browser shows what it is given."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope as Asked

from conf.secrets import scrub
from models.types import KeelError
from tasks.web.dashboard.acting import Done
from tasks.web.dashboard.rendering import MODES, done_page, sign_in_page
from tasks.web.refusing import Denied, answer, headers_of, status_of

SIGN_IN = "/sign-in"
SIGNED_OUT = (
    "Nothing was done: this browser is no longer signed in. Sign in and do it again, or use keel on the machine."
)


def told(scope: Asked, status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """The sentence as JSON; to a person as a page, with the form to sign in where that is what is lacking."""
    if "text/html" not in Headers(scope=scope).get("accept", ""):
        return answer(status, text, headers)
    said = scrub(text.encode("utf-8", "replace").decode())
    if scope["path"] == SIGN_IN:
        return HTMLResponse(sign_in_page(said, MODES[0]), status, headers)
    if status == 401:
        return HTMLResponse(sign_in_page(SIGNED_OUT, MODES[0]), status, headers)
    return HTMLResponse(done_page("Not done", (Done(False, said),), MODES[0]), status, headers)


def install(app: FastAPI) -> None:
    """Every error is a sentence."""
    app.add_exception_handler(Denied, _denied)
    app.add_exception_handler(KeelError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unforeseen)


async def _denied(request: Request, error: Exception) -> Response:
    assert isinstance(error, Denied)  # noqa: S101 - what it is installed for
    request.scope["keel.why"] = error.why
    return told(request.scope, error.status, error.text, headers_of(error))


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, KeelError)  # noqa: S101 - what it is installed for
    return told(request.scope, status_of(error), str(error))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is installed for
    return told(request.scope, error.status_code, str(error.detail), dict(error.headers or {}))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is installed for
    found = [f"{'.'.join(str(one) for one in each['loc'])}: {each['msg']}" for each in error.errors()[:5]]
    text = f"found what is not allowed: {'; '.join(found)}; /openapi.json has every field"
    return told(request.scope, 422, text)


async def _unforeseen(request: Request, error: Exception) -> Response:
    text = f"this failed unforeseen ({type(error).__name__}); the log of keel serve says where"
    return told(request.scope, 500, text)
