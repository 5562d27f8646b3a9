"""Reads are tried again while their failure may pass; what remains becomes one sentence without addresses or keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import stamina

from models.types import BadInput, Unavailable
from tasks.adapters.venues.access import Access
from tasks.adapters.venues.venue import Venue

Answer = TypeVar("Answer")

TOO_MANY = (418, 429)
REFUSED_REQUEST = (400, 422)
REFUSED_KEYS = (401, 403)
PASSING = (408, *TOO_MANY, 500, 502, 503, 504, 520, 521, 522, 530)


class Failed(Exception):
    """One request that failed.

    `kind` names it by the class of the error and the HTTP status, never by the error's text: that holds addresses,
    and in them signatures. `status` is 0 where no answer came; `passing`: the same request may succeed.
    """

    def __init__(self, kind: str, status: int, passing: bool) -> None:
        super().__init__(kind)
        self.kind = f"{kind}, HTTP {status}" if status >= 300 else kind
        self.status = status
        self.passing = passing


def ask(venue: Venue, access: Access, what: str, request: Callable[[], Answer]) -> Answer:
    """The request's answer, after up to `access.attempts` tries with growing, jittered pauses.

    Raises:
        BadInput: the venue refuses the request itself, or the keys.
        Unavailable: it did not answer, or not in its form.
    """
    try:
        for attempt in stamina.retry_context(on=_may_pass, attempts=access.attempts, timeout=None):
            with attempt:
                return request()
    except Failed as failed:
        last = failed
    # Outside of the except block: the error must not carry the one before it, whose frames hold addresses.
    raise _sentence(venue, access, what, last)


def _may_pass(error: Exception) -> bool:
    return isinstance(error, Failed) and error.passing


def _sentence(venue: Venue, access: Access, what: str, failed: Failed) -> BadInput | Unavailable:
    if failed.status in REFUSED_REQUEST:
        return BadInput(f"{venue.name} refuses to give {what} ({failed.kind}); check symbol, timeframe and start")
    if failed.status in REFUSED_KEYS and access.keys is not None:
        return BadInput(f"{venue.name} refuses the keys ({failed.kind}); correct them in .env")
    return Unavailable(
        f"{venue.name} did not give its {what} ({failed.kind}); check the network, or set the venue's https_proxy "
        "and ca_file, and run the command again"
    )


@contextmanager
def in_form(venue: Venue, what: str) -> Iterator[None]:
    """Around taking an answer apart.

    Raises:
        Unavailable: the answer is not of the form that the venue documents.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unavailable(
            f"{venue.name} gave its {what} in another form than documented ({type(error).__name__}); try again later, "
            "and use another feed meanwhile"
        ) from error
