"""From an item to a headline: what can be said of it when it arrives, from what came before."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from models.news.canonical import canonical_text, canonical_url, headline_id
from models.news.events import event_of
from models.news.language import UNKNOWN, language_of
from models.news.likeness import ASSET, Memory, tokens_of
from models.news.linking import Entities
from models.news.tone import Scorer
from models.types import BadInput
from models.types.news import LONGEST_TEXT, LONGEST_TITLE, Headline, Item, Link, Tone

DAY_MICROS = 86_400_000_000
# Older at its arrival, or younger than now by more than clocks differ, is no time of publication.
OLDEST_PUBLISHED, CLOCKS_DIFFER = 30 * DAY_MICROS, 300_000_000
# A title that stands for one that is missing.
FROM_TEXT = 120
# Languages whose words the scorers know; where nobody can say it is mostly names and figures.
SCORED = ("en", UNKNOWN)


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """What is remembered.

    Attributes:
        memory_days: of headlines that another one can be like, days.
        most: of those, at most.
        known_days: of keys whose text is known, days; an item that was published earlier is no news.
        twin: likeness from which on two headlines say the same, above 0 and at most 1.

    Raises:
        BadInput: a figure that is not in its range.
    """

    memory_days: float = 7.0
    most: int = 20_000
    known_days: float = 60.0
    twin: float = 0.5

    def __post_init__(self) -> None:
        if not (0.0 < self.memory_days <= self.known_days < math.inf and self.most > 0 and 0.0 < self.twin <= 1.0):
            raise BadInput(
                f"found memory_days {self.memory_days:g}, known_days {self.known_days:g}, most {self.most}, twin "
                f"{self.twin:g}; allowed is 0 < memory_days <= known_days, most above 0, twin above 0 and at most 1"
            )


@dataclass(slots=True)
class Reader:
    """Reads items in the order of their arrival. What it says of one follows from that item and from the headlines
    before it: a reader that remembers those from the lake says the same as the one that has read them.

    Attributes:
        weights: what each source's word counts now, 0..1; an unknown source's counts nothing.
    """

    entities: Entities
    scorer: Scorer
    weights: Mapping[str, float]
    settings: ReadingSettings = field(default_factory=ReadingSettings)
    _memory: Memory = field(init=False)
    _known: dict[str, Headline] = field(init=False, default_factory=dict)
    # Of each title and address the remembered headlines that have it, the earliest first.
    _having: dict[str, dict[str, None]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._memory = Memory(int(self.settings.memory_days * DAY_MICROS), self.settings.most)

    def read(self, item: Item, arrived: int) -> Headline | None:
        """The headline of an item that arrived at `arrived`, UTC microseconds; it is remembered.

        None where nothing of it is new: this text under this key is known, or this source's under another one, there is
        no text, or it says itself that it was published more than `known_days` before.

        `likeness` is that of the likest headline of another key (1 where that has the same title, or is another
        source's with the same address); a revision's is at least the share of its words that the last text had too, and
        whoever has its address too had that of the last text.
        """
        title, text = _texts(item)
        name = headline_id(item.source, item.key)
        last = self._last(name, arrived)
        if not title or (last is not None and (last.title, last.text) == (title, text)):
            return None
        if item.published is not None and item.published < arrived - self._known_micros:
            return None
        self._forget(name, arrived)
        if last is None and self._has_said(item.source, title, text):
            return None
        url = canonical_url(item.url)
        links = self.entities.links(title, text)
        found, likeness = self._likest(item.source, title, url if last is None else "", _marks(title, links))
        twin = None if found is None else self._known[found].twin or found
        if last is not None:
            likeness = max(likeness, self._repeated(title, text, last))
        language = language_of(title)
        headline = Headline(
            id=name,
            revision=0 if last is None else last.revision + 1,
            source=item.source,
            url=url,
            title=title,
            text=text,
            published=_published(item.published, arrived),
            arrived=arrived,
            language=language,
            # Who copied what this one said before its revision makes it no twin.
            twin=None if twin == name else twin,
            likeness=likeness,
            links=links,
            event=event_of(title, text),
            tone=self._tone(title, language),
            weight=self.weights.get(item.source, 0.0),
        )
        self._known[name] = headline
        self._keep(headline)
        return headline

    def remember(self, headlines: Iterable[Headline], at: int) -> None:
        """Know what was read before `at`, UTC microseconds; give it in the order of its arrival. The words are looked
        for only of what the memory still holds then: of months of headlines the last days.
        """
        for headline in headlines:
            self._forget(headline.id, headline.arrived)
            self._known[headline.id] = headline
            if headline.arrived > at - self._memory.window:
                self._keep(headline)

    @property
    def _known_micros(self) -> int:
        return int(self.settings.known_days * DAY_MICROS)

    def _last(self, name: str, at: int) -> Headline | None:
        """The latest text of `name`, None where it is not known at `at`."""
        last = self._known.get(name)
        return None if last is None or last.arrived <= at - self._known_micros else last

    def _likest(self, source: str, title: str, url: str, marks: tuple[str, ...]) -> tuple[str | None, float]:
        """Who of the remembered says the same, None where nobody does, and the likeness of the likest."""
        same = self._earliest(title.casefold())
        if same is None and (at_url := self._earliest(url)) is not None and self._known[at_url].source != source:
            same = at_url
        found, likeness = (same, 1.0) if same is not None else self._memory.likest(marks)
        return (None if likeness < self.settings.twin else found), likeness

    def _has_said(self, source: str, title: str, text: str) -> bool:
        known = (self._known[name] for name in self._having.get(title.casefold(), ()))
        return any((one.source, one.title, one.text) == (source, title, text) for one in known)

    def _earliest(self, key: str) -> str | None:
        return next(iter(self._having.get(key, ())), None)

    def _repeated(self, title: str, text: str, last: Headline) -> float:
        """The share of title or text, of whichever has less of it, that the last revision had said."""
        said = frozenset(tokens_of(f"{last.title} {last.text}"))
        return min(self._memory.share_of(tokens_of(part), said) for part in (title, text))

    def _tone(self, title: str, language: str) -> Tone:
        """Of the title; 0 in languages that the scorer does not read. Never beyond -1..1."""
        if language not in SCORED:
            return Tone(0.0, self.scorer.name)
        tone = self.scorer.tone(title)
        return Tone(min(max(tone.score, -1.0), 1.0) if math.isfinite(tone.score) else 0.0, tone.scorer)

    def _keep(self, headline: Headline) -> None:
        self._memory.add(headline.id, _marks(headline.title, headline.links), headline.arrived)
        for key in _keys(headline):
            self._having.setdefault(key, {})[headline.id] = None

    def _forget(self, name: str, at: int) -> None:
        """What is too old, and the earlier text of `name`."""
        self._let_go((*self._memory.expire(at), name))
        self._memory.forget(name)
        old = []
        for one, headline in self._known.items():
            if headline.arrived > at - self._known_micros:
                break
            old.append(one)
        for one in old:
            del self._known[one]
        self._known.pop(name, None)

    def _let_go(self, names: Iterable[str]) -> None:
        for name in names:
            for key in _keys(self._known[name]) if name in self._known else ():
                having = self._having.get(key, {})
                having.pop(name, None)
                if not having:
                    self._having.pop(key, None)


def _texts(item: Item) -> tuple[str, str]:
    """Title and text without markup; what has no title is called by the beginning of its text."""
    text = canonical_text(item.text, LONGEST_TEXT)
    return canonical_text(item.title, LONGEST_TITLE) or text[:FROM_TEXT].rstrip(), text


def _published(said: int | None, arrived: int) -> int | None:
    """What the source says, None where that is nonsense."""
    return said if said is not None and -OLDEST_PUBLISHED <= said - arrived <= CLOCKS_DIFFER else None


def _marks(title: str, links: tuple[Link, ...]) -> tuple[str, ...]:
    """What a headline is known by: the words of its title, and the assets that it names there."""
    return (*tokens_of(title), *(ASSET + link.asset for link in links if link.word in title))


def _keys(headline: Headline) -> tuple[str, ...]:
    """Under what the same headline is found; the address of a whole site is no headline's."""
    path = headline.url.partition("://")[2].partition("/")[2]
    return (headline.title.casefold(), headline.url) if path else (headline.title.casefold(),)
