"""CryptoPanic: version 2 of its API; the plan of the key stands in the address (developer, growth, enterprise).

https://cryptopanic.com/developers/api/. The smallest plan's rows have neither number nor address: then the time and the
title are the key, and the site's front page the address.
"""

from typing import Any

from tasks.adapters.news.json_shape import rows_of
from tasks.adapters.news.raws import Raw, moment_of, text_of
from tasks.adapters.news.way import Asked, Asking, Way

SITE = "https://cryptopanic.com/news/"


def _raw(row: dict[str, Any]) -> Raw:
    number, title, published = text_of(row.get("id")), text_of(row.get("title")), text_of(row.get("published_at"))
    return Raw(
        key=number or f"{published} {title}"[:300],
        url=text_of(row.get("original_url")) or text_of(row.get("url")) or f"{SITE}{number}",
        title=title,
        text=text_of(row.get("description")),
        published=moment_of(published),
    )


def _asked(asking: Asking) -> Asked:
    return Asked(query={"auth_token": asking.key})


WAY = Way(
    lambda text: [_raw(row) for row in rows_of(text, "results")],
    asked=_asked,
    key_from="its plans are sold at cryptopanic.com/developers/api",
)
