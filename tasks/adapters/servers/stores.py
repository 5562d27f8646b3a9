"""Where the servers keep what they know, when that is not SQLite below the home."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Stores:
    """Addresses of databases with their passwords: never written down, never an argument. None: SQLite of the home."""

    prefect: SecretStr | None = None
    mlflow: SecretStr | None = None


EMBEDDED = Stores()
