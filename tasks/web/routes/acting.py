"""What a person may do. A stop runs in a thread of its own: no read, no lock and no throttle is in its way."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response

from models.types import BadInput
from tasks.session.overview import AlertNow
from tasks.web.access import Acting, Notifying, Resumer, Stopper
from tasks.web.answers import (
    Acknowledging,
    Acted,
    HandedIn,
    Recovering,
    Resumed,
    Resuming,
    Reverted,
    Stopping,
    Why,
)
from tasks.web.parts import Parts
from tasks.web.reads import in_own_thread
from tasks.web.refusing import Denied
from tasks.web.routes.errors import Responses, may_fail

NOT_STOPPED: Responses = {503: {"model": Acted, "description": "Not all is done; `stopped` says whether trading is."}}
AlertId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


def acting(parts: Parts) -> APIRouter:
    """The addresses that change something."""
    routes = APIRouter()
    one_by_one = asyncio.Lock()

    @routes.post("/stop", responses=may_fail() | NOT_STOPPED)
    async def stop(caller: Stopper, response: Response, asked: Stopping | None = None) -> Acted:
        """Stop trading now, as `keel stop`: no new entry, those that wait are taken back, stops at the venues rest."""
        reason = "" if asked is None else asked.reason
        done = await in_own_thread(lambda: parts.acts.stop(reason, caller.who), "stop")
        response.status_code = 200 if done.stopped else 503
        return done

    @routes.post("/flatten", responses=may_fail() | NOT_STOPPED)
    async def flatten(caller: Stopper, response: Response, asked: Stopping | None = None) -> Acted:
        """Stop and sell everything, as `keel flatten`: at once with real money, on paper with the next decision."""
        reason = "" if asked is None else asked.reason
        done = await in_own_thread(lambda: parts.acts.flatten(reason, caller.who), "flatten")
        response.status_code = 200 if done.stopped and done.done else 503
        return done

    @routes.post("/resume/look", responses=may_fail(409))
    async def look(_caller: Resumer, asked: Why) -> Recovering:
        """The steps before a stop is released, what has to be typed, and the name of the stop that is `shown`."""
        async with one_by_one:
            return await in_own_thread(lambda: parts.acts.look_before_resuming(asked.why), "resume")

    @routes.post("/resume", responses=may_fail(409))
    async def resume(caller: Resumer, asked: Resuming) -> Resumed:
        """Release the stop that was shown, as `keel resume`; another one stays."""
        given = asked.why, asked.shown, asked.phrase, asked.reviewed
        async with one_by_one:
            return await in_own_thread(lambda: parts.acts.resume(*given, caller.who), "resume")

    @routes.post("/params/revert", responses=may_fail(409))
    async def revert(caller: Resumer, asked: Why) -> Reverted:
        """Put the risk parameters before the present ones into force again, as `keel config revert`."""
        async with one_by_one:
            return await in_own_thread(lambda: parts.acts.revert(asked.why, caller.who), "revert")

    @routes.post("/alerts/{alert}/acknowledge", responses=may_fail(404))
    async def acknowledge(caller: Acting, alert: AlertId, asked: Acknowledging | None = None) -> AlertNow:
        """Say that somebody sees to it; a second time changes nothing."""
        note = "" if asked is None else asked.note
        try:
            return await in_own_thread(lambda: parts.acts.acknowledge(alert, caller.who, note), "acknowledge")
        except BadInput as error:
            raise Denied(404, str(error), "no such alert") from error

    @routes.post("/alertmanager", responses=may_fail())
    async def hand_in(_caller: Notifying, payload: Annotated[dict[str, Any], Body()]) -> HandedIn:
        """Alerts of Prometheus, as Alertmanager sends them, into the outbox."""
        return HandedIn(await in_own_thread(lambda: parts.acts.hand_in(payload), "alertmanager"))

    return routes
