"""Browsers that are signed in: by a random id in a cookie, of which only the hash is kept here, in memory."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from tasks.web.scopes import Scope

COOKIE = "keel_session"
# More than one person has browsers; the oldest is signed out for the next.
MOST = 64


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """One browser: what it may, the token that its writes carry, and until when (seconds of the clock)."""

    scopes: frozenset[Scope]
    csrf: str
    ends: float


@dataclass(slots=True)
class Browsers:
    """All of them; a restart signs everybody out.

    Attributes:
        seconds: that one stays signed in.
        clock: seconds that never go back.
    """

    seconds: float
    clock: Callable[[], float]
    _known: dict[bytes, SignedIn] = field(default_factory=dict, repr=False)

    def sign_in(self, scopes: frozenset[Scope]) -> tuple[str, SignedIn]:
        """(the id for its cookie, what is kept of it)."""
        self._forget_old()
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        name = secrets.token_urlsafe(32)
        made = SignedIn(scopes, secrets.token_urlsafe(32), self.clock() + self.seconds)
        self._known[_hash(name)] = made
        return name, made

    def find(self, name: str) -> SignedIn | None:
        """The browser with this id, None where nobody is signed in by it any more."""
        found = self._known.get(_hash(name))
        return found if found is not None and self.clock() < found.ends else None

    def sign_out(self, name: str) -> None:
        """Forget it."""
        self._known.pop(_hash(name), None)

    def _forget_old(self) -> None:
        now = self.clock()
        for one in [one for one, kept in self._known.items() if kept.ends <= now]:
            del self._known[one]


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()
