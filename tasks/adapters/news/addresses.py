"""Where a source of news may lead us: to its own hosts by https, and never into a network that is not public.

A name is looked up once, every address that it has must be public, and the connection goes to an address that was
looked at: what the name means a moment later (DNS rebinding) is never asked. The certificate is still the name's.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import httpx

from models.types import Refused, Unavailable
from tasks.adapters.news.place import Place
from tasks.adapters.news.threads import apart

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str], list[str]]

# Addresses of IPv4 inside of IPv6 that ipaddress does not know as such: NAT64 (RFC 6052, RFC 8215).
TRANSLATED = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48"))
# What it takes for public: networks of a site (RFC 3879), relays of 6to4 (RFC 7526), documentation (RFC 9637).
WITHIN = tuple(ipaddress.ip_network(one) for one in ("fec0::/10", "192.88.99.0/24", "3fff::/20"))


def require_allowed(place: Place, url: str) -> None:
    """Nothing, when the address is https at the usual port of one of the place's hosts, without a name or a password.

    Raises:
        Refused: it is not.
    """
    try:
        split = urlsplit(url)
        host, usual = split.hostname or "", split.port in (None, 443)
    except ValueError:
        host, usual = "", False
    else:
        if split.scheme == "https" and usual and host in place.hosts and "@" not in split.netloc:
            return
    raise Refused(
        f"{place.name} leads to an address that is none of its own; allowed is https to "
        f"{', '.join(sorted(place.hosts))}; nothing was asked there, add the host to news.sources.{place.name}.hosts "
        "if you trust it"
    )


def joined(url: str, onward: str) -> str:
    """The address that a header Location means; one that is no address stays as it is."""
    try:
        return urljoin(url, onward.strip())
    except ValueError:
        return onward


def is_public(address: str) -> bool:
    """Whether the address is of the public network; so must be the one of IPv4 that one of IPv6 stands for.

    >>> [is_public(one) for one in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "2a00:1450::1")]
    [True, False, False, False, True]
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_public, (found, *_inside(found))))


def _is_public(address: Address) -> bool:
    known = address.is_global and not address.is_multicast and not address.is_reserved
    return known and not any(address in network for network in WITHIN)


def _inside(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inside: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in TRANSLATED):
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in inside if one is not None]


def looked_up(host: str) -> list[str]:
    """Addresses of a host in the order in which to try them: those of IPv4 first, because a network that loses what
    goes out by IPv6 says nothing, and one without IPv4 says so at once.

    Raises:
        OSError: the name means nothing.
    """
    found = dict.fromkeys(str(row[4][0]) for row in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM))
    return sorted(found, key=lambda address: ":" in address)


class PublicTransport(httpx.AsyncHTTPTransport):
    """Connects to public addresses only."""

    def __init__(self, name: str, verify: ssl.SSLContext, lookup: Lookup = looked_up) -> None:
        super().__init__(verify=verify, trust_env=False)
        self.name = name
        self.lookup = lookup

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first of the host's addresses that can be reached.

        Raises:
            Refused: the host has an address that is not public.
            Unavailable: it has none.
        """
        host = request.url.host
        unreached: httpx.TransportError | None = None
        addresses = await self._addresses(host)
        patience = {**request.extensions["timeout"]}
        patience["connect"] /= len(addresses)
        for address in addresses:
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "timeout": patience, "sni_hostname": host},
            )
            try:
                return await super().handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                unreached = error
        raise unreached or httpx.ConnectError("no address")

    async def _addresses(self, host: str) -> list[str]:
        try:
            found = await apart(lambda: self.lookup(host))
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise Unavailable(f"{self.name}: the name {host} means no address; check the network and the name server")
        if not all(is_public(one) for one in found):
            raise Refused(
                f"{self.name}: the name {host} means an address that is not public; nothing was asked there, see who "
                "answers for that name (behind a company's proxy set https_proxy)"
            )
        return found
