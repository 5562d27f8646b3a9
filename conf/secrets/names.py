"""The one table of what is secret: who wants which parts."""

from collections.abc import Mapping
from types import MappingProxyType

from models.types.errors import BadInput

PAIR = ("api_key", "secret_key")
PASSPHRASE = "KEEL_SECRETS_PASSPHRASE"  # noqa: S105 - the name of one
"""The variable with the passphrase of the encrypted file."""

VENUES = ("binance", "alpaca", "kraken", "coinbase", "bitget")
"""Where orders may go."""

KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(VENUES, PAIR),
        "bitget": (*PAIR, "passphrase"),
        "coingecko": ("api_key",),
        "cryptocompare": ("api_key",),
        "cryptopanic": ("api_key",),
        "twitter": ("bearer_token",),
        "reddit": ("feed_token",),
        "openai": ("api_key",),
        "redis": ("password",),
        "mlflow": ("url",),
        "prefect": ("api_auth_string", "server_database_connection_url"),
        "api": ("watch_token", "stop_token", "resume_token", "notify_token"),
        "slack": ("url",),
        "email": ("url",),
        "telegram": ("url",),
        "pagerduty": ("url",),
        "webhook": ("url",),
        "grafana": ("token",),
        "journal": ("url",),
        "lake": ("access_key", "secret_key"),
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
    """The secret's name in the environment and in `.env`.

    >>> variable_of("kraken_api_key"), variable_of("api_stop_token"), variable_of("journal_url")
    ('KRAKEN_API_KEY', 'KEEL_API__STOP_TOKEN', 'KEEL_JOURNAL__URL')
    """
    owner, _, part = name.partition("_")
    return f"KEEL_{owner}__{part}".upper() if owner in _OF_KEEL else name.upper()


def is_secret(variable: str) -> bool:
    """Whether a variable of the environment has a key, by a name in whatever case, or the passphrase of the others.

    >>> is_secret("BINANCE_API_KEY"), is_secret("kraken_secret_key"), is_secret("KEEL_HOME")
    (True, True, False)
    """
    return variable.upper() == PASSPHRASE or variable.upper() in _VARIABLES


# Named as settings are; the others as those who want them name theirs.
_OF_KEEL = ("api", "journal", "lake", "mlflow")
_VARIABLES = frozenset(variable_of(name) for owner in KEYS for name in names_of(owner))
