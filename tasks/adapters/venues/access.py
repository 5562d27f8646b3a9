"""How a source is reached: the same few answers for every venue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from models.types import BadInput
from tasks.adapters.venues.limits import Limits
from tasks.ports import Clock

TIMEOUT_MS = 10_000
PATIENCE_MS = 30_000


@dataclass(frozen=True, slots=True)
class Keys:
    """A venue's key pair, and the passphrase where it wants one; none is ever printed."""

    key: SecretStr
    secret: SecretStr
    passphrase: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a builder of a feed or an account is given.

    Attributes:
        clock: ends the paging, and stamps when a book arrived.
        limits: the request budget that all processes share.
        https_proxy, ca_file: for every request, where set.
        keys: for venues that want them.
        url: another address for everything the venue has; it must be of the loopback (a simulator).
        files: index symbol to the address or path of its daily file, for `index_files` only.
        timeout_ms: for connecting and for each wait for bytes.
        attempts: requests until a read is given up.
        patience_ms: a ban that ends sooner is waited for; a longer one is an error.
    """

    clock: Clock
    limits: Limits
    https_proxy: str | None = None
    ca_file: str | None = None
    keys: Keys | None = None
    url: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    timeout_ms: int = TIMEOUT_MS
    attempts: int = 3
    patience_ms: int = PATIENCE_MS


def require_ca_file(venue: str, ca_file: str | None) -> None:
    """Nothing, when no file is named or it is there.

    Raises:
        BadInput: there is no such file.
    """
    if ca_file is not None and not Path(ca_file).is_file():
        raise BadInput(f"venue {venue}: there is no file {ca_file}; correct its ca_file")


def require_keys(venue: str, keys: Keys | None) -> Keys:
    """The keys.

    Raises:
        BadInput: there are none.
    """
    if keys is None:
        names = f"{venue.upper()}_API_KEY and {venue.upper()}_SECRET_KEY"
        raise BadInput(f"{venue} gives its data to account holders only; set {names} in .env (a free account will do)")
    return keys
