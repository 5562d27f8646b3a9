"""Reddit: the Atom feed of a subreddit, as a member: since June 2026 hardly anybody else is answered (429).

The token is the `feed` of any address on www.reddit.com/prefs/feeds; it goes with the member's name.
"""

from dataclasses import replace

from tasks.adapters.news.feed_shape import feed
from tasks.adapters.news.raws import Raw
from tasks.adapters.news.way import Asked, Asking, Way

# What Reddit itself writes below every post.
SIGNED = "submitted by"


def _raw(raw: Raw) -> Raw:
    before, signed, _ = raw.text.rpartition(SIGNED)
    return replace(raw, text=before if signed else raw.text)


def _asked(asking: Asking) -> Asked:
    return Asked(query={"feed": asking.key, "user": asking.account or ""})


WAY = Way(
    lambda text: [_raw(raw) for raw in feed(text)],
    asked=_asked,
    key_from="the `feed` of any address on www.reddit.com/prefs/feeds",
    wants_account=True,
)
