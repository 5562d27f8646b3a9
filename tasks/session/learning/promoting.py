"""From challenger to champion by a person: a stored version of a model speaks from now on."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from data.model_files import ModelCard
from models.types import BadInput, Damaged, Refused, Series
from models.types.speakers import MODELS
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.learning.kinds import recipe


@dataclass(frozen=True, slots=True)
class ModelPromotion:
    """What came of it; `before` is the version that spoke until now, None: there was none."""

    series: Series
    model: str
    version: str
    before: str | None

    @property
    def done(self) -> bool:
        """Whether it speaks: what speaks against it was raised."""
        return True

    @property
    def sentence(self) -> str:
        """For a person."""
        instead = "" if self.before in (None, self.version) else f" instead of {self.before}"
        return f"{self.series} {self.model}: version {self.version} speaks from now on{instead}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {"series": str(self.series), "promoted": True, "text": self.sentence}


def require_one_kind(
    specialist: str | None, run: str | None, model: str | None, version: str | None, book: Mapping[str, Any]
) -> None:
    """That what is asked for is either a specialist, perhaps of a run, or a model, perhaps a version, of a book.

    Raises:
        BadInput: it is both or neither; says what goes with what.
    """
    of_model = [version, *book.values()]
    if (specialist is None) == (model is None):
        found = "neither" if model is None else f"{specialist} and {model}"
        raise BadInput(f"found {found}; allowed is a specialist, or a model by --model, to be promoted")
    if model is not None and run is not None:
        raise BadInput("found --run beside --model; a run is of a specialist, what a model has is --version")
    if model is None and any(one is not None for one in of_model):
        raise BadInput("found --version or a series beside a specialist; they go with --model")


def promote_models(desk: Desk, tracker: Tracker, model: str, version: str | None) -> list[ModelPromotion]:
    """Make a stored version the one that speaks for each series of the book, in the registry and then here; None: the
    one that was trained last. Done again after it was interrupted, it is completed.

    Raises:
        BadInput: there is no such model or version, here or in the registry, or no challenger.
        Damaged: a file of it is not what was trained.
        Refused: it was made by other settings than those in force, and would be silent.
        Unavailable: the registry does not answer; then nothing has changed.
    """
    if model not in MODELS:
        raise BadInput(f"model: found {model!r}, allowed is one of {', '.join(MODELS)}")
    chosen = [(series, _chosen(desk, series, model, version)) for series in desk.universe()]
    return [_promoted(desk, tracker, series, card) for series, card in chosen]


def _chosen(desk: Desk, series: Series, model: str, version: str | None) -> ModelCard:
    card = desk.models.challenger(series, model) if version is None else desk.models.card(series, model, version)
    if card is None:
        raise BadInput(f"{series} has no challenger of {model}; keel train --model {model} trains one")
    desk.models.read(series, card)
    if card.recipe != recipe(desk, series, model):
        raise Refused(
            f"{series} {model} {card.version} was trained by other settings than those in force, and would say "
            f"nothing: restore those, or run keel train --model {model}"
        )
    return card


def _promoted(desk: Desk, tracker: Tracker, series: Series, card: ModelCard) -> ModelPromotion:
    before = None
    with suppress(Damaged):  # a pointer that cannot be read is replaced now
        before = desk.models.current_version(series, card.model)
    tracker.promote_training(series, card.model, card.version)
    desk.models.make_current(series, card.model, card.version)
    return ModelPromotion(series, card.model, card.version, before)
