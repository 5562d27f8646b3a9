"""Reuters closed its own feeds in 2020: what it publishes is heard by a search of Google News for its pages.

The search gives pages that mention Reuters as well: those of other publishers are none of Reuters' word.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from tasks.adapters.news.feed_shape import entries_of, raw_of
from tasks.adapters.news.raws import Raw
from tasks.adapters.news.way import Way

PUBLISHER, SUFFIX = "reuters.com", "- Reuters"


def _raw(entry: Any) -> Raw:
    raw = raw_of(entry)
    try:
        host = urlsplit(str(entry.get("source", {}).get("href", ""))).hostname or ""
    except ValueError:
        host = ""
    if host != PUBLISHER and not host.endswith(f".{PUBLISHER}"):
        return replace(raw, why_not="its publisher is not Reuters")
    # The text is the title once more, as a link.
    return replace(raw, title=raw.title.strip().removesuffix(SUFFIX).strip(), text="")


WAY = Way(lambda text: [_raw(entry) for entry in entries_of(text)])
