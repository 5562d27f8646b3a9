"""The pages that only show: dashboard, its changing part, one decision, sign-in, files."""

import asyncio
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from data.journal.whole_decision import WholeDecisions
from models.types import BadInput, KeelError
from tasks.session.explaining import Verdict, made_from_of
from tasks.session.explaining import explain as again
from tasks.session.json_values import finite
from tasks.session.overview import Explained, explain
from tasks.web.access import Watching, caller_of
from tasks.web.dashboard.assets import static
from tasks.web.dashboard.readers import reads_of, viewer_of
from tasks.web.dashboard.rendering import (
    MODES,
    blind_page,
    board_part,
    dashboard_page,
    runbook_page,
    sign_in_page,
    why_page,
)
from tasks.web.dashboard.runbook import runbook_text
from tasks.web.parts import Parts
from tasks.web.refusing import Denied, status_of
from tasks.web.scopes import Scope

Mode = Annotated[str, Cookie(alias="keel_mode")]
Id = Annotated[str, Path(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:|/+-]+$")]
SEE_OTHER = 303
logger = logging.getLogger(__name__)


def showing(parts: Parts) -> APIRouter:
    """The addresses; each is HTML and none of the API's description."""
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/")
    async def dashboard(request: Request, caller: Watching, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        try:
            seen = await reads_of(request).look()
            return HTMLResponse(dashboard_page(seen, viewer_of(caller), keel_mode))
        except KeelError as error:
            return HTMLResponse(blind_page(str(error), viewer_of(caller), keel_mode), status_of(error))
        except Exception as error:
            # Whatever nobody foresaw hides no stop button.
            logger.exception("the dashboard cannot look")
            why = f"this failed unforeseen ({type(error).__name__}); the log of keel serve says where"
            return HTMLResponse(blind_page(why, viewer_of(caller), keel_mode), 500)

    @routes.get("/board")
    async def board(request: Request, caller: Watching) -> HTMLResponse:
        seen = await reads_of(request).look()
        return HTMLResponse(board_part(seen, viewer_of(caller)))

    @routes.get("/why/{decision}")
    async def why(request: Request, _caller: Watching, decision: Id, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        return await _why(parts, request, decision, keel_mode, None)

    @routes.get("/why/{decision}/recomputed")
    async def recomputed(request: Request, _caller: Watching, decision: Id, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        try:
            made = await reads_of(request).report(
                f"explain {decision}", lambda: again(parts.desk(), parts.journal(), decision), keep=False
            )
        except BadInput as error:
            raise Denied(404, str(error), "no such decision") from error
        return await _why(parts, request, made.verdict.decision, keel_mode, made.verdict)

    @routes.get("/runbook")
    async def runbook(_caller: Watching, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        return HTMLResponse(runbook_page(await asyncio.to_thread(runbook_text), keel_mode))

    @routes.get("/sign-in")
    async def sign_in(request: Request, keel_mode: Mode = MODES[0]) -> Response:
        caller = caller_of(request)
        if caller is not None and caller.may(Scope.STOP) and caller.may(Scope.RESUME):
            return RedirectResponse("/", SEE_OTHER)
        return HTMLResponse(sign_in_page("", keel_mode))

    @routes.get("/static/{name}")
    async def file(request: Request, name: str) -> Response:
        return static(name, request)

    return routes


async def _why(parts: Parts, request: Request, decision: str, mode: str, verdict: Verdict | None) -> HTMLResponse:
    try:
        explained, row, rows = await reads_of(request).raw(lambda: _explained(parts, decision))
    except BadInput as error:
        raise Denied(404, str(error), "no such decision") from error
    found = {"decision": finite(row)} | {name: finite(one) for name, one in rows.items() if one}
    return HTMLResponse(why_page(explained, found, mode, made_from_of(rows), verdict))


def _explained(parts: Parts, decision: str) -> tuple[Explained, dict[str, Any], dict[str, list[dict[str, Any]]]]:
    journal = parts.journal()
    return explain(journal, decision), *WholeDecisions(journal.engine).find(decision)
