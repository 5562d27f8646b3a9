"""How a venue is reached that has no folder: as ccxt says."""

from urllib.parse import urlsplit

from models.types import BadInput
from tasks.adapters.venues.hosts import strings_of
from tasks.adapters.venues.venue import Venue


def described(name: str) -> Venue:
    """The venue by ccxt's description: its hosts are ccxt's, so that a changed address, not a wrong one, is noticed.

    Raises:
        BadInput: ccxt knows no such venue, or none with bars.
    """
    import ccxt

    if name not in ccxt.exchanges:
        raise BadInput(f"ccxt has no exchange {name}; set the venue's feed to none, or name it as ccxt does")
    told = getattr(ccxt, name)()
    if told.has["fetchOHLCV"] is not True:
        raise BadInput(f"{name} gives no bars by REST; take another venue, or bring archives in with keel import")
    urls = (told.implode_hostname(url) for url in strings_of(told.urls["api"]))
    return Venue(name, frozenset(urlsplit(url).hostname or "" for url in urls), float(told.rateLimit))
