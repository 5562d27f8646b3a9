"""All addresses of the dashboard."""

from fastapi import APIRouter

from tasks.web.dashboard.doing import doing
from tasks.web.dashboard.showing import showing
from tasks.web.parts import Parts


def dashboard_routes(parts: Parts) -> APIRouter:
    """Those that show and those that act; the application gives `state.reads`."""
    routes = APIRouter()
    routes.include_router(showing(parts))
    routes.include_router(doing(parts))
    return routes
