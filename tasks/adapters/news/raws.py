"""Items as a source wrote them, and which of them can be used."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from models.types import to_micros
from models.types.news import Item
from tasks.adapters.news.place import LONGEST_KEY, LONGEST_RAW, LONGEST_URL, Place
from tasks.adapters.venues.limits import SECOND

# A clock may be wrong, or a time without its zone be meant as another one's: by a day at most.
SOONEST, DAY = to_micros(datetime(2000, 1, 1, tzinfo=UTC)), 24 * 3600 * SECOND


class NotRead(Exception):
    """The answer is not of the source's form; the text says how, in none of the source's own words."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One item before anybody judged it; `published` in UTC microseconds. `why_not` says why it is none of ours."""

    key: str
    url: str
    title: str
    text: str = ""
    published: int | None = None
    why_not: str | None = None


def text_of(value: object) -> str:
    """A field of JSON as text: a number is one too, anything else that is none is empty."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def moment_of(value: object) -> int | None:
    """Microseconds since 1970 of an ISO 8601 time, UTC where it has no zone; None for anything else.

    >>> moment_of("2022-11-08T16:00:00Z"), moment_of("yesterday")
    (1667923200000000, None)
    """
    try:
        moment = datetime.fromisoformat(text_of(value).strip())
        return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def judged(place: Place, raws: Iterable[Raw], now: int) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The items that can be used, the newest last, each once; and a sentence about each that cannot. Sources give the
    newest first, which is what is believed of items without a date. `now` in UTC microseconds.
    """
    items: dict[Item, None] = {}
    refused = []
    for number, raw in enumerate(raws, 1):
        url = _address(place, raw.url)
        why = raw.why_not or _why_not(raw, url)
        if why is None:
            items[_item(place, raw, url, now)] = None
        else:
            refused.append(f"item {number} of {place.name}: {why}")
    newest_last = list(items)[::-1]
    ordered = sorted(newest_last, key=lambda item: item.published or 0)
    kept = ordered[-place.most_items :]
    if len(kept) < len(ordered):
        refused.append(f"{len(ordered) - len(kept)} older items of {place.name} were left out of {len(ordered)}")
    return tuple(kept), tuple(refused)


def _why_not(raw: Raw, url: str) -> str | None:
    if not raw.title.strip():
        return "it has no title"
    if not url:
        return "it has no address"
    for what, value, longest in (("title", raw.title, LONGEST_RAW), ("address", url, LONGEST_URL)):
        if len(value) > longest:
            return f"its {what} has more than {longest} characters"
    return "its key is too long" if len(raw.key) > LONGEST_KEY else None


def _address(place: Place, url: str) -> str:
    """The item's address made whole, empty where it is none of the web."""
    try:
        given = url.strip()
        whole = urljoin(place.url, given) if given and not urlsplit(given).scheme else given
        split = urlsplit(whole)
        return whole if split.scheme in ("http", "https") and split.hostname else ""
    except ValueError:
        return ""


def _item(place: Place, raw: Raw, url: str, now: int) -> Item:
    sensible = raw.published is not None and SOONEST <= raw.published <= now + DAY
    return Item(
        source=place.name,
        key=_whole(raw.key.strip() or url),
        url=_whole(url),
        title=_whole(raw.title),
        text=_whole(raw.text[:LONGEST_RAW]),
        published=raw.published if sensible else None,
    )


def _whole(text: str) -> str:
    # Half a character, as JSON may have it, cannot be stored.
    return text.encode("utf-8", "replace").decode("utf-8")
