"""The model versions behind a decision as one text: `momentum=0a1b... xgboost=none`, in the order of MODELS."""

from collections.abc import Mapping

from data.model_files import ModelCard
from models.types import Damaged
from models.types.speakers import MODELS

# In the place of a version: the model was routed, and none of it could be heard.
NONE = "none"


def versions_text(cards: Mapping[str, ModelCard], routed: tuple[str, ...]) -> str:
    """Of the models that were routed, NONE for those that could not speak; empty where nobody could."""
    if not any(model in cards for model in routed):
        return ""
    named = {model: cards[model].version if model in cards else NONE for model in MODELS if model in routed}
    return " ".join(f"{model}={version}" for model, version in named.items())


def versions_in(text: str) -> dict[str, str]:
    """The version of each model that the text names, NONE included.

    Raises:
        Damaged: the text is none of those.
    """
    pairs = [part.partition("=") for part in text.split()]
    wrong = [part for part, sign, version in pairs if part not in MODELS or not sign or not version]
    if wrong:
        raise Damaged(f"a decision names the models {text!r}, of which {', '.join(wrong)} cannot be read")
    return {model: version for model, _, version in pairs}
