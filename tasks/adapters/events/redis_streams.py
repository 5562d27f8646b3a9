"""Streams of a Redis server, each with its place in the journal beside it: both move in one transaction of the server.

Who was killed, or lost the server in the middle of an answer, asks there for the place and goes on: nothing is sent
twice and nothing is left out, whatever was killed when. A server that lost its data is told anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr
from redis import Redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.exceptions import RedisError, ResponseError, WatchError
from redis.retry import Retry

from data.journal.published import Told
from models.types import Unavailable

# What the client takes for a name or a value.
Field = bytes | bytearray | memoryview | str | int | float
PREFIX = "keel."
TIMEOUT_S = 2.0


@dataclass(slots=True)
class RedisStreams:
    """At one server; a stream keeps about `length` entries. One thread at a time."""

    url: str
    password: SecretStr | None
    length: int
    _open: "Redis | None" = field(default=None)

    def places(self, stream: str, journal: str) -> dict[str, int] | None:
        """How far the stream has come in the journal of that name, None where it never heard of it.

        Raises:
            Unavailable: the server does not answer.
        """
        try:
            said = self._client().hget(_beside(stream), journal)
        except (RedisError, OSError) as error:
            raise self._lost(error) from error
        return None if said is None else _places_of(said)

    def send(
        self,
        stream: str,
        journal: str,
        told: Sequence[Told],
        before: Mapping[str, int] | None,
        after: Mapping[str, int],
    ) -> dict[str, int] | None:
        """Append what is told and move the place from `before` to `after`, all or nothing; where it is then. Where it
        was no longer `before` another process sends as well, or somebody emptied the server (None): nothing is sent,
        and its place is the answer.

        Raises:
            Unavailable: the server does not answer; whether it has taken it, its place will say.
        """
        try:
            with self._client().pipeline(transaction=True) as line:
                line.watch(_beside(stream))  # type: ignore[no-untyped-call]
                said = line.hget(_beside(stream), journal)
                found = None if said is None else _places_of(said)
                if found != (None if before is None else dict(before)):
                    return found
                self._require_stream(line, f"{PREFIX}{stream}")
                line.multi()
                for one in told:
                    line.xadd(f"{PREFIX}{stream}", _fields(one), maxlen=self.length, approximate=True)
                line.hset(_beside(stream), journal, json.dumps(dict(after), sort_keys=True))
                line.execute()
        except WatchError:
            return self.places(stream, journal)
        except (RedisError, OSError) as error:
            raise self._lost(error) from error
        return dict(after)

    def _require_stream(self, line: "Pipeline", key: str) -> None:
        """In the way of the entries the place would move without them: the server takes back nothing of a line."""
        kind = line.type(key)
        if kind not in (b"none", b"stream"):
            raise Unavailable(f"the Redis server refuses {key}: somebody keeps something else there; rename it")

    def close(self) -> None:
        """Nothing is kept open."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _client(self) -> Redis:
        if self._open is None:
            password = None if self.password is None else self.password.get_secret_value()
            self._open = Redis.from_url(
                self.url,
                password=password,
                socket_connect_timeout=TIMEOUT_S,
                socket_timeout=TIMEOUT_S,
                # What was in doubt must be asked for, never sent again blindly.
                retry=Retry(NoBackoff(), 0),
            )
        return self._open

    def _lost(self, error: Exception) -> Unavailable:
        self.close()
        # The error's text is left out: it may repeat what was sent.
        said = "refuses" if isinstance(error, ResponseError) else "does not answer"
        return Unavailable(f"the Redis server of servers.redis_url {said} ({type(error).__name__})")


def _fields(told: Told) -> dict[Field, Field]:
    return {name: text for name, text in told.fields.items()}  # noqa: C416 - as wide as the client says


def _beside(stream: str) -> str:
    return f"{PREFIX}{stream}.place"


def _places_of(said: object) -> dict[str, int]:
    """What nobody can read is a stream that never heard of anything."""
    try:
        found = json.loads(said if isinstance(said, (str, bytes)) else str(said))
        return {str(subject): int(number) for subject, number in found.items()}
    except (ValueError, AttributeError, TypeError):
        return {}
