"""What stands between ccxt and the network: the shared budget, the allow-list, and answers that are no JSON."""

from dataclasses import dataclass, field
from typing import Any

from models.types import Unavailable
from tasks.adapters.venues.access import Access
from tasks.adapters.venues.headers import ban_end, venue_time
from tasks.adapters.venues.hosts import require_host
from tasks.adapters.venues.reads import TOO_MANY
from tasks.adapters.venues.venue import Venue


@dataclass(slots=True, weakref_slot=True)
class Guard:
    """Hooks in the place of methods of one exchange.

    `status` and `body` are those of the last answer, 0 and empty where the last request had none; `venue_now` is the
    venue's clock as of the last answer (UTC microseconds), None where it does not say. `left` says whether a byte of
    the last request went out: a session that cannot tell (`sees_wire` False) counts as if one had. From `not_after` on
    (microseconds of the budget's clock) nothing is sent.
    """

    venue: Venue
    access: Access
    exchange: Any
    sees_wire: bool = False
    status: int = 0
    body: str = ""
    left: bool = False
    not_after: int | None = None
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
        burst = round(self.venue.burst_ms * 1000)
        self.access.limits.wait(self.venue.name, round(spacing * 1000), self.access.patience_ms * 1000, burst)

    def clear(self) -> None:
        """Forget the last request."""
        self.status, self.body, self.left = 0, "", False

    def note_left(self) -> None:
        """A byte of the request goes out."""
        self.left = True

    def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """Ask, when the address is the venue's and it is not too late."""
        require_host(self.venue, url)
        self.clear()
        if self.not_after is not None and self.access.limits.clock.now() >= self.not_after:
            raise Unavailable(f"the request to {self.venue.name} waited for too long; it was not sent, decide anew")
        self.left = not self.sees_wire
        return self._fetch(url, method, headers, body)

    def on_rest_response(
        self, code: int, _reason: str, _url: str, _method: str, headers: Any, body: str, *_request: Any
    ) -> str:
        """Note status and time; a venue that was asked too often is left alone by all processes."""
        self.status, self.body = code, body
        self.venue_now = venue_time(headers.get("Date"), headers.get("Age"))
        if code in TOO_MANY:
            self.ban(headers.get("Retry-After"))
        return body.strip()

    def ban(self, retry_after: str | None = None) -> None:
        """Leave the venue alone for as long as it says, or for a usual pause."""
        status = self.status if self.status in TOO_MANY else 429
        until = ban_end(status, retry_after, self.access.limits.clock.now())
        self.access.limits.ban(self.venue.name, until)

    def parse_json(self, body: str) -> Any:
        """The JSON of an answer. ccxt takes a log-in page or half an answer for no markets and no bars."""
        from ccxt.base.errors import ExchangeNotAvailable

        answer = self._parse(body)
        if answer is None and self.status < 300:
            raise ExchangeNotAvailable("the answer is not JSON")
        return answer
