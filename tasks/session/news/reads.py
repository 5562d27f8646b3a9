"""What reads: an item in, a headline out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from models.types.news import Headline, Item


class Reads(Protocol):
    """The reader of models.news, with its memory of the last days."""

    def read(self, item: Item, arrived: int) -> Headline | None:
        """The item as a headline, None where it is known already to the letter."""

    def remember(self, headlines: Iterable[Headline], at: int) -> None:
        """Take stored headlines in, as if they had just been read; nothing is read before `at`, UTC microseconds."""


MakeReader = Callable[[Mapping[str, float]], Reads]
"""A reader with an empty memory, by what each source's word counts."""
