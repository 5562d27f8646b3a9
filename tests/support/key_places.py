"""Keyrings that a test can have, and a machine on which nothing of the person's own keys is found."""

import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from conf.secrets import Secrets


class MemoryKeyring(KeyringBackend):
    """A keyring that is open, and forgets everything with the test."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """The entry, None where there is none."""
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep the entry."""
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget the entry."""
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError(username)


class LockedKeyring(MemoryKeyring):
    """One that nobody has unlocked; its errors tell what they should not."""

    def get_password(self, service: str, username: str) -> str | None:
        """Never."""
        raise KeyringLocked(f"locked: {self.entries}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Never."""
        raise KeyringLocked(f"locked: {password}")


# Nobody else's search for a keyring finds them: a class of this kind is one of the machine's from its first line on.
KeyringBackend._classes -= {MemoryKeyring, LockedKeyring}


def use_keyring(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> None:
    """For this test the machine has that keyring."""
    keyring.get_keyring()  # or else a later first use would choose another one
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


def use_empty_machine(monkeypatch: pytest.MonkeyPatch, project: Path) -> None:
    """For this test there are no keys in the environment, none in a keyring, `.env` is below `project`, and nothing is
    known to be secret.
    """
    for name in [*Secrets.model_fields, "keel_secrets_passphrase"]:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(sys.modules["conf.secrets.loading"], "PROJECT", project)
    monkeypatch.setattr(sys.modules["conf.secrets.known"], "_forms", ())
    use_keyring(monkeypatch, NoKeyring())  # type: ignore[no-untyped-call]


def ec_pem() -> str:
    """A key of the kind that coinbase gives out."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
