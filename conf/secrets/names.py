"""The one table of what is secret: who wants which parts."""

from collections.abc import Mapping
from types import MappingProxyType

from models.types.errors import BadInput

PAIR = ("api_key", "secret_key")
VENUES = ("binance", "alpaca", "kraken", "coinbase", "bitget")
"""Where orders may go."""

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(VENUES, PAIR),
        "bitget": (*PAIR, "passphrase"),
        "coingecko": ("api_key",),
        "cryptocompare": ("api_key",),
        "redis": ("password",),
    }
)
"""Parts by who wants them. At coinbase the API key is its name, and the secret key a private EC key as PEM."""


def names_of(owner: str) -> tuple[str, ...]:
    """Names of the owner's secrets: fields of `Secrets`.

    >>> names_of("kraken")
    ('kraken_api_key', 'kraken_secret_key')

    Raises:
        BadInput: nobody of that name has secrets here.
    """
    if owner not in KEYS:
        raise BadInput(f"found {owner!r}, which has no keys here; allowed is one of {', '.join(KEYS)}")
    return tuple(f"{owner}_{part}" for part in KEYS[owner])


def variable_of(name: str) -> str:
    """The secret's name in the environment and in `.env`."""
    return name.upper()
