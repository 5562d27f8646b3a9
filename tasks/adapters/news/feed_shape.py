"""RSS and Atom: defusedxml says whether it is harmless XML, feedparser what is in it."""

import calendar
import io
from typing import Any
from xml.etree.ElementTree import ParseError

from tasks.adapters.news.decoding import without_declaration
from tasks.adapters.news.raws import NotRead, Raw

HEADERS = {"content-type": "application/xml; charset=utf-8"}


def entries_of(text: str) -> list[Any]:
    """Feedparser's entries, in their order.

    Raises:
        NotRead: it is no XML, has a document type (where entities are defined), or is no feed.
    """
    import feedparser

    body = without_declaration(text).encode("utf-8", "replace")
    _require_harmless(body)
    # As a stream: feedparser takes a text for the name of a file or for an address.
    found = feedparser.parse(
        io.BytesIO(body), response_headers=HEADERS, sanitize_html=True, resolve_relative_uris=False
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


def _require_harmless(body: bytes) -> None:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except ParseError as error:
        line, column = error.position
        why = f"no well-formed XML, line {line}, column {column}"
    except DefusedXmlException:
        why = "XML with a document type, which may define anything"
    else:
        return
    raise NotRead(why)


def _published(entry: Any) -> int | None:
    # Not entry.get: feedparser gives one date for another, and warns of it.
    moment = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    try:
        return None if moment is None else calendar.timegm(moment) * 1_000_000
    except (ValueError, OverflowError, TypeError):
        return None
