"""The application: routes behind the gate. Nothing in here knows how its parts were made."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.middleware import Middleware

from models.types import iso
from tasks.web.access import Access
from tasks.web.audit import Audit
from tasks.web.browsers import Browsers
from tasks.web.dashboard import dashboard_routes
from tasks.web.gate import Gate, hosts_of
from tasks.web.parts import Parts
from tasks.web.pulse import Pulse
from tasks.web.reads import Reads
from tasks.web.routes import acting, asking, happening, reporting, signing
from tasks.web.telling import install
from tasks.web.throttle import Throttle

SECOND = 1_000_000
ABOUT = """Seeing and steering one running Keel. Every answer is JSON, every refusal `{"error": "one sentence"}`."""


def build_app(parts: Parts) -> FastAPI:
    """The API and the dashboard of these parts. A shutdown waits for streams: `app.state.pulse.end()` ends them."""
    reads, audit = Reads(parts.lookout), Audit(parts.journal, parts.clock.now)
    access = Access(parts.tokens, Browsers(parts.config.sign_in_hours * 3600, time.monotonic))
    pulse = Pulse(reads, parts.config.refresh_seconds, lambda: iso(parts.clock.now() // SECOND * SECOND))

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        app.state.loop = asyncio.get_running_loop()
        audit.start()
        looking = asyncio.create_task(pulse.run())
        try:
            yield
        finally:
            pulse.end()
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
            reads.end()
            await asyncio.to_thread(audit.end)

    app = FastAPI(
        title="Keel",
        version=version("keel"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=living,
        redirect_slashes=False,
    )
    for one in (
        asking(parts, reads, audit),
        reporting(parts, reads),
        acting(parts),
        happening(pulse, access),
        signing(access, parts.config),
        dashboard_routes(parts),
    ):
        app.include_router(one)
    install(app)
    app.state.pulse, app.state.audit, app.state.reads = pulse, audit, reads
    paths = frozenset(str(one.path) for one in iter_route_contexts(app.routes))
    app.user_middleware.insert(
        0,
        Middleware(
            Gate,
            access=access,
            audit=audit,
            throttle=Throttle(time.monotonic),
            config=parts.config,
            paths=paths,
            hosts=hosts_of(parts.config),
        ),
    )
    return app
