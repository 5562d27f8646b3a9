"""The model versions behind a decision as one text: `momentum=0a1b... xgboost=2c3d...`, in the order of MODELS."""

from collections.abc import Mapping

from data.model_files import ModelCard
from models.types import Damaged
from models.types.speakers import MODELS


def versions_text(cards: Mapping[str, ModelCard], routed: tuple[str, ...]) -> str:
    """Of the models that were routed and could speak; empty where there is none."""
    return " ".join(f"{model}={cards[model].version}" for model in MODELS if model in cards and model in routed)


def versions_in(text: str) -> dict[str, str]:
    """The version of each model that the text names.

    Raises:
        Damaged: the text is none of those.
    """
    pairs = [part.partition("=") for part in text.split()]
    wrong = [part for part, sign, version in pairs if part not in MODELS or not sign or not version]
    if wrong:
        raise Damaged(f"a decision names the models {text!r}, of which {', '.join(wrong)} cannot be read")
    return {model: version for model, _, version in pairs}
