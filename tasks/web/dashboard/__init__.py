"""The dashboard: pages of one look at the running system, and the forms by which a person steers it."""

from tasks.web.dashboard.routes import dashboard_routes

__all__ = ["dashboard_routes"]
