"""A backtest as one HTML file that needs nothing else: no server, no network."""

from tasks.session.tearsheet.page import page_of

__all__ = ["page_of"]
