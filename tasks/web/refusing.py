"""Refusals as answers: one sentence, and for the audit chain the reason in two words."""

from fastapi.responses import JSONResponse

from conf.secrets import scrub
from models.types import BadInput, KeelError, Refused

# What goes into the audit chain; the others are mistakes of a client that may ask.
AUDITED = frozenset({400, 401, 403, 413, 415, 429})


class Denied(Exception):
    """A request that goes no further: its status, a sentence, and the reason for the audit chain."""

    def __init__(self, status: int, text: str, why: str) -> None:
        super().__init__(text)
        self.status, self.text, self.why = status, text, why


def answer(status: int, text: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The sentence as JSON, without secrets, and without what JSON may name and UTF-8 cannot."""
    sound = text.encode("utf-8", "replace").decode()
    return JSONResponse({"error": scrub(sound)}, status, headers)


def headers_of(denied: Denied) -> dict[str, str]:
    """What such an answer says beside its sentence; a body that was not read to its end ends the connection."""
    found = {400: ("Connection", "close"), 413: ("Connection", "close")}
    found |= {401: ("WWW-Authenticate", "Bearer"), 429: ("Retry-After", "60")}
    return dict([found[denied.status]]) if denied.status in found else {}


def status_of(error: KeelError) -> int:
    """Of an error of ours: what the client can mend, what a person has to decide, what may work later."""
    if isinstance(error, BadInput):
        return 400
    return 409 if isinstance(error, Refused) else 503
