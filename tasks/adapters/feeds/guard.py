"""What stands between ccxt and the network: the shared budget, the allow-list, and answers that are no JSON."""

import time
from dataclasses import dataclass, field
from typing import Any

from tasks.adapters.feeds.access import Access
from tasks.adapters.feeds.headers import ban_end, venue_time
from tasks.adapters.feeds.hosts import require_host
from tasks.adapters.feeds.reads import TOO_MANY
from tasks.adapters.feeds.venue import Venue


@dataclass(slots=True)
class Guard:
    """Hooks in the place of methods of one exchange.

    `status` is that of the last answer, 0 where the last request had none; `venue_now` is the venue's clock as of the
    last answer (UTC microseconds), None where it does not say.
    """

    venue: Venue
    access: Access
    exchange: Any
    status: int = 0
    venue_now: int | None = None
    _fetch: Any = field(init=False)
    _parse: Any = field(init=False)

    def __post_init__(self) -> None:
        self._fetch, self._parse = self.exchange.fetch, self.exchange.parse_json
        self.exchange.throttle = self.throttle
        self.exchange.fetch = self.fetch
        self.exchange.on_rest_response = self.on_rest_response
        self.exchange.parse_json = self.parse_json

    def throttle(self, cost: float | None = None) -> None:
        """Wait for the venue's next slot instead of this process's."""
        spacing = self.venue.spacing_ms * (1.0 if cost is None else cost)
        self.access.limits.wait(self.venue.name, round(spacing * 1000), self.access.patience_ms * 1000)

    def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """Ask, when the address is the venue's."""
        require_host(self.venue, url)
        self.status = 0
        return self._fetch(url, method, headers, body)

    def on_rest_response(
        self, code: int, _reason: str, _url: str, _method: str, headers: Any, body: str, *_request: Any
    ) -> str:
        """Note status and time; a venue that was asked too often is left alone by all processes."""
        self.status, self.venue_now = code, venue_time(headers.get("Date"), headers.get("Age"))
        if code in TOO_MANY:
            self.ban(headers.get("Retry-After"))
        return body.strip()

    def ban(self, retry_after: str | None = None) -> None:
        """Leave the venue alone for as long as it says, or for a usual pause."""
        status = self.status if self.status in TOO_MANY else 429
        until = ban_end(status, retry_after, time.time_ns() // 1000)
        self.access.limits.ban(self.venue.name, until)

    def parse_json(self, body: str) -> Any:
        """The JSON of an answer. ccxt takes a log-in page or half an answer for no markets and no bars."""
        from ccxt.base.errors import ExchangeNotAvailable

        answer = self._parse(body)
        if answer is None and self.status < 300:
            raise ExchangeNotAvailable("the answer is not JSON")
        return answer
