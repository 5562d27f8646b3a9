"""RSS and Atom: defusedxml says whether it is harmless XML, feedparser what is in it."""

import calendar
import io
from typing import Any
from xml.etree.ElementTree import Element, ParseError, tostring

from tasks.adapters.news.decoding import without_declaration
from tasks.adapters.news.place import LONGEST_RAW
from tasks.adapters.news.raws import NotRead, Raw

HEADERS = {"content-type": "application/xml; charset=utf-8"}
# What feedparser gets to see. Its time grows with the square of the length of an author, and of other things that are
# none of ours; while one of its patterns searches, no time-out comes to pass.
HOLDERS = frozenset({"rss", "RDF", "feed", "channel", "item", "entry"})
TEXTS = frozenset(
    {"title", "link", "guid", "id", "description", "summary", "content", "encoded", "source"}
    | {"pubDate", "published", "updated", "modified", "issued", "date"}
)
ATTRIBUTES = frozenset({"version", "href", "rel", "url", "isPermaLink"})


def entries_of(text: str) -> list[Any]:
    """Feedparser's entries, in their order.

    Raises:
        NotRead: it is no XML, has a document type (where entities are defined), or is no feed.
    """
    import feedparser

    root = _harmless(without_declaration(text).encode("utf-8", "replace"))
    _keep_ours(root)
    # As a stream: feedparser takes a text for the name of a file or for an address. Markup stays in what it gives: its
    # own way to take it out takes time by the square, and whoever reads an item takes it out (models.news.canonical).
    found = feedparser.parse(
        io.BytesIO(tostring(root)), response_headers=HEADERS, sanitize_html=False, resolve_relative_uris=False
    )
    if not found.get("version"):
        raise NotRead("its XML is no feed")
    return list(found.get("entries", []))


def raw_of(entry: Any) -> Raw:
    """An entry with the text that stands below its title."""
    contents = entry.get("content") or [{}]
    return Raw(
        key=str(entry.get("id", "")),
        url=str(entry.get("link", "")),
        title=str(entry.get("title", "")),
        text=str(entry.get("summary", "") or contents[0].get("value", "")),
        published=_published(entry),
    )


def feed(text: str) -> list[Raw]:
    """The items of a feed without peculiarities."""
    return [raw_of(entry) for entry in entries_of(text)]


def _harmless(body: bytes) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        return root
    except ParseError as error:
        line, column = error.position
        why = f"no well-formed XML, line {line}, column {column}"
    except DefusedXmlException:
        why = "XML with a document type, which may define anything"
    raise NotRead(why)


def _keep_ours(root: Element) -> None:
    """Leave in a document what holds items and what of an item is read, each text without elements in it."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        one.attrib = {name: value[:LONGEST_RAW] for name, value in one.attrib.items() if name in ATTRIBUTES}
        if _name(one) in TEXTS:
            said = "".join(one.itertext())[: LONGEST_RAW + 1]
            del one[:]
            one.text = said
        else:
            one[:] = [child for child in one if _name(child) in HOLDERS | TEXTS]
            waiting += one


def _name(one: Element) -> str:
    """Without its namespace; empty for a comment, or a processing instruction."""
    return one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""


def _published(entry: Any) -> int | None:
    # Not entry.get: feedparser gives one date for another, and warns of it.
    moment = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    try:
        return None if moment is None else calendar.timegm(moment) * 1_000_000
    except (ValueError, OverflowError, TypeError):
        return None
