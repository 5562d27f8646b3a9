"""One guarded GET: to allowed addresses, for a limited time, for a limited answer, at the source's pace."""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from models.types import KeelError, Unavailable, iso
from tasks.adapters.news.addresses import PublicTransport, joined, require_allowed
from tasks.adapters.news.body import ACCEPTED, read_body
from tasks.adapters.news.decoding import decoded
from tasks.adapters.news.place import Place
from tasks.adapters.news.threads import apart
from tasks.adapters.venues.access import Access, require_ca_file
from tasks.adapters.venues.headers import ban_end
from tasks.adapters.venues.hosts import redirected, require_loopback
from tasks.adapters.venues.limits import SECOND
from tasks.adapters.venues.reads import REFUSED_KEYS, TOO_MANY
from tasks.ports import LeftAlone, Mark

AGENT = "keel/0.1 (self-hosted reader of news)"
MOVED = (301, 302, 303, 307, 308)
UNCHANGED, BUSY = 304, 503
MOST_REDIRECTS = 3
# Whatever a source asks for: nobody is left alone for longer.
LONGEST_PAUSE = 24 * 3600 * SECOND
LONGEST_MARK = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of an answer, and what to ask by the next time."""

    text: str
    etag: str | None
    modified: str | None


@dataclass(frozen=True, slots=True)
class NewsClient:
    """Asks one place."""

    place: Place
    access: Access

    async def get(self, query: Mapping[str, str], headers: Mapping[str, str], mark: Mark | None) -> Answer | None:
        """What the place says, with these parameters beside those of its url; None: nothing since the mark.

        Raises:
            LeftAlone, Unavailable, Refused: see tasks.ports.NewsSource.
        """
        await self._await_turn()
        try:
            async with asyncio.timeout(self.place.timeout_ms / 1000):
                return await self._followed(query, {**headers, **_conditions(mark)})
        except KeelError:
            raise
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            kind = type(error).__name__
        # Outside of the except block, so that the text of httpx's error, with addresses in it, goes no further.
        raise self._silent(kind)

    async def _await_turn(self) -> None:
        budget, limits = f"news/{self.place.name}", self.access.limits
        until = await apart(lambda: limits.banned_until(budget))
        if until > limits.clock.now():
            raise self._left_alone(until)
        await apart(lambda: limits.wait(budget, round(self.place.spacing_ms * 1000), 0))

    async def _followed(self, query: Mapping[str, str], headers: dict[str, str]) -> Answer | None:
        target = httpx.URL(self.place.url).copy_merge_params(query)
        async with self._http() as http:
            for _ in range(MOST_REDIRECTS + 1):
                require_allowed(self.place, str(target))
                async with http.stream("GET", self._wire(target), headers=headers) as answer:
                    if answer.status_code not in MOVED:
                        return await self._taken(answer)
                    onward = httpx.URL(joined(str(target), answer.headers.get("Location", "")))
                if onward.host != target.host:
                    headers.pop("Authorization", None)
                target = onward
        raise self._silent(f"it sends one on more than {MOST_REDIRECTS} times")

    def _http(self) -> httpx.AsyncClient:
        access = self.access
        trusted = _trusted(access.ca_file)
        # A proxy looks names up by itself: what it may reach is its keeper's to say. A simulator is on the loopback.
        own = access.https_proxy is None and access.url is None
        return httpx.AsyncClient(
            transport=PublicTransport(self.place.name, trusted) if own else None,
            proxy=access.https_proxy,
            verify=trusted,
            timeout=self.place.timeout_ms / 1000,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": AGENT, "Accept-Encoding": ACCEPTED},
        )

    def _wire(self, target: httpx.URL) -> str:
        return str(target) if self.access.url is None else redirected(str(target), self.access.url)

    async def _taken(self, answer: httpx.Response) -> Answer | None:
        status, headers = answer.status_code, answer.headers
        if status == UNCHANGED:
            return None
        if status == 200:
            body = await read_body(self.place, answer)
            text = await apart(lambda: decoded(body, headers.get("Content-Type", "")))
            return Answer(text, _markable(headers.get("ETag")), _markable(headers.get("Last-Modified")))
        retry_after = headers.get("Retry-After")
        if status in TOO_MANY or (status == BUSY and retry_after is not None):
            until = self._pause_end(status, retry_after)
            await apart(lambda: self.access.limits.ban(f"news/{self.place.name}", until))
            raise self._left_alone(until)
        if status in REFUSED_KEYS and self.access.keys is not None:
            name = self.place.name
            raise Unavailable(f"{name} refuses the key (HTTP {status}); set it anew: keel secrets set {name}")
        raise self._silent(f"HTTP {status}")

    def _pause_end(self, status: int, retry_after: str | None) -> int:
        now = self.access.limits.clock.now()
        try:
            until = ban_end(status if status in TOO_MANY else 429, retry_after, now)
        except OverflowError:
            until = now + LONGEST_PAUSE
        return min(max(until, now), now + LONGEST_PAUSE)

    def _left_alone(self, until: int) -> LeftAlone:
        shown = iso(until // SECOND * SECOND)
        return LeftAlone(f"{self.place.name} asked to be left alone until {shown}; no request is made before", until)

    def _silent(self, why: str) -> Unavailable:
        name = self.place.name
        return Unavailable(
            f"{name} did not give its news ({why}); it is asked again later, check the network (https_proxy, ca_file) "
            f"and news.sources.{name}.urls if that goes on"
        )


def open_client(place: Place, access: Access) -> NewsClient:
    """The client of a place.

    Raises:
        BadInput: there is no file `ca_file`, or `url` is not of the loopback.
        Refused: the place's url is at none of its hosts.
    """
    require_ca_file(f"news/{place.name}", access.ca_file)
    if access.url is not None:
        require_loopback(f"news/{place.name}", access.url)
    require_allowed(place, place.url)
    return NewsClient(place, access)


@functools.cache
def _trusted(ca_file: str | None) -> ssl.SSLContext:
    # Once a process: reading the authorities takes longer than many an answer.
    return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=False)


def _conditions(mark: Mark | None) -> dict[str, str]:
    pairs = (("If-None-Match", mark and mark.etag), ("If-Modified-Since", mark and mark.modified))
    return {name: value for name, value in pairs if value and _markable(value) is not None}


def _markable(value: str | None) -> str | None:
    """The header as it can be sent back, None where it cannot."""
    return value if value and len(value) <= LONGEST_MARK and value.isascii() and value.isprintable() else None
