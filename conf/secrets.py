"""Venue keys: from the environment or `.env`, never from YAML, never printed."""

import stat
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from conf.home import PROJECT
from models.types.errors import BadInput


class Secrets(BaseSettings):
    """Keys by the names that `.env.example` lists; None where there is none. Public market data needs none of them."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    alpaca_api_key: SecretStr | None = None
    alpaca_secret_key: SecretStr | None = None
    coingecko_api_key: SecretStr | None = None
    cryptocompare_api_key: SecretStr | None = None
    binance_api_key: SecretStr | None = None
    binance_secret_key: SecretStr | None = None
    bitget_api_key: SecretStr | None = None
    bitget_secret_key: SecretStr | None = None
    bitget_passphrase: SecretStr | None = None
    redis_password: SecretStr | None = None

    def present(self) -> list[str]:
        """Names of the secrets that are set."""
        return [name for name in type(self).model_fields if getattr(self, name) is not None]


def load_secrets(path: Path = PROJECT / ".env") -> Secrets:
    """Environment first, then the `.env` file.

    Raises:
        BadInput: group or others may read the file, or it is no text.
    """
    if path.exists():
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise BadInput(f"{path} can be read by others (mode {mode:03o}); run chmod 600 on it")
    try:
        return Secrets(_env_file=path)
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8 text; write it anew after .env.example") from None
