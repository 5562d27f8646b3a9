"""The API and the dashboard: one FastAPI application on the loopback."""
