"""Egress: a venue is asked at its declared hosts or at the loopback, nowhere else."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from models.types import BadInput, Refused
from tasks.adapters.venues.venue import Venue

ORIGIN = re.compile(r"^[a-z]+://[^/?#]*")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, by its number or as `localhost`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_host(venue: Venue, url: str) -> None:
    """Nothing, when the address is of the venue: https or wss to a declared host, or anything to the loopback.

    Raises:
        Refused: it is not.
    """
    split = urlsplit(url)
    host = split.hostname or ""
    if is_loopback(host) or (split.scheme in ("https", "wss") and host in venue.hosts):
        return
    raise Refused(
        f"{venue.name} would be asked at {split.scheme}://{host}, which is none of its hosts "
        f"({', '.join(sorted(venue.hosts))} by https); no request was made, see where that address comes from"
    )


def redirected(url: str, base: str) -> str:
    """The address with another scheme, host and port in front.

    >>> redirected("https://api.kraken.com/0/public", "http://127.0.0.1:80")
    'http://127.0.0.1:80/0/public'
    """
    return ORIGIN.sub(base.rstrip("/"), url, count=1)


def require_loopback(venue: str, base: str) -> None:
    """Nothing, when the address that stands in for the venue is of this machine.

    Raises:
        BadInput: it is not.
    """
    if not is_loopback(urlsplit(base).hostname or ""):
        raise BadInput(f"venue {venue}: the url {base} is not of the loopback; leave it out to reach the venue itself")


def strings_of(tree: object) -> Iterator[str]:
    """Every string in nested dicts and lists."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for branch in tree.values():
            yield from strings_of(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from strings_of(branch)
