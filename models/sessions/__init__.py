"""Trading sessions: which bars a market has, when each of them is known, and how long a symbol is traded at all."""

from models.sessions.closes import bar_closes
from models.sessions.expected import expected_opens
from models.sessions.listing import listed_span
from models.sessions.spans import in_session, session_dates, session_spans

__all__ = ["bar_closes", "expected_opens", "in_session", "listed_span", "session_dates", "session_spans"]
