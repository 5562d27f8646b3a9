"""Trading sessions: which bars a market has, and when each of them is known."""

from models.sessions.expected import expected_opens

__all__ = ["expected_opens"]
