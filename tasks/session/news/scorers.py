"""Who scores texts: a lexicon, or a scorer that was trained and kept."""

from pathlib import Path

from data.tone_models import ToneModels
from models.news.tone import UNTRAINED, Scorer
from models.types import BadInput
from models.types.news import scorer_name


def kept_in(home: Path) -> ToneModels:
    """Where trained scorers are kept."""
    return ToneModels(home / "state" / "tones")


def scorer_named(name: str, kept: ToneModels) -> Scorer:
    """The scorer that news.scorer names: a lexicon, or the version of a trained one.

    Raises:
        BadInput: there is none of that name, or it was made by other libraries than these.
        Damaged: it was changed.
    """
    if name in UNTRAINED:
        return UNTRAINED[name]
    if name not in kept.versions():
        allowed = ", ".join([*UNTRAINED, *kept.versions()])
        raise BadInput(f"news.scorer: found {name!r}, allowed is one of {allowed}; keel news train makes another")
    return _trained(kept, name)


def _trained(kept: ToneModels, version: str) -> Scorer:
    # Imported here: a lexicon needs none of the libraries that a training takes.
    from models.news.classifier import unpacked
    from tasks.session.news.training import MADE_BY

    card = kept.card(version)
    if card.recipe != MADE_BY:
        raise BadInput(
            f"scorer {version} was made by {card.recipe}, this is {MADE_BY}; train it again: keel news train"
        )
    return unpacked(scorer_name(version), kept.read(card))
