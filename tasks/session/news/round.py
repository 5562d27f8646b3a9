"""One round of the news: every source that is due is heard, what is new is read, kept and weighed.

The round holds the lock of the lake's headlines from its begin to its end. What it stored is durable before a source's
mark moves on and before anybody is told: killed at any moment, it has lost nothing that was acknowledged, and what the
next round hears again is known to the letter and is not stored twice.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from data.journal import Journal
from data.news import HEARD, append_headlines, newest_arrival, news_store, read_clear, read_headlines
from data.opportunities import SAID, append_opportunities, opportunity_store
from data.tick_parts import compact_days
from data.tick_writer import TickWriter
from data.ticks import Market, TickStore
from models.news.opportunities import assets_of, opportunities_of
from models.news.priority import Weight
from models.news.tone import leaned
from models.types import Unavailable, iso
from models.types.news import Headline, Opportunity
from models.types.timeframes import DAY, HOUR, MINUTE
from tasks.adapters.news.endpoint import Endpoint
from tasks.adapters.news.hearing import Hearing, hear_all
from tasks.ports import Heard, NewsSource
from tasks.session.desk import Desk
from tasks.session.news.health import SourceHealth, due, health_of, note
from tasks.session.news.marks import read_marks, write_marks
from tasks.session.news.reads import MakeReader, Reads
from tasks.session.news.showing import opportunity_json, readable
from tasks.session.news.taking import Count, take
from tasks.session.news.weighing import Weigher, opportunity_settings, plain_weights

logger = logging.getLogger(__name__)

# A clock that was set back by more than this is no jitter: arrivals would pile up in a future that nobody asks for.
CLOCK_SLACK = 5 * MINUTE
# Each round adds a part to its day, and a decision that reads the news opens every one of them.
MOST_PARTS = 12
# Headlines of one source within a day: a broken or hostile one must not fill the lake, and the memory of every round.
MOST_A_DAY = 2_000


@dataclass(frozen=True, slots=True)
class Ready:
    """What a round knows before it hears anybody: a reader with the memory of the last days, those headlines, and what
    each word counts.
    """

    reader: Reads
    remembered: tuple[Headline, ...]
    weights: Mapping[str, Weight]
    weigher: Weigher


@dataclass(frozen=True, slots=True)
class Round:
    """What a round heard at `at` (UTC microseconds), and what it makes of it.

    Attributes:
        asked: names of the sources that were asked, in the order of their priorities.
        troubles: what was wrong by source.
        refused: of answers what could not be used, by source and sentence.
    """

    at: int
    asked: tuple[str, ...]
    troubles: Mapping[str, str]
    refused: tuple[tuple[str, str], ...]
    count: Count
    opportunities: tuple[Opportunity, ...]
    health: tuple[SourceHealth, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "at": iso(self.at),
            **self.count.as_json(),
            "opportunities": len(self.opportunities),
            "opportunity_list": [opportunity_json(one) for one in self.opportunities],
            "asked": list(self.asked),
            "troubles": {name: readable(text) for name, text in self.troubles.items()},
            "refused": len(self.refused),
            "sources": [one.as_json() for one in self.health],
        }


async def hear_round(
    desk: Desk,
    journal: Journal,
    sources: Sequence[NewsSource],
    make_reader: MakeReader,
    endpoint: Endpoint | None,
    reached: Callable[[str], None],
) -> Round:
    """One round, by the configuration and the clock of the desk; `endpoint` may lean the tones of what is new.

    Raises:
        Unavailable: another round is under way, the lake cannot be written, or the clock was set back.
        Damaged: stored headlines do not match their checksums.
    """
    with TickWriter(news_store(desk.lake), HEARD, reached) as writer:
        ready = prepare(desk, make_reader)
        wanted = due(desk, journal, sources)
        marks = read_marks(desk)
        hearings = await hear_all(wanted, marks, desk.loaded.settings.news.deadline_seconds)
        reached("heard")
        count = take_in(desk, ready, hearings)
        said = await lean(count, endpoint)
        append_headlines(writer, count.headlines)
        reached("stored")
        write_marks(desk, marks | {one.source.url: one.got.mark for one in hearings if isinstance(one.got, Heard)})
        reached("marked")
    _join(desk, news_store(desk.lake), HEARD)
    troubles = note(desk, journal, hearings) | said
    for name, left in count.crowded.items():
        troubles[name] = f"it has given {MOST_A_DAY} headlines within a day; {left} more are left out"
    found = weigh(desk, ready, count)
    reached("weighed")
    tell(desk, journal, found)
    health = health_of(desk, journal, sources, ready.weights)
    refused = tuple(
        (one.source.name, text) for one in hearings if isinstance(one.got, Heard) for text in one.got.refused
    )
    asked = tuple(dict.fromkeys(one.name for one in wanted))
    return Round(desk.clock.now(), asked, troubles, refused, count, found, tuple(health))


def prepare(desk: Desk, make_reader: MakeReader) -> Ready:
    """What a round knows before it hears anybody, from the lake alone.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    news, now, weigher = desk.loaded.settings.news, desk.clock.now(), Weigher(desk)
    memory = now - max(round(news.known_days * DAY), round(news.opportunities.window_hours * HOUR))
    weights = _weights(desk, weigher)
    reader = make_reader(plain_weights(weights))
    remembered = tuple(read_headlines(desk.lake, memory))
    reader.remember(remembered, now)
    return Ready(reader, remembered, weights, weigher)


def take_in(desk: Desk, ready: Ready, hearings: Sequence[Hearing]) -> Count:
    """Read what was heard, the source of the first priority first.

    Raises:
        Unavailable: the clock was set back.
    """
    count, arrived = Count(), _arrival(desk)
    given = Counter(one.source for one in ready.remembered if one.arrived > arrived - DAY)
    for one in hearings:
        if isinstance(one.got, Heard):
            name = one.source.name
            found = take(ready.reader, one.got.items, arrived, count, MOST_A_DAY - given[name])
            given[name] += len(found)
    return count


async def lean(count: Count, endpoint: Endpoint | None) -> dict[str, str]:
    """Let the endpoint lean the tones of what is new, within its bound; what was wrong with it, under `endpoint`."""
    if endpoint is None or not count.headlines:
        return {}
    opinion = await endpoint.ask([one.title for one in count.headlines])
    rules = endpoint.settings
    count.headlines = [
        one if said is None else leaned(one, said, endpoint.name, rules.weight, rules.bound)
        for one, said in zip(count.headlines, opinion.scores, strict=True)
    ]
    return {} if opinion.why is None else {"endpoint": opinion.why}


def weigh(desk: Desk, ready: Ready, count: Count) -> tuple[Opportunity, ...]:
    """The opportunities by all that is known now; they are stored.

    Raises:
        Unavailable: the lake cannot be written.
    """
    headlines, settings = [*ready.remembered, *count.headlines], opportunity_settings(desk)
    at = max([desk.clock.now(), *(one.arrived for one in count.headlines[-1:])])
    window = [one for one in headlines if one.arrived > at - settings.window]
    moves = ready.weigher.moves_bps(assets_of(window), at, settings.horizon)
    found = opportunities_of(window, at, settings, moves)
    if found:
        with TickWriter(opportunity_store(desk.lake), SAID, lambda _: None) as writer:
            append_opportunities(writer, found)
        _join(desk, opportunity_store(desk.lake), SAID)
    return found


def tell(desk: Desk, journal: Journal, found: Sequence[Opportunity]) -> None:
    """An alert for each opportunity that is confident enough: one a day for each asset and side."""
    least = desk.loaded.settings.news.opportunities.alert_confidence
    for one in found:
        if least < 1.0 and one.confidence >= least:
            title = f": {readable(one.evidence[0].title)}" if one.evidence else ""
            text = f"news about {one.asset} says {one.side} with confidence {one.confidence:.2f}{title}"
            journal.raise_alert(f"news {one.asset} {one.side} {iso(one.at)[:10]}", "info", text, one.at)


def standing(desk: Desk) -> tuple[Opportunity, ...]:
    """What the headlines of the lake make one expect now; nothing is stored.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    now, settings, weigher = desk.clock.now(), opportunity_settings(desk), Weigher(desk)
    headlines = read_headlines(desk.lake, now - settings.window, now)
    return opportunities_of(headlines, now, settings, weigher.moves_bps(assets_of(headlines), now, settings.horizon))


def sources_now(desk: Desk, journal: Journal, sources: Sequence[NewsSource]) -> list[SourceHealth]:
    """Every source with its health, and what its word counts now.

    Raises:
        Damaged: stored headlines do not match their checksums.
    """
    return health_of(desk, journal, sources, _weights(desk, Weigher(desk)))


def _join(desk: Desk, store: TickStore, market: Market) -> None:
    """Make one part of those of a day, today's among them, where there are many."""
    compact_days(store.dataset(market), desk.clock.now() + DAY, lambda _: None, MOST_PARTS)


def _weights(desk: Desk, weigher: Weigher) -> dict[str, Weight]:
    rules, now = desk.loaded.settings.news.reliability, desk.clock.now()
    clear = read_clear(desk.lake, now - round(rules.look_back_days * DAY), now, rules.least_tone)
    return weigher.weights(now, clear)


def _arrival(desk: Desk) -> int:
    """Now, or the newest arrival of the lake where that is a little later: arrivals never go back."""
    now, newest = desk.clock.now(), newest_arrival(desk.lake)
    if newest is None or newest <= now:
        return now
    if newest > now + CLOCK_SLACK:
        raise Unavailable(
            f"the newest headline arrived at {iso(newest)} and the clock says {iso(now)}; set it right and try "
            "again; where it is right, move lake/news away, and the news begins anew"
        )
    return newest
