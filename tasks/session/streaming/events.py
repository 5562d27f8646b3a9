"""What happened to a stream, as values."""

from dataclasses import dataclass
from enum import StrEnum

from models.types import iso
from tasks.ports import Kind


class What(StrEnum):
    """The turns that a stream takes."""

    CONNECTED = "connected"
    STALE = "stale"
    DROPPED = "dropped"
    OUT_OF_STEP = "out of step"
    RECONNECTING = "reconnecting"
    FALLBACK = "fallback"
    FALLBACK_FAILED = "fallback failed"
    BACK = "back"
    RESYNCED = "resynced"
    FETCHED = "fetched"
    NOT_FETCHED = "not fetched"


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One turn at one time (UTC microseconds), and why."""

    at: int
    venue: str
    symbol: str
    kind: Kind
    what: What
    reason: str

    def __str__(self) -> str:
        return f"{iso(self.at)} {self.venue} {self.symbol} {self.kind}: {self.what} ({self.reason})"
