"""The encrypted file below KEEL_HOME: for machines without a keyring."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from conf.secrets import PASSPHRASE, remember, require_private
from data.files import locked, read_regular, reading, write_atomically
from models.types import BadInput, Damaged, Refused
from tasks.adapters.credentials.cost import COST, Cost
from tasks.adapters.credentials.passphrase import Passphrase
from tasks.adapters.credentials.source import Look

# The library that seals takes a while to import, and most runs have no such file: see _open and _seal.


def sealed_path(home: Path) -> Path:
    """Where it is, below KEEL_HOME."""
    return home / "state" / "secrets.json.enc"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """The file, who knows its passphrase, and what a guess of it shall cost."""

    file: Path
    passphrase: Passphrase
    cost: Cost = COST
    name: str = "file"

    def look(self, names: Collection[str]) -> Look:
        """Those of the secrets that it has; without a passphrase it is passed over, and says so.

        Raises:
            BadInput: others may read it, or the passphrase is not the right one.
            Damaged: it was changed since it was written.
            Refused: a newer Keel has written it.
            Unavailable: it cannot be read.
        """
        if not self.file.exists():
            return Look(why_not=f"there is no file {self.file}")
        require_private(self.file)
        passphrase = self.passphrase.current()
        if passphrase is None:
            return Look(why_not=f"{self.file} is locked; set {PASSPHRASE}")
        return Look({name: value for name, value in self._open(passphrase).items() if name in names})

    def keep(self, values: Mapping[str, SecretStr]) -> str:
        """Add the secrets to the file, which only its owner may read; returns where they are.

        Raises: as look, and BadInput where nobody knows a passphrase, or a new one is too short.
        """
        # Asked for before the lock is taken: a person may be slow to type.
        passphrase = self.passphrase.current() if self.file.exists() else self.passphrase.chosen()
        if passphrase is None:
            raise BadInput(f"nobody knows the passphrase of {self.file}; set {PASSPHRASE}, or use a terminal")
        with locked(self.file.with_name(f"{self.file.name}.lock")):
            require_private(self.file)
            there = self._open(passphrase) if self.file.exists() else {}
            from tasks.adapters.credentials.sealed import seal

            write_atomically(self.file, seal({**there, **values}, passphrase, self.cost))
        return str(self.file)

    def _open(self, passphrase: SecretStr) -> dict[str, SecretStr]:
        from tasks.adapters.credentials.sealed import unseal

        with reading(self.file):
            content = read_regular(self.file)
        try:
            found = unseal(content, passphrase)
        except Damaged as error:
            raise Damaged(f"{self.file}: {error}; remove it and set its keys anew, or restore it") from None
        except BadInput as error:
            raise BadInput(f"{self.file}: {error}; give the one that it was written with") from None
        except Refused as error:
            raise Refused(f"{self.file}: {error}; update Keel") from None
        return {name: remember(value) for name, value in found.items()}
