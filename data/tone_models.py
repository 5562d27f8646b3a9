"""Trained scorers of texts on disk: an archive and a card that pins it by SHA-256, a folder for each version."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.files import read_checked, sha256_of, write_atomically
from data.sealed import read_sealed, write_sealed
from models.types import BadInput, Damaged, Unavailable

CARD = "card.json"
CURE = "train it again (keel news train), or set news.scorer to another"
VERSION = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class ToneCard:
    """What is known of a trained scorer.

    Attributes:
        version: first 12 hex digits of the hash over `recipe` and `data_sha256`: the same training makes the same.
        sha256: of the archive.
        recipe: what it is made by, libraries included.
        data_sha256: of the texts and their classes.
        rows: texts by class.
        trained_at: UTC microseconds.
        figures: cross-validated, by dotted name.
    """

    version: str
    sha256: str
    recipe: str
    data_sha256: str
    rows: dict[str, int]
    trained_at: int
    figures: dict[str, float]


def version_of(recipe: str, data_sha256: str) -> str:
    """The version that a training makes."""
    return sha256_of(json.dumps([recipe, data_sha256]).encode())[:12]


@dataclass(frozen=True, slots=True)
class ToneModels:
    """Scorers by version below `root`; the card is written last: a folder without one is no version."""

    root: Path

    def save(self, card: ToneCard, archive: bytes) -> None:
        """Keep a version beside the others. One that was there stays whole until the new card is written: the same
        training makes the same version, but its archive has other bytes (the time is in it).

        Raises:
            BadInput: the card is not the archive's.
            Unavailable: the disk is full or cannot be written.
        """
        if card.sha256 != sha256_of(archive):
            raise BadInput(f"card of {card.version}: its sha256 is not that of the archive")
        path = self._archive(card)
        write_atomically(path, archive)
        write_sealed(path.parent / CARD, asdict(card))
        for old in set(path.parent.glob("*.skops")) - {path}:
            old.unlink(missing_ok=True)

    def versions(self) -> tuple[str, ...]:
        """Names of all versions, in the order of their names."""
        return tuple(
            sorted(one.parent.name for one in self.root.glob(f"*/{CARD}") if VERSION.fullmatch(one.parent.name))
        )

    def card(self, version: str) -> ToneCard:
        """Card of a version.

        Raises:
            BadInput: there is no such version.
            Damaged: the card was changed, or is another version's.
        """
        if version not in self.versions():
            listed = ", ".join(self.versions()) or "none yet"
            raise BadInput(f"trained scorer: found {version!r}, allowed is one of {listed} (keel news train)")
        path = self.root / version / CARD
        body: dict[str, Any] = read_sealed(path, CURE) or {}
        try:
            card = ToneCard(**body)
        except TypeError as error:
            raise Damaged(f"{path} is no card of a scorer ({error}); {CURE}") from error
        if card.version != version:
            raise Damaged(f"{path} is the card of {card.version}; {CURE}")
        return card

    def read(self, card: ToneCard) -> bytes:
        """The archive of a version.

        Raises:
            Damaged: it is missing, or is not what was written.
        """
        return read_checked(self._archive(card), card.sha256, CURE)

    def checked(self) -> Iterator[tuple[Path, str | None]]:
        """Card and archive of every version, each with what is wrong with it; None where nothing is."""
        for version in self.versions():
            path = self.root / version / CARD
            try:
                card = self.card(version)
            except (Damaged, Unavailable) as error:
                yield path, str(error)
                continue
            yield path, None
            try:
                self.read(card)
            except (Damaged, Unavailable) as error:
                yield self._archive(card), str(error)
            else:
                yield self._archive(card), None

    def _archive(self, card: ToneCard) -> Path:
        return self.root / card.version / f"{card.sha256}.skops"
