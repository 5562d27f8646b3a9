"""Twitter, X by now: the recent search of version 2 of its API, which is paid by what is read.

https://docs.x.com/x-api/posts/search-recent-posts. Only what came since the newest post that we have is asked for.
"""

from typing import Any

from tasks.adapters.news.json_shape import rows_of
from tasks.adapters.news.raws import Raw, moment_of, text_of
from tasks.adapters.news.way import Asked, Asking, Way
from tasks.adapters.venues.limits import SECOND

# The search goes back seven days and refuses an older start. A post's number has its time (snowflake): milliseconds
# since 2010-11-04 above its 22 lowest bits.
REACH = 6 * 24 * 3600 * SECOND
EPOCH_MS, TIME_BITS = 1_288_834_974_657, 22


def posted_at(number: int) -> int:
    """When a post was written, by its number, UTC microseconds.

    >>> posted_at(20 << 22) == (1_288_834_974_657 + 20) * 1000
    True
    """
    return ((number >> TIME_BITS) + EPOCH_MS) * 1000


def _raw(row: dict[str, Any]) -> Raw:
    number = text_of(row.get("id"))
    url = f"https://x.com/i/web/status/{number}" if number.isdecimal() else ""
    return Raw(key=number, url=url, title=text_of(row.get("text")), published=moment_of(row.get("created_at")))


def _asked(asking: Asking) -> Asked:
    newest = _newest([asking.newest or ""])
    within = newest is not None and posted_at(int(newest)) > asking.now - REACH
    since = {"since_id": newest} if newest is not None and within else {}
    return Asked(query=since, headers={"Authorization": f"Bearer {asking.key}"})


def _newest(keys: list[str]) -> str | None:
    return max((key for key in keys if key.isdecimal() and len(key) < 20), key=int, default=None)


WAY = Way(
    lambda text: [_raw(row) for row in rows_of(text, "data", unless="meta")],
    asked=_asked,
    key_from="the bearer token of an app on developer.x.com, where what is read is paid for",
    newest=_newest,
)
