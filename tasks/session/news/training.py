"""A scorer trained on one's own labels: judged by cross-validation beside the default, kept, and not put in force."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sklearn
import skops

from data.files import sha256_of
from data.tone_models import ToneCard, ToneModels, version_of
from models.news.classifier import RECIPE, Classifier, fit, unpacked
from models.news.tone import UNTRAINED, Scorer
from models.types import BadInput, Unavailable
from tasks.ports import PageRecord, Tracker
from tasks.session.news.comparing import Scored, compare, lexicons
from tasks.session.news.labelled import Labelled

EXPERIMENT = "news"
MADE_BY = "; ".join(
    [
        RECIPE,
        f"scikit-learn {sklearn.__version__}",
        f"skops {skops.__version__}",
        *(one.name for one in UNTRAINED.values()),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A version and the comparison that came with it."""

    card: ToneCard
    scored: tuple[Scored, ...]
    left_out: int

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return {
            "model": "tone",
            "version": self.card.version,
            "sha256": self.card.sha256,
            "rows": self.card.rows,
            "left_out": self.left_out,
            "scorers": [one.as_json() for one in self.scored],
        }


def kept_in(home: Path) -> ToneModels:
    """Where trained scorers are kept."""
    return ToneModels(home / "state" / "tones")


def train(labelled: Labelled, kept: ToneModels, at: int, say: Callable[[str], None]) -> Trained:
    """Compare, train on all of the labels, calibrate and keep. Nothing changes the scorer in force but news.scorer.

    Raises:
        Unavailable: the disk is full or cannot be written.
    """
    scored = compare(labelled, lexicons(), say)
    say(f"training on {len(labelled.texts)} texts")
    version = version_of(MADE_BY, labelled.sha256)
    archive = fit(version, labelled.texts, labelled.classes, labelled.groups).packed()
    figures = {f"{one.name}.{what}": figure for one in scored for what, figure in _figures(one).items()}
    card = ToneCard(version, sha256_of(archive), MADE_BY, labelled.sha256, labelled.rows, at, figures)
    kept.save(card, archive)
    return Trained(card, scored, labelled.left_out)


def log(tracker: Tracker, trained: Trained, say: Callable[[str], None]) -> None:
    """Keep the figures where trainings are compared; a tracker that does not answer takes nothing away."""
    card = trained.card
    settings: dict[str, str | int | float] = {
        "recipe": card.recipe,
        **{f"rows.{name}": n for name, n in card.rows.items()},
    }
    tags = {"keel.version": card.version, "keel.sha256": card.sha256, "keel.data_sha256": card.data_sha256}
    try:
        tracker.log_page(EXPERIMENT, PageRecord(f"tone {card.version}", settings, tags, card.figures, ()))
    except Unavailable as error:
        say(f"{error}; the scorer is not lost: {card.version}")


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


def _trained(kept: ToneModels, version: str) -> Classifier:
    card = kept.card(version)
    if card.recipe != MADE_BY:
        raise BadInput(
            f"scorer {version} was made by {card.recipe}, this is {MADE_BY}; train it again: keel news train"
        )
    return unpacked(f"trained-{version}", kept.read(card))


def _figures(scored: Scored) -> dict[str, float]:
    return {name: one for name, one in scored.as_json().items() if isinstance(one, float)}
