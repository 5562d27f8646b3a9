"""Genomes on their way into trading: a challenger for each specialist, the champion, and those that were champions.

`<name>.json` is the champion's genome as the configuration reads it (`specialists.<name>: champion`). Its card holds
those of the genome before and of the one that is there, so that both are right at any moment that a process is killed
in.
"""

from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.files import locked, reading, sha256_of, write_atomically, writing
from data.sealed import read_sealed, write_sealed
from models.specialists.genome_text import genome_from_json
from models.types import BadInput, Damaged, Regime

NAMES = tuple(one.name.lower() for one in Regime)
CURE = "delete it, and run keel evolve again"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A genome that an evolution found, and how it was judged.

    Attributes:
        genome: text of its file, sealed.
        run: id of the evolution.
        since: when it became a challenger, UTC microseconds.
        model, version: in the registry of models.
        passed: whether it passed every gate.
    """

    genome: str
    run: str
    since: int
    model: str
    version: str
    passed: bool


@dataclass(frozen=True, slots=True)
class GenomeShelf:
    """Genomes by the specialist's lower-case name, below `root`.

    Everything raises:
        BadInput: there is no such specialist.
        Damaged: a file is not what was written.
        Unavailable: the disk is full, or cannot be read or written.
    """

    root: Path

    def keep_challenger(self, name: str, shelved: Shelved) -> None:
        """Put a genome in the place of the challenger, whoever that was.

        Raises:
            BadInput: it is no genome of this specialist.
        """
        path = self._challenger(name)
        found = genome_from_json(shelved.genome).specialist.name.lower()
        if found != name:
            raise BadInput(f"a genome of {found} cannot be the challenger of {name}; allowed is one of {name}")
        with self._lock():
            write_sealed(path, asdict(shelved))

    def challenger(self, name: str) -> Shelved | None:
        """The newest that was found, None where there is none, or it has become champion."""
        path = self._challenger(name)
        body = read_sealed(path, CURE)
        return None if body is None else _shelved(path, body)

    def champion(self, name: str) -> Shelved | None:
        """The one that may trade, None where none was promoted."""
        text, path = self._text(name), self._card(name)
        if text is None:
            return None
        for one in self._cards(name):
            if one.genome == text:
                return one
        raise Damaged(
            f"{self._champion(name)} is not the genome that {path} tells of; restore it from {self._retired()}"
        )

    def promote(self, name: str) -> Shelved:
        """Make the challenger champion; the former one is kept in `retired`.

        Killed anywhere, the champion is the old or the new one, and calling it again ends it.

        Raises:
            BadInput: there is no challenger, or it has not passed every gate.
        """
        with self._lock():
            chosen = self.challenger(name)
            if chosen is None:
                raise BadInput(f"{name} has no challenger; run keel evolve first")
            if not chosen.passed:
                raise BadInput(f"the challenger of {name} has not passed every gate; its dossier says which")
            before = self._text(name)
            if before is not None and before != chosen.genome:
                kept = self._retired() / f"{name}-{sha256_of(before.encode())[:8]}.json"
                write_atomically(kept, before.encode())
            former = [one for one in self._cards(name) if one.genome == before and before != chosen.genome]
            write_sealed(self._card(name), {"cards": [asdict(one) for one in (*former, chosen)]})
            write_atomically(self._champion(name), chosen.genome.encode())
            with writing(self._challenger(name)):
                self._challenger(name).unlink()
        return chosen

    def _cards(self, name: str) -> list[Shelved]:
        path = self._card(name)
        body = read_sealed(path, CURE)
        return [] if body is None else [_shelved(path, one) for one in body.get("cards", ())]

    def _text(self, name: str) -> str | None:
        path = self._champion(name)
        with reading(path):
            try:
                return path.read_bytes().decode()
            except FileNotFoundError:
                return None
            except UnicodeDecodeError as error:
                raise Damaged(f"{path} is no text ({error.reason}); restore it from {self._retired()}") from error

    def _champion(self, name: str) -> Path:
        if name not in NAMES:
            raise BadInput(f"there is no specialist {name!r}; allowed is one of {', '.join(NAMES)}")
        return self.root / f"{name}.json"

    def _card(self, name: str) -> Path:
        return self._champion(name).with_suffix(".card.json")

    def _challenger(self, name: str) -> Path:
        return self._champion(name).with_suffix(".challenger.json")

    def _retired(self) -> Path:
        return self.root / "retired"

    def _lock(self) -> AbstractContextManager[None]:
        return locked(self.root / ".lock")


def _shelved(path: Path, body: dict[str, Any]) -> Shelved:
    try:
        return Shelved(**body)
    except TypeError as error:
        raise Damaged(f"{path} is no card of a genome ({error}); {CURE}") from error
