"""A scorer trained on one's own labels: judged by cross-validation beside the default, kept, and not put in force."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sklearn
import skops

from data.files import sha256_of
from data.tone_models import ToneCard, ToneModels, version_of
from models.news.classifier import RECIPE, fit
from models.news.tone import UNTRAINED
from models.types import Unavailable
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


def _figures(scored: Scored) -> dict[str, float]:
    return {name: one for name, one in scored.as_json().items() if isinstance(one, float)}
