"""What a token lets its bearer do, and the tokens themselves: known by keyed hashes only, compared in constant time."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from conf.secrets import variable_of
from models.types import BadInput

SHORTEST = 32
MAKE_ONE = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


class Scope(StrEnum):
    """Stop and resume let their bearer watch as well, and nothing else; notify is Alertmanager's, and sees nothing."""

    WATCH = "watch"
    STOP = "stop"
    RESUME = "resume"
    NOTIFY = "notify"

    @property
    def allows(self) -> "frozenset[Scope]":
        """Everything that a token of this scope lets its bearer do."""
        return frozenset({self} if self is Scope.NOTIFY else {self, Scope.WATCH})


WANTED = (Scope.WATCH, Scope.STOP, Scope.RESUME)
"""Without these nothing is served; nobody needs to notify."""


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """Hashes by scope under a key that only this process has; no token can be read out of them."""

    key: bytes
    hashes: Mapping[Scope, bytes]

    def scope_of(self, given: str) -> Scope | None:
        """Whose token it is, None where it is nobody's. Each one is compared, whichever fits."""
        mine = _hash(self.key, given)
        found = [scope for scope, one in self.hashes.items() if hmac.compare_digest(one, mine)]
        return found[0] if found else None


def tokens_of(given: Mapping[Scope, str]) -> Tokens:
    """The tokens of the scopes.

    Raises:
        BadInput: one that is wanted is missing, shorter than SHORTEST, or another one's as well.
    """
    missing = [_variable(one) for one in WANTED if not given.get(one)]
    if missing:
        raise BadInput(f"the API has no {' and no '.join(missing)}, and none by default; set them in .env, {MAKE_ONE}")
    for scope, one in given.items():
        if len(one) < SHORTEST or not one.isascii() or not one.isprintable() or " " in one:
            raise BadInput(
                f"{_variable(scope)} has {len(one)} characters; allowed are {SHORTEST} or more of ASCII without "
                f"spaces, {MAKE_ONE}"
            )
    if len(set(given.values())) < len(given):
        raise BadInput(f"two tokens of the API are the same; each scope wants one of its own, {MAKE_ONE}")
    key = secrets.token_bytes(32)
    return Tokens(key, {scope: _hash(key, one) for scope, one in given.items()})


def _hash(key: bytes, token: str) -> bytes:
    return hashlib.blake2b(token.encode("utf-8", "surrogateescape"), key=key).digest()


def _variable(scope: Scope) -> str:
    return variable_of(f"api_{scope.value}_token")
