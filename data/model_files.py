"""Trained models on disk: UBJ, Keras and JSON files, pinned by SHA-256; of each kind one version per series speaks."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from data.files import UNFINISHED, read_checked, read_regular, sha256_of, write_atomically
from data.lake import place_of
from data.proofs import Proof, read_proof, write_proof
from data.sealed import read_sealed, write_sealed
from models.types import BadInput, Damaged, Series, Unavailable
from models.types.speakers import META, MODELS

CARD = "card.json"
CURRENT = "current"
# What an ablation found, in the folder of the version that it is about.
PROOF = "proof.json"
# Microseconds that a date can still be made of: the year 2200 or so.
LAST_TIME = 7_258_118_400_000_000
VERSION = re.compile(r"[0-9a-f]{12}")
# No format in here can run anything when it is loaded.
FILE = re.compile(r"[a-z][a-z0-9_]{0,60}\.(json|ubj|keras)")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a version of a model.

    Attributes:
        model: its kind, one of models.types.speakers.MODELS.
        version: first 12 hex digits of the hash over everything else here but `trained_at`: the same training again
            makes the same version.
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
        sealed = asdict(self) | {"version": "", "trained_at": 0}
        return replace(self, version=sha256_of(json.dumps(sealed, sort_keys=True).encode())[:12])


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Models by series and kind below `root`.

    A version is a folder with its name: the files that its card pins, and the card, which is written last. A folder
    without a card is a training that was cut off, and is no version.
    """

    root: Path

    def save(self, series: Series, card: ModelCard, files: dict[str, bytes]) -> None:
        """Store a version beside the others; `files` are those that the card pins.

        Raises:
            BadInput: they are not, the card is not sealed, or a name is not that of a UBJ, Keras or JSON file.
            Unavailable: the disk is full or cannot be written.
        """
        _require_pinned(card, files)
        folder = self._folder(series, card.model) / card.version
        for name, body in files.items():
            write_atomically(folder / name, body)
        write_atomically(folder / CARD, json.dumps(asdict(card), indent=1, sort_keys=True).encode())

    def make_current(self, series: Series, model: str, version: str) -> None:
        """Let a stored version speak from now on.

        Raises:
            BadInput: there is no such version.
            Damaged: it cannot be read or was changed.
        """
        card = self.card(series, model, version)
        write_sealed(self._folder(series, model) / CURRENT, {"version": card.version})

    def current(self, series: Series, model: str) -> ModelCard | None:
        """Card of the version that speaks, None before the first training.

        Raises:
            Damaged: pointer or card is unreadable, or the card's content does not give its version.
        """
        version = self.current_version(series, model)
        return None if version is None else _card(self._folder(series, model) / version)

    def current_version(self, series: Series, model: str) -> str | None:
        """Name of the version that speaks, None before the first training.

        Raises:
            Damaged: the pointer is unreadable, or names a version that is not there.
        """
        return _current(self._folder(series, model))

    def challenger(self, series: Series, model: str) -> ModelCard | None:
        """Card of the version that was trained last, where another one speaks; None where that speaks, or nobody.

        Raises:
            Damaged: it cannot be told who speaks.
        """
        current = self.current(series, model)
        newest = self.versions(series, model)[-1:]
        return None if current is None or not newest or newest[0].version == current.version else newest[0]

    def versions(self, series: Series, model: str) -> tuple[ModelCard, ...]:
        """Cards of all versions that can be read, oldest training first."""
        folder, cards = self._folder(series, model), []
        for version in _names(folder):
            with contextlib.suppress(Damaged):
                cards.append(_card(folder / version))
        return tuple(sorted(cards, key=lambda card: (card.trained_at, card.version)))

    def card(self, series: Series, model: str, version: str) -> ModelCard:
        """Card of a version.

        Raises:
            BadInput: there is no such version.
            Damaged: it cannot be read or was changed.
        """
        folder = self._folder(series, model)
        if not _is_version(folder, version):
            listed = ", ".join(_names(folder)) or "none yet"
            raise BadInput(f"version of {model} for {series}: found {version!r}, allowed is one of {listed}")
        return _card(folder / version)

    def read(self, series: Series, card: ModelCard) -> dict[str, bytes]:
        """The files of a version.

        Raises:
            Damaged: one is missing, cannot be read, does not match the card, or is not among those that it pins.
        """
        folder = self._folder(series, card.model) / card.version
        files = {name: _read(folder / name, sha256, card.model) for name, sha256 in card.files.items()}
        for path in _strangers(folder, card):
            raise Damaged(_strange(path, card.model))
        return files

    def save_proof(self, series: Series, proof: Proof) -> None:
        """Keep what an ablation found about a stored version beside its card, instead of what one found before.

        Raises:
            BadInput: there is no such version, or it is another series' or of another recipe.
            Damaged: its card cannot be read or was changed.
            Unavailable: the disk is full or cannot be written.
        """
        card = self.card(series, proof.model, proof.version)
        if (proof.series, proof.recipe) != (str(series), card.recipe):
            raise BadInput(f"what was found is about {proof.model} of {proof.series} and another recipe, not {series}")
        write_proof(self._folder(series, card.model) / card.version / PROOF, proof)

    def proof(self, series: Series, card: ModelCard) -> Proof | None:
        """What the newest ablation found about this very version, None where none was made.

        Raises:
            Damaged: it cannot be read, was changed, or is about another version.
        """
        path = self._folder(series, card.model) / card.version / PROOF
        proof = read_proof(path)
        own = (str(series), card.model, card.version, card.recipe)
        if proof is not None and (proof.series, proof.model, proof.version, proof.recipe) != own:
            raise Damaged(f"{path} is about {proof.model} {proof.version} of {proof.series}; run keel ablate again")
        return proof

    def series(self) -> list[Series]:
        """Every series of which a model was trained, in the order of their names."""
        folders = {path.parent for path in self._model_folders()}
        names = [[unquote(part.split("=", 1)[1]) for part in path.parts[-3:]] for path in sorted(folders)]
        return [Series(*one) for one in names]

    def checked(self) -> Iterator[tuple[Path, str | None]]:
        """Every pointer, card and file of every version, with what is wrong with it; None where nothing is."""
        for folder in self._model_folders():
            if (folder / CURRENT).exists():
                yield folder / CURRENT, _why(partial(_current, folder))
            for version in _names(folder):
                yield from _checked(folder / version)

    def _model_folders(self) -> list[Path]:
        """All but those of an earlier Keel, which had one model for each series."""
        found = self.root.glob("models/venue=*/symbol=*/timeframe=*/*")
        return sorted(path for path in found if path.name in MODELS)

    def _folder(self, series: Series, model: str) -> Path:
        return self.root / place_of("models", series) / model


def _cure(model: str) -> str:
    return f"run keel train --model {model} again"


def _names(folder: Path) -> list[str]:
    """Versions in a model's folder."""
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name for name in found if _is_version(folder, name)]


def _is_version(folder: Path, version: str) -> bool:
    return VERSION.fullmatch(version) is not None and (folder / version / CARD).exists()


def _current(folder: Path) -> str | None:
    """Version that the pointer in a model's folder names.

    Raises:
        Damaged: it cannot be read, was changed, or names none that is there.
    """
    path, cure = folder / CURRENT, _cure(folder.name)
    try:
        body = read_sealed(path, cure)
    except Unavailable as error:
        raise Damaged(f"{error}; or {cure}") from error
    version = None if body is None else body.get("version")
    if body is not None and not (isinstance(version, str) and _is_version(folder, version)):
        raise Damaged(f"{path} names version {version!r}, which is not there; {cure}")
    return version


def _card(folder: Path) -> ModelCard:
    """The card in a version's folder.

    Raises:
        Damaged: it cannot be read, was changed, or is another version's or model's.
    """
    path, model = folder / CARD, folder.parent.name
    try:
        card = ModelCard(**json.loads(read_regular(path)))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise Damaged(f"{path} is not a readable model card ({error}); {_cure(model)}") from error
    if not _is_well_formed(card) or card.sealed().version != card.version:
        raise Damaged(f"{path} was changed after the training; {_cure(model)}")
    if (card.model, card.version) != (model, folder.name):
        raise Damaged(f"{path} is the card of {card.model} {card.version}; {_cure(model)}")
    return card


def _is_well_formed(card: ModelCard) -> bool:
    """Whether every field is of its type: a seal is no signature, and whoever edits a card can seal it again."""
    texts = (card.model, card.version, card.recipe, card.data_sha256)
    numbers = (card.horizon, card.trained_from, card.trained_until, card.trained_at)
    tables = (card.files, card.parents, card.performance)
    return (
        all(isinstance(one, str) for one in texts)
        and all(type(one) is int for one in numbers)
        and all(isinstance(one, dict) for one in tables)
        and all(isinstance(one, str) for one in (*card.files.values(), *card.parents.values()))
        and all(type(one) in (int, float) for one in card.performance.values())
        and all(0 <= one <= LAST_TIME for one in (card.trained_from, card.trained_until, card.trained_at))
        and set(card.parents) <= (set(MODELS) - {META} if card.model == META else set())
        and all(FILE.fullmatch(name) is not None and name not in (CARD, PROOF) for name in card.files)
    )


def _read(path: Path, sha256: str, model: str) -> bytes:
    try:
        return read_checked(path, sha256, _cure(model))
    except Unavailable as error:
        raise Damaged(f"{error}; or {_cure(model)}") from error


def _strangers(folder: Path, card: ModelCard) -> list[Path]:
    """What stands in a version's folder and is neither the card nor pinned by it."""
    known = {CARD, PROOF, *card.files}
    return sorted(path for path in folder.iterdir() if path.name not in known and not path.match(UNFINISHED))


def _strange(path: Path, model: str) -> str:
    return f"{path} is none of the files that the model's card names; remove it, or {_cure(model)}"


def _require_pinned(card: ModelCard, files: Mapping[str, bytes]) -> None:
    if not _is_well_formed(card) or card.sealed() != card:
        raise BadInput(f"the card of {card.model} is not sealed, or names files other than .json, .ubj and .keras")
    if {name: sha256_of(body) for name, body in files.items()} != card.files:
        raise BadInput(f"the files of {card.model} {card.version} are not those that its card pins")


def _checked(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """The files of one version."""
    model = folder.parent.name
    why = _why(partial(_card, folder))
    yield folder / CARD, why
    if why is not None:
        return
    card = _card(folder)
    for name, sha256 in card.files.items():
        yield folder / name, _why(partial(_read, folder / name, sha256, model))
    if (folder / PROOF).exists():
        yield folder / PROOF, _why(partial(read_proof, folder / PROOF))
    for path in _strangers(folder, card):
        yield path, _strange(path, model)


def _why(look: Callable[[], object]) -> str | None:
    """Why what `look` looks at cannot be trusted, None where it can."""
    try:
        look()
    except Damaged as error:
        return str(error)
    return None
