"""One call of ccxt's: its answer, or what is known of how it failed, without the text of ccxt's errors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.types import Unavailable
from models.types.errors import KeelError
from tasks.adapters.brokers.dialect import Call
from tasks.adapters.brokers.failures import Heard
from tasks.adapters.venues.client import CcxtClient


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer, or a failure."""

    answer: Any
    failure: Heard | None = None


def spoken(client: CcxtClient, call: Call, error_code: Callable[[str], str]) -> Spoken:
    """What came of the call; nothing is raised."""
    guard = client.guard
    guard.clear()
    try:
        return Spoken(getattr(client.exchange, call.method)(*call.arguments))
    except Exception as error:  # noqa: BLE001 - whatever fails after the first byte may be an order, and is told apart
        # Our own errors hold no addresses; of all others only the class goes further.
        ours = isinstance(error, KeelError)
        kind = str(error) if ours else type(error).__name__
    code = _code(guard.body, error_code)
    return Spoken(None, Heard(kind, guard.status, code, guard.left, ours, _retry_after(client)))


def _code(body: str, error_code: Callable[[str], str]) -> str:
    try:
        return error_code(body) if body else ""
    except (LookupError, TypeError, ValueError, AttributeError):
        return ""


def _retry_after(client: CcxtClient) -> int:
    limits = client.access.limits
    try:
        return max(limits.banned_until(client.venue.name) - limits.clock.now(), 0)
    except Unavailable:
        return 0
