"""What every place of keys can do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Look:
    """What a source has, by name of the secret; `why_not` says why it could not be asked (None: it was)."""

    values: Mapping[str, SecretStr] = field(default_factory=dict)
    why_not: str | None = None


class Source(Protocol):
    """A place where keys may be."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def file(self) -> Path | None:
        """Its file, where it is one."""

    def look(self, names: Collection[str]) -> Look:
        """Those of the secrets that it has.

        Raises:
            BadInput: others may read it, it is no text, or the passphrase is not the right one.
            Damaged: it was changed since it was written.
            Unavailable: it is there and does not answer.
        """
