"""From items to headlines: each is read once, and an item that cannot be read takes no other along."""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.types.news import Headline, Item
from tasks.session.news.reads import Reads

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Count:
    """What became of items.

    Attributes:
        items: those that could be read.
        known: of them those that had been read before, to the letter.
        twins, linked: of the headlines those that say what another one said, and those that are about an asset.
        unread: those that could not be read, which is a mistake of ours.
        crowded: by source, items that were left out because it had given its fill of a day.
        headlines: in the order of their reading.
    """

    items: int = 0
    known: int = 0
    twins: int = 0
    linked: int = 0
    unread: int = 0
    crowded: dict[str, int] = field(default_factory=dict)
    headlines: list[Headline] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on: `headlines` that came, `duplicates` among them, `added` to the lake."""
        return {
            "headlines": self.items,
            "added": len(self.headlines),
            "duplicates": self.known + self.twins,
            "linked": self.linked,
            "scored": len(self.headlines),
            "unread": self.unread,
        }


def take(reader: Reads, items: Iterable[Item], arrived: int, count: Count, room: float = math.inf) -> list[Headline]:
    """The headlines of items that arrived together (UTC microseconds), `room` of them at most; they are counted."""
    found: list[Headline] = []
    for item in items:
        if len(found) >= room:
            count.crowded[item.source] = count.crowded.get(item.source, 0) + 1
            continue
        try:
            headline = reader.read(item, arrived)
        except Exception as error:  # noqa: BLE001 - whatever a text does to the reader, the others are read
            # The kind of the error only: its words may be the text's.
            logger.warning("an item of %s could not be read (%s); it is left out", item.source, type(error).__name__)
            count.unread += 1
            continue
        count.items += 1
        if headline is None:
            count.known += 1
            continue
        found.append(headline)
        count.twins += headline.twin is not None
        count.linked += bool(headline.links)
    count.headlines += found
    return found
