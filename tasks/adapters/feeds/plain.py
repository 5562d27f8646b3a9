"""Sources that ccxt does not know: one GET by httpx under the same budget, allow-list, retries and errors."""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.adapters.venues.access import Access, require_ca_file
from tasks.adapters.venues.headers import ban_end, venue_time
from tasks.adapters.venues.hosts import redirected, require_host, require_loopback
from tasks.adapters.venues.reads import PASSING, TOO_MANY, Failed, ask
from tasks.adapters.venues.venue import Venue

Query = Mapping[str, str | int]


@dataclass(slots=True)
class Heard:
    """The source's clock as of the last answer, UTC microseconds; None where it does not say."""

    venue_now: int | None = None


@dataclass(frozen=True, slots=True)
class PlainClient:
    """One source by plain HTTP."""

    venue: Venue
    access: Access
    heard: Heard = field(default_factory=Heard)

    def text(self, what: str, url: str, query: Query, headers: Mapping[str, str]) -> str:
        """The body of an answer as text; `what` says in an error what was wanted.

        Raises:
            BadInput: the source refuses the request or the keys.
            Refused: the address is none of its hosts.
            Unavailable: it did not answer, or asked to be left alone.
        """
        return ask(self.venue, self.access, what, lambda: self._once(url, query, headers))

    def json(self, what: str, url: str, query: Query, headers: Mapping[str, str]) -> Any:
        """The same for JSON: what is none, a log-in page or half an answer, is asked for again."""
        return ask(self.venue, self.access, what, lambda: self._parsed(url, query, headers))

    def ban(self, status: int, retry_after: str | None) -> None:
        """Leave the source alone for as long as it says, or for a usual pause."""
        self.access.limits.ban(self.venue.name, ban_end(status, retry_after, time.time_ns() // 1000))

    def _parsed(self, url: str, query: Query, headers: Mapping[str, str]) -> Any:
        body = self._once(url, query, headers)
        try:
            return json.loads(body)
        except ValueError:
            pass
        raise Failed("an answer that is not JSON", 200, passing=True)

    def _once(self, url: str, query: Query, headers: Mapping[str, str]) -> str:
        import httpx

        address = url if self.access.url is None else redirected(url, self.access.url)
        require_host(self.venue, address)
        limits, spacing = self.access.limits, round(self.venue.spacing_ms * 1000)
        limits.wait(self.venue.name, spacing, self.access.patience_ms * 1000)
        try:
            with httpx.Client(
                proxy=self.access.https_proxy,
                verify=ssl.create_default_context(cafile=self.access.ca_file) if self.access.ca_file else True,
                timeout=self.access.timeout_ms / 1000,
                trust_env=False,
                follow_redirects=False,
            ) as http:
                answer = http.get(address, params=dict(query), headers=dict(headers))
        except httpx.HTTPError as error:
            failed = Failed(type(error).__name__, 0, passing=isinstance(error, httpx.TransportError))
        else:
            self.heard.venue_now = venue_time(answer.headers.get("Date"), answer.headers.get("Age"))
            if answer.status_code == 200:
                return answer.text
            failed = self._failure(answer.status_code, answer.headers.get("Retry-After"))
        # Outside of the except block, so that the text of httpx's error goes no further.
        raise failed

    def _failure(self, status: int, retry_after: str | None) -> Failed:
        if status in TOO_MANY:
            self.ban(status, retry_after)
        return Failed("an error", status, passing=status in PASSING)


def open_plain(venue: Venue, access: Access) -> PlainClient:
    """The client of a source.

    Raises:
        BadInput: there is no file `ca_file`, or the url is not of the loopback.
    """
    require_ca_file(venue.name, access.ca_file)
    if access.url is not None:
        require_loopback(venue.name, access.url)
    return PlainClient(venue, access)
