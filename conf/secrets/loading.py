"""Keys from the environment and from `.env`, never from YAML, never printed."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from conf.home import PROJECT
from conf.secrets.known import is_text, remember
from conf.secrets.names import KEYS, is_secret, names_of, variable_of
from conf.secrets.private import require_private
from models.types.errors import BadInput


def _unfolded(value: object) -> object:
    """A PEM on one line, as variables and JSON have it, with its line ends."""
    if isinstance(value, str) and value.startswith("-----BEGIN"):
        return value.replace("\\n", "\n")
    return value


Pem = Annotated[SecretStr, BeforeValidator(_unfolded)]


def _under_its_variable(name: str) -> Any:
    """None by default, and read from the variable that is not simply its name."""
    return Field(default=None, validation_alias=variable_of(name))


class Secrets(BaseSettings):
    """Keys by the names that `.env.example` lists; None where there is none. Public market data needs none of them."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    alpaca_api_key: SecretStr | None = None
    alpaca_secret_key: SecretStr | None = None
    coingecko_api_key: SecretStr | None = None
    cryptocompare_api_key: SecretStr | None = None
    cryptopanic_api_key: SecretStr | None = None
    twitter_bearer_token: SecretStr | None = None
    reddit_feed_token: SecretStr | None = None
    binance_api_key: SecretStr | None = None
    binance_secret_key: SecretStr | None = None
    bitget_api_key: SecretStr | None = None
    bitget_secret_key: SecretStr | None = None
    bitget_passphrase: SecretStr | None = None
    kraken_api_key: SecretStr | None = None
    kraken_secret_key: SecretStr | None = None
    coinbase_api_key: SecretStr | None = None
    coinbase_secret_key: Pem | None = None
    openai_api_key: SecretStr | None = None
    redis_password: SecretStr | None = None
    prefect_api_auth_string: SecretStr | None = None
    prefect_server_database_connection_url: SecretStr | None = None
    slack_url: SecretStr | None = None
    email_url: SecretStr | None = None
    telegram_url: SecretStr | None = None
    pagerduty_url: SecretStr | None = None
    webhook_url: SecretStr | None = None
    grafana_token: SecretStr | None = None
    api_watch_token: SecretStr | None = _under_its_variable("api_watch_token")
    api_stop_token: SecretStr | None = _under_its_variable("api_stop_token")
    api_resume_token: SecretStr | None = _under_its_variable("api_resume_token")
    api_notify_token: SecretStr | None = _under_its_variable("api_notify_token")
    journal_url: SecretStr | None = _under_its_variable("journal_url")
    mlflow_url: SecretStr | None = _under_its_variable("mlflow_url")
    lake_access_key: SecretStr | None = _under_its_variable("lake_access_key")
    lake_secret_key: SecretStr | None = _under_its_variable("lake_secret_key")

    def model_post_init(self, _context: object) -> None:
        """What was loaded is known from here on: `scrub` takes it out of every text."""
        for value in self.values().values():
            remember(value)

    def values(self) -> dict[str, SecretStr]:
        """The secrets that are set, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in found.items() if value is not None}

    def present(self) -> list[str]:
        """Names of the secrets that are set."""
        return list(self.values())


def dotenv_path() -> Path:
    """The project's `.env`, whether or not there is one."""
    return PROJECT / ".env"


def load_secrets(path: Path | None = None) -> Secrets:
    """Environment first, then the `.env` file (None: the project's).

    Raises:
        BadInput: group or others may read the file, or it is no text; or a variable is none.
    """
    file = dotenv_path() if path is None else path
    require_private(file)
    _require_text()
    try:
        return Secrets(_env_file=file)
    except UnicodeDecodeError:
        raise _no_text(file) from None


def read_environment() -> dict[str, SecretStr]:
    """What the environment alone has.

    Raises:
        BadInput: a variable is no text.
    """
    _require_text()
    return Secrets(_env_file=None).values()


def read_dotenv(path: Path) -> dict[str, SecretStr]:
    """What the file alone has; nothing, where there is none.

    Raises:
        BadInput: group or others may read the file, or it is no text.
    """
    require_private(path)
    try:
        found = DotEnvSettingsSource(Secrets, env_file=path, env_ignore_empty=True)()
    except UnicodeDecodeError:
        raise _no_text(path) from None
    by_variable = {variable_of(name).lower(): name for owner in KEYS for name in names_of(owner)}
    names = {given: by_variable.get(given.lower()) for given in found}
    secrets = {name: _unfolded(found[given]) for given, name in names.items() if name is not None}
    return {name: remember(SecretStr(str(value))) for name, value in secrets.items()}


def _require_text() -> None:
    for variable, value in os.environ.items():
        if is_secret(variable) and not is_text(value):
            raise BadInput(f"{variable} in the environment is not UTF-8 text; set it anew")


def _no_text(path: Path) -> BadInput:
    return BadInput(f"{path} is not UTF-8 text; write it anew after .env.example")
