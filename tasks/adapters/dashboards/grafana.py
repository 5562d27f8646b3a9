"""Grafana's HTTP API: one question, one answer, and refusals as sentences."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from models.types import BadInput, KeelError, Refused, Unavailable
from tasks.adapters.venues.hosts import is_loopback

# That whose JSON model the dashboards are written for; a later one takes them over.
LEAST_VERSION = (11, 0)
TIMEOUT_S = 15.0
ADVICE = "make a service account in Grafana, and put a token of it into .env as GRAFANA_TOKEN"
LONGEST_SAID = 300
# Of an answer, bytes: a dashboard has some hundred thousand.
LONGEST = 16_777_216


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body; {} where that is no JSON object."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grafana:
    """A Grafana at `url`; `http` has the token, which is in no text that leaves here."""

    url: str
    http: httpx.Client = field(repr=False)

    def ask(self, doing: str, method: str, path: str, body: object = None, fine: tuple[int, ...] = ()) -> Answer:
        """The answer; `doing` says in an error what was wanted, `fine`: further statuses that are answers.

        Raises:
            BadInput: it found the request wrong.
            Refused: the token is unknown or may not do that, or somebody else was faster.
            Unavailable: it did not answer, or not as Grafana does.
        """
        try:
            with self.http.stream(method, f"{self.url.rstrip('/')}{path}", json=body) as answer:
                found = Answer(answer.status_code, _object(self._text(answer)))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            kind = type(error).__name__
            raise Unavailable(f"Grafana does not answer at {self.url} ({kind}); start it, or give --url") from None
        if answer.is_success or answer.status_code in fine:
            return found
        raise self._refusal(doing, found)

    def _text(self, answer: httpx.Response) -> bytes:
        found = bytearray()
        for part in answer.iter_bytes():
            found += part
            if len(found) > LONGEST:
                raise Unavailable(f"what answers at {self.url} says more than {LONGEST} bytes: that is not Grafana")
        return bytes(found)

    def require_version(self) -> str:
        """Its version, new enough for the dashboards; "unknown" where it does not say it to strangers.

        Raises:
            BadInput: too old.
            Unavailable: nobody answers there, or it is no Grafana.
        """
        answer = self.ask("say its version", "GET", "/api/health")
        if "database" not in answer.body:
            raise Unavailable(f"what answers at {self.url} is not Grafana; give its address by --url")
        version = str(answer.body.get("version", "unknown"))
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if numbers is not None and tuple(int(one) for one in numbers.groups()) < LEAST_VERSION:
            least = ".".join(str(one) for one in LEAST_VERSION)
            raise BadInput(f"found Grafana {version} at {self.url}, allowed is {least} or newer; update it")
        return version

    def _refusal(self, doing: str, answer: Answer) -> KeelError:
        words = " ".join(str(answer.body.get("message", "")).split())
        # A proxy may repeat what it was sent.
        words = words.replace(self.http.headers.get("Authorization", "").removeprefix("Bearer ") or "\0", "(the token)")
        said = words[:LONGEST_SAID].rstrip(". ") or "no reason given"
        match answer.status:
            case httpx.codes.UNAUTHORIZED:
                lacking = "does not know the token" if "Authorization" in self.http.headers else "asks for a token"
                return Refused(f"Grafana at {self.url} {lacking}; {ADVICE}")
            case httpx.codes.FORBIDDEN:
                return Refused(f"Grafana: the token may not {doing} ({said}); give its service account the role Admin")
            case httpx.codes.PRECONDITION_FAILED | httpx.codes.CONFLICT:
                return Refused(f"Grafana did not {doing} ({said}); look at it there, then run the import again")
            case httpx.codes.BAD_REQUEST | httpx.codes.UNPROCESSABLE_ENTITY:
                return BadInput(f"Grafana did not {doing} ({said})")
            case status if 300 <= status < 400:
                return BadInput(f"{self.url} sends one on to another address; give Grafana's own by --url")
        return Unavailable(f"Grafana did not {doing}: status {answer.status} ({said}); look into its log")


@contextmanager
def grafana_at(url: str, token: SecretStr | None, transport: httpx.BaseTransport | None = None) -> Iterator[Grafana]:
    """A Grafana that is asked with a service account's token; `transport` stands in for the network.

    Raises:
        BadInput: an address over which the token would be read by others.
    """
    _require_private(url)
    headers = {"Accept": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token.get_secret_value()}"
    # A redirect would carry the token to any host; a proxy of the environment would see it.
    with httpx.Client(
        transport=transport, timeout=TIMEOUT_S, trust_env=False, follow_redirects=False, headers=headers
    ) as http:
        yield Grafana(url, http)


def _require_private(url: str) -> None:
    parts = urlsplit(url)
    if parts.username is not None:
        raise BadInput(f"found an address of {parts.hostname} with a name in it, allowed is one without; {ADVICE}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"found the address {url}, allowed is http://HOST:PORT or https://HOST")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise BadInput(f"{url} is not on this machine, and http would show the token to others; use https")


def _object(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
