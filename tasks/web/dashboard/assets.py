"""Files that the pages ask for: few, known by name, and not sent again while a browser has them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from fastapi import HTTPException, Request, Response

TYPES = MappingProxyType(
    {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
)
PLOTLY = "plotly.js"
# Asked again each time, answered with 304 while nothing has changed: an upgrade is seen at once.
CACHING: Mapping[str, str] = {"Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, and the name of its content."""

    body: bytes
    kind: str
    etag: str


@cache
def asset(name: str) -> Asset | None:
    """The file with that name, None where there is none; plotly's comes from its package."""
    if name == PLOTLY:
        # Imported where it is asked for: it takes its time, and nothing else here needs it.
        from plotly.offline import get_plotlyjs

        return _asset(str(get_plotlyjs()).encode(), TYPES[".js"])
    known = {one.name: one for one in files("tasks.web").joinpath("static").iterdir()}
    suffix = f".{name.rpartition('.')[2]}"
    return _asset(known[name].read_bytes(), TYPES[suffix]) if name in known and suffix in TYPES else None


def static(name: str, request: Request) -> Response:
    """`/static/NAME`, and 304 to who has it already."""
    found = asset(name)
    if found is None:
        raise HTTPException(404, "there is no such file")
    headers = {**CACHING, "ETag": found.etag}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=found.kind, headers=headers)


def _asset(body: bytes, kind: str) -> Asset:
    return Asset(body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
