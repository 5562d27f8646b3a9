"""The forms of the page: what is asked before an act, and what it came to; the same without JavaScript."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Path, Request
from fastapi.responses import HTMLResponse

from models.types import BadInput, KeelError
from tasks.web.access import Acting, Resumer, Stopper
from tasks.web.answers import Acted, Resumed
from tasks.web.dashboard.acting import ACTS, Done
from tasks.web.dashboard.forms import ActForm, NoteForm, ResumeForm
from tasks.web.dashboard.readers import reads_of, viewer_of
from tasks.web.dashboard.rendering import MODES, act_page, done_page, recovery_page
from tasks.web.parts import Parts
from tasks.web.reads import in_own_thread
from tasks.web.refusing import status_of

Mode = Annotated[str, Cookie(alias="keel_mode")]
AlertId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


def doing(parts: Parts) -> APIRouter:
    """The addresses of the forms."""
    routes = APIRouter(prefix="/act", include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/stop")
    async def ask_stop(caller: Stopper, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        return HTMLResponse(act_page(ACTS["stop"], (), viewer_of(caller), keel_mode))

    @routes.get("/flatten")
    async def ask_flatten(caller: Stopper, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        return HTMLResponse(act_page(ACTS["flatten"], (), viewer_of(caller), keel_mode))

    @routes.get("/resume")
    async def ask_resume(request: Request, caller: Resumer, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        seen = await reads_of(request).look()
        return HTMLResponse(act_page(ACTS["resume"], seen.stops, viewer_of(caller), keel_mode))

    @routes.post("/stop")
    async def stop(caller: Stopper, said: ActForm, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        done = await in_own_thread(lambda: parts.acts.stop(said.reason, caller.who), "stop")
        title = "Trading is stopped" if done.stopped else "Trading is NOT stopped"
        return HTMLResponse(done_page(title, _parts_of(done), keel_mode), 200 if done.stopped else 503)

    @routes.post("/flatten")
    async def flatten(caller: Stopper, said: ActForm, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        done = await in_own_thread(lambda: parts.acts.flatten(said.reason, caller.who), "flatten")
        is_done = done.stopped and done.done
        title = "Trading is stopped, everything is being sold" if is_done else "Not everything is done"
        return HTMLResponse(done_page(title, _parts_of(done), keel_mode), 200 if is_done else 503)

    @routes.post("/resume/look")
    async def look(caller: Resumer, said: ActForm, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        try:
            found = await in_own_thread(lambda: parts.acts.look_before_resuming(said.reason), "resume")
        except KeelError as error:
            return _refused("Nothing was released", error, keel_mode)
        return HTMLResponse(recovery_page(found, said.reason, viewer_of(caller), keel_mode))

    @routes.post("/resume")
    async def resume(caller: Resumer, said: ResumeForm, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        given = said.why, said.shown, said.phrase, said.reviewed == "yes"
        try:
            done = await in_own_thread(lambda: parts.acts.resume(*given, caller.who), "resume")
        except KeelError as error:
            return _refused("Trading stays stopped", error, keel_mode)
        title = "Trading stays stopped" if done.stopped else "Trading is resumed"
        return HTMLResponse(done_page(title, _steps_of(done), keel_mode))

    @routes.post("/acknowledge/{alert}")
    async def acknowledge(caller: Acting, alert: AlertId, said: NoteForm, keel_mode: Mode = MODES[0]) -> HTMLResponse:
        try:
            found = await in_own_thread(lambda: parts.acts.acknowledge(alert, caller.who, said.note), "acknowledge")
        except BadInput as error:
            return _refused("Not acknowledged", error, keel_mode)
        text = f"{found.kind}, by {found.acknowledged_by}"
        return HTMLResponse(done_page("The alert is acknowledged", (Done(True, text),), keel_mode))

    return routes


def _refused(title: str, error: KeelError, mode: str) -> HTMLResponse:
    return HTMLResponse(done_page(title, (Done(False, str(error)),), mode), status_of(error))


def _parts_of(acted: Acted) -> list[Done]:
    """What was done part by part, and the orders that it concerned."""
    named = (("withdrawn", acted.cancelled), ("stays in force", acted.standing), ("sold by", acted.sold))
    orders = [Done(True, f"Order {cid}: {what}") for what, cids in named for cid in cids]
    return [*(Done(one.ok, f"{one.name}: {one.why}" if one.why else one.name) for one in acted.parts), *orders]


def _steps_of(resumed: Resumed) -> list[Done]:
    return [Done(one.ok, ": ".join([one.title, "; ".join(one.found)])) for one in resumed.steps]
