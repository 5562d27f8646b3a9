"""Trained models on disk: UBJ and JSON only, pinned by SHA-256, one current version per series."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from data.files import read_checked, sha256_of, write_atomically
from data.lake import Lake
from models.types import Damaged, Series


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a model version.

    Attributes:
        version: first 12 hex digits of the hash over the booster and everything below.
        booster_sha256: checksum of the UBJ file.
        recipe: hash of the feature names and the model settings it was trained by.
        horizon: of the edges, in bars.
        trained_until: open of the last bar of the training data, UTC microseconds.
        data_sha256: version of the bars it was trained on.
        boosting_slope, boosting_confidence, momentum_slope, momentum_confidence: the calibrations.
    """

    version: str
    booster_sha256: str
    recipe: str
    horizon: int
    trained_until: int
    data_sha256: str
    boosting_slope: float
    boosting_confidence: float
    momentum_slope: float
    momentum_confidence: float

    def sealed(self) -> "ModelCard":
        """The same card with the version its content gives."""
        fields = asdict(self) | {"version": ""}
        return ModelCard(**fields | {"version": sha256_of(json.dumps(fields).encode())[:12]})


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Models by series below `root`."""

    root: Path

    def save(self, series: Series, card: ModelCard, booster: bytes) -> None:
        """Store a version beside the others."""
        folder = self._folder(series) / card.version
        write_atomically(folder / "booster.ubj", booster)
        write_atomically(folder / "card.json", json.dumps(asdict(card), indent=1).encode())

    def make_current(self, series: Series, version: str) -> None:
        """Let a stored version speak for the series from now on."""
        write_atomically(self._folder(series) / "current", version.encode())

    def current_version(self, series: Series) -> str | None:
        """Name of the version that speaks for the series, None before the first training."""
        pointer = self._folder(series) / "current"
        return pointer.read_text().strip() if pointer.exists() else None

    def current(self, series: Series) -> ModelCard | None:
        """Card of the current version, None before the first training.

        Raises:
            Damaged: the card is unreadable or its content does not give its version.
        """
        version = self.current_version(series)
        if version is None:
            return None
        path = self._folder(series) / version / "card.json"
        try:
            fields = json.loads(path.read_bytes())
            card = ModelCard(**fields)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{path} is not a readable model card ({error}); run keel train again") from error
        if card.sealed() != card:
            raise Damaged(f"{path} was changed after training; run keel train again")
        return card

    def booster(self, series: Series, card: ModelCard) -> bytes:
        """The UBJ bytes of a version.

        Raises:
            Damaged: the file is missing or does not match the card.
        """
        return read_checked(
            self._folder(series) / card.version / "booster.ubj", card.booster_sha256, "run keel train again"
        )

    def _folder(self, series: Series) -> Path:
        return Lake(self.root).folder("models", series)
