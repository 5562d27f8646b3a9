"""What is one source's own: what it is asked with, and how its answers read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tasks.adapters.news.raws import Raw


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request may be made of; `now` in UTC microseconds, `newest` the key of the newest item that we have."""

    key: str
    account: str | None
    newest: str | None
    now: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Parameters beside those of the address, and headers."""

    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Way:
    """One source.

    Attributes:
        read: its items, the newest first; raises NotRead.
        asked: what a request is made of.
        key_from: where people get the key without which the source is off; None: it wants none.
        wants_account: whether the key goes with a user's name.
        newest: of the keys of items that of the newest; None: the source cannot be asked for what came since.
    """

    read: Callable[[str], list[Raw]]
    asked: Callable[[Asking], Asked] = lambda _: Asked()
    key_from: str | None = None
    wants_account: bool = False
    newest: Callable[[list[str]], str | None] | None = None
