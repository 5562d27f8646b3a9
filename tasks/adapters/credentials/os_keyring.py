"""The keyring of the operating system: Secret Service, KWallet, Keychain, Windows' own; a server may have none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from conf.secrets import remember
from models.types import Unavailable
from tasks.adapters.credentials.source import Look

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "keel"
NONE = "this machine has no keyring"


@dataclass(frozen=True, slots=True)
class OsKeyring:
    """Entries of the service `keel`, one for each secret, under its name."""

    name: str = "keyring"
    file: Path | None = None

    def look(self, names: Collection[str]) -> Look:
        """Those of the secrets that it has; a machine without a keyring is no error.

        Raises:
            Unavailable: it is locked, or does not answer.
        """
        # Imported here: whoever has keys in the environment need not pay for it.
        from keyring.errors import KeyringError

        backend = _backend()
        if backend is None:
            return Look(why_not=NONE)
        try:
            found = {name: backend.get_password(SERVICE, name) for name in names}
        except KeyringError as error:
            raise _failed(backend, error) from None
        return Look({name: remember(SecretStr(value)) for name, value in found.items() if value})

    def keep(self, values: Mapping[str, SecretStr]) -> str:
        """Store the secrets; returns where they are.

        Raises:
            Unavailable: there is no keyring, it is locked, or does not answer.
        """
        from keyring.errors import KeyringError

        backend = _backend()
        if backend is None:
            raise Unavailable(f"{NONE}; use --to file or --to env")
        try:
            for name, value in values.items():
                backend.set_password(SERVICE, name, value.get_secret_value())
        except KeyringError as error:
            raise _failed(backend, error) from None
        return f"keyring of {backend.name}"


def _backend() -> "KeyringBackend | None":
    """The keyring in use, None where there is none that works."""
    try:
        from keyring import get_keyring

        found = get_keyring()
    except (ImportError, AttributeError, RuntimeError, ValueError, OSError) as error:
        # A person's own choice of a backend, in a variable or in keyring's file, is what fails here.
        raise Unavailable(f"the keyring cannot be used ({type(error).__name__}); see which backend is chosen") from None
    return found if found.priority > 0 else None


def _failed(backend: "KeyringBackend", error: Exception) -> Unavailable:
    return Unavailable(f"the keyring of {backend.name} does not answer ({type(error).__name__}); unlock it first")
