"""Trained models on disk: UBJ, Keras and JSON files only, pinned by SHA-256; of each kind one version per series speaks."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.files import sha256_of, write_atomically
from data.lake import Lake
from models.types import Series


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a version of a model.

    Attributes:
        model: its kind, one of models.types.speakers.MODELS.
        version: first 12 hex digits of the hash over everything else here.
        files: SHA-256 of each of its files by name.
        recipe: hash of what it is made by: inputs and settings.
        horizon: of its edges, in bars.
        trained_from, trained_until: opens of the first and last bar of the training data, UTC microseconds.
        trained_at: when, UTC microseconds.
        data_sha256: version of the bars it was trained on.
        parents: for the meta-learner the version of each model whose words it weighs; else empty.
        performance: walk-forward figures by name.
    """

    model: str
    version: str
    files: dict[str, str]
    recipe: str
    horizon: int
    trained_from: int
    trained_until: int
    trained_at: int
    data_sha256: str
    parents: dict[str, str]
    performance: dict[str, float]

    def sealed(self) -> "ModelCard":
        """The same card with the version its content gives."""
        fields = asdict(self) | {"version": ""}
        return ModelCard(**fields | {"version": sha256_of(json.dumps(fields, sort_keys=True).encode())[:12]})


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Models by series and kind below `root`."""

    root: Path

    def save(self, series: Series, card: ModelCard, files: dict[str, bytes]) -> None:
        """Store a version beside the others; `files` are those that the card pins."""
        folder = self._folder(series, card.model) / card.version
        for name, body in files.items():
            write_atomically(folder / name, body)
        write_atomically(folder / "card.json", json.dumps(asdict(card), indent=1, sort_keys=True).encode())

    def make_current(self, series: Series, model: str, version: str) -> None:
        """Let a stored version speak from now on."""
        raise NotImplementedError

    def current(self, series: Series, model: str) -> ModelCard | None:
        """Card of the version that speaks, None before the first training.

        Raises:
            Damaged: pointer or card is unreadable, or the card's content does not give its version.
        """
        raise NotImplementedError

    def challenger(self, series: Series, model: str) -> ModelCard | None:
        """Card of the version that was trained last, where another one speaks."""
        raise NotImplementedError

    def versions(self, series: Series, model: str) -> tuple[ModelCard, ...]:
        """Cards of all versions that can be read, oldest training first."""
        raise NotImplementedError

    def card(self, series: Series, model: str, version: str) -> ModelCard:
        """Card of a version.

        Raises:
            BadInput: there is no such version.
            Damaged: it cannot be read or was changed.
        """
        raise NotImplementedError

    def read(self, series: Series, card: ModelCard) -> dict[str, bytes]:
        """The files of a version.

        Raises:
            Damaged: one is missing or does not match the card.
        """
        raise NotImplementedError

    def _folder(self, series: Series, model: str) -> Path:
        return Lake(self.root).folder("models", series) / model
