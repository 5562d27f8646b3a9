"""Who looks at a page, and through what: the application's one reader, so that two pages cost one look."""

from dataclasses import dataclass

from fastapi import Request

from tasks.web.access import Caller
from tasks.web.reads import Reads


@dataclass(frozen=True, slots=True, repr=False)
class Browser:
    """What a page has to know of who looks; `csrf` is empty for who has a token, whose forms go nowhere."""

    scopes: frozenset[str]
    csrf: str


def viewer_of(caller: Caller) -> Browser:
    """Of who asks."""
    return Browser(frozenset(one.value for one in caller.scopes), caller.csrf or "")


def reads_of(request: Request) -> Reads:
    """The application's."""
    found: Reads = request.app.state.reads
    return found
