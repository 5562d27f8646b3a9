"""What happens, as it happens."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import Headers

from tasks.web.access import Access, Watching
from tasks.web.pulse import Pulse
from tasks.web.routes.errors import may_fail_in_json
from tasks.web.scopes import Scope

STREAM = "text/event-stream"


class Events(StreamingResponse):
    """Server-sent events."""

    media_type = STREAM


def happening(pulse: Pulse, access: Access) -> APIRouter:
    """The address of the stream."""
    routes = APIRouter()

    @routes.get("/events", responses=may_fail_in_json(), response_class=Events)
    async def events(request: Request, caller: Watching) -> Events:
        """`overview` with the revision and the names of the parts that changed; `heartbeat` every ten seconds."""
        pulse.require_room()
        headers = Headers(scope=request.scope)

        def may_go_on() -> bool:
            found = access.caller(headers, caller.client)
            return found is not None and found.may(Scope.WATCH)

        return Events(pulse.events(may_go_on))

    return routes
