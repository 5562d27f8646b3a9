"""An archive of headlines, replayed as of arrival: as if each had been heard at its time, between those that were.

What the lake has already is remembered in its place, so that the same archive twice adds nothing, and an import that
was killed goes on where it stopped. Weights are those of each day's begin, by what was known then.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from data.catalogue import refresh_catalogue
from data.news import append_headlines, archive_market, news_store, read_headlines
from data.tick_writer import TickWriter
from models.news.opportunities import assets_of, opportunities_of
from models.types import BadInput, iso
from models.types.news import Headline, Opportunity
from models.types.timeframes import DAY
from tasks.adapters.archives import HeadlineArchive
from tasks.session.desk import Desk
from tasks.session.news.reads import MakeReader
from tasks.session.news.showing import opportunity_json
from tasks.session.news.taking import Count, take
from tasks.session.news.weighing import Weigher, is_signal, opportunity_settings, plain_weights

# Headlines that are appended together.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an archive. `opportunities` are those at its last arrival: what it would have said then.

    `refused` rows had no time, title or source; `first` and `last` arrival in UTC microseconds.
    """

    count: Count
    refused: int
    opportunities: tuple[Opportunity, ...]
    first: int
    last: int

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            **self.count.as_json(),
            "opportunities": len(self.opportunities),
            "opportunity_list": [opportunity_json(one) for one in self.opportunities],
            "refused": self.refused,
            "first": iso(self.first),
            "last": iso(self.last),
        }


def import_headlines(
    desk: Desk, archive: HeadlineArchive, make_reader: MakeReader, say: Callable[[str], None]
) -> Imported:
    """Replay an archive into the lake.

    Raises:
        BadInput: it has no headline, or one that is still to come.
        Unavailable: the same archive is being imported, or the lake cannot be written.
        Damaged: stored headlines do not match their checksums.
    """
    if not archive.items:
        raise BadInput(f"the archive has no row with a time, a title and a source; it has {archive.refused} without")
    if archive.arrived[-1] > desk.clock.now():
        raise BadInput(f"the archive has a headline that arrives at {iso(archive.arrived[-1])}; that is still to come")
    weigher, count = Weigher(desk), Count()
    with TickWriter(news_store(desk.lake), archive_market(archive.sha256), lambda _: None) as writer:
        waiting: list[Headline] = []
        for day, headlines in _days(desk, archive, make_reader, weigher, count):
            say(f"headlines of {iso(day)[:10]}, {count.items:,} of {len(archive.items):,}")
            waiting += headlines
            if len(waiting) >= BATCH:
                append_headlines(writer, waiting)
                waiting = []
        append_headlines(writer, waiting)
    refresh_catalogue(desk.lake)
    last, settings = archive.arrived[-1], opportunity_settings(desk)
    window = read_headlines(desk.lake, last - settings.window, last)
    moves = weigher.moves_bps(assets_of(window), last, settings.horizon)
    found = opportunities_of(window, last, settings, moves)
    return Imported(count, archive.refused, found, archive.arrived[0], last)


def _days(
    desk: Desk, archive: HeadlineArchive, make_reader: MakeReader, weigher: Weigher, count: Count
) -> Iterator[tuple[int, list[Headline]]]:
    """Each UTC day of the archive (its begin in UTC microseconds), with the headlines that are new to the lake."""
    news = desk.loaded.settings.news
    others = {one.source for one in archive.items} - set(news.sources)
    since = archive.arrived[0] - round(max(news.known_days, news.reliability.look_back_days) * DAY)
    stored = deque(read_headlines(desk.lake, since, archive.arrived[-1]))
    past: list[Headline] = []
    reader = make_reader(plain_weights(weigher.weights(since, past, others)))
    pairs = zip(archive.arrived, archive.items, strict=True)
    for day, rows in itertools.groupby(pairs, key=lambda pair: pair[0] // DAY * DAY):
        weights: dict[str, float] | None = None
        found: list[Headline] = []
        for arrived, together in itertools.groupby(rows, key=lambda pair: pair[0]):
            known = []
            while stored and stored[0].arrived <= arrived:
                known.append(stored.popleft())
            reader.remember(known, arrived)
            past += known
            if weights is None:
                past = [one for one in past if is_signal(one, news.reliability.least_tone)]
                weights = plain_weights(weigher.weights(day, past, others))
            new = take(reader, (item for _, item in together), arrived, count)
            found += [replace(one, weight=weights[one.source]) for one in new]
        past += found
        yield day, found
