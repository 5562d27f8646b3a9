"""Sources of news that say what they are told to, and a plain reader: known to the letter, twins by their title."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from models.types import KeelError
from models.types.news import Event, Headline, Item, Link, Tone
from tasks.ports import Heard, Mark

GOOD, BAD = ("rises", "soars"), ("falls", "hacked")


def item(source: str, number: int, title: str | None = None, **changes: object) -> Item:
    """An item about bitcoin."""
    made = Item(source, f"key-{number}", f"https://{source}.example/{number}", title or f"Bitcoin rises for {number}")
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class FakeSource:
    """Says `items` each time, or raises `error`; remembers the marks that it was asked by."""

    name: str
    items: tuple[Item, ...] = ()
    error: KeelError | Exception | None = None
    why_off: str | None = None
    refused: tuple[str, ...] = ()
    url: str = ""
    marks: list[Mark | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = self.url or f"https://{self.name}.example/feed"

    async def hear(self, mark: Mark | None) -> Heard:
        self.marks.append(mark)
        if self.error is not None:
            raise self.error
        return Heard(self.items, self.refused, Mark(etag=f"{self.name} {len(self.marks)}"))


@dataclass(slots=True)
class PlainReader:
    """What the product's reader promises, in its simplest form."""

    weights: Mapping[str, float]
    known: dict[tuple[str, str], Headline] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)

    def read(self, item: Item, arrived: int) -> Headline | None:
        if item.title == "a title that the reader cannot bear":
            raise ZeroDivisionError
        before = self.known.get((item.source, item.url))
        if before is not None and before.title == item.title:
            return None
        words = item.title.lower().split()
        score = 0.8 * any(one in GOOD for one in words) - 0.8 * any(one in BAD for one in words)
        twin = self.titles.get(item.title)
        headline = Headline(
            id=f"{item.source}:{item.key}",
            revision=0 if before is None else before.revision + 1,
            source=item.source,
            url=item.url,
            title=item.title,
            text=item.text,
            published=item.published,
            arrived=arrived,
            language="en",
            twin=twin,
            likeness=0.0 if twin is None else 1.0,
            links=(Link("BTC", 1.0, "bitcoin"),) if "bitcoin" in words else (),
            event=Event.HACK if "hacked" in words else Event.OTHER,
            tone=Tone(score, "plain"),
            weight=self.weights[item.source],
        )
        self.remember([headline], arrived)
        return headline

    def remember(self, headlines: Iterable[Headline], at: int) -> None:
        for headline in headlines:
            self.known[headline.source, headline.url] = headline
            self.titles.setdefault(headline.title, headline.id)
