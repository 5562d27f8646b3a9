"""Speakers from their files: loaded anew each time, or once per version by a process that goes on speaking."""

from dataclasses import dataclass, field

from data.model_files import ModelCard, ModelFiles
from models.predictors.speaker import Speaker
from models.types import Series
from tasks.session.speaker_files import speaker_of


@dataclass(frozen=True, slots=True)
class Speakers:
    """Loaded anew each time."""

    files: ModelFiles

    def of(self, series: Series, card: ModelCard) -> Speaker:
        """The final speaker of a version.

        Raises:
            Damaged: a file is missing, unreadable or does not match the card.
        """
        return speaker_of(card.model, self.files.read(series, card))


@dataclass(frozen=True, slots=True)
class RememberedSpeakers(Speakers):
    """Loaded once per version; its files are still held against the card each time."""

    known: dict[tuple[Series, str, str], Speaker] = field(default_factory=dict)

    def of(self, series: Series, card: ModelCard) -> Speaker:
        """As of Speakers."""
        body = self.files.read(series, card)
        key = series, card.model, card.version
        if key not in self.known:
            self.known[key] = speaker_of(card.model, body)
        return self.known[key]
