"""The seven sources on the loopback, each a server of its own, and what a shell needs to hear them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from news_cases import CASES, Story
from news_server import NewsServer, Reply, serving

# What keys are here; none of them may be anywhere but in a request.
KEYS = {
    "CRYPTOPANIC_API_KEY": "cryptopanic-key-5d1f",
    "TWITTER_BEARER_TOKEN": "twitter-token-77ab",
    "REDDIT_FEED_TOKEN": "reddit-token-c0de",
}
SETTINGS = {
    "KEEL_NEWS__SOURCES__REDDIT__ACCOUNT": "reader_of_news",
    # One address of each source.
    "KEEL_NEWS__SOURCES__BLOOMBERG__URLS": '["https://feeds.bloomberg.com/markets/news.rss"]',
}


@dataclass(frozen=True)
class House:
    """The servers by source, and the environment of a process that is to hear them."""

    servers: Mapping[str, NewsServer]
    env: Mapping[str, str]

    @property
    def asked(self) -> dict[str, int]:
        """How often each source was asked."""
        return {name: len(one.heeded) for name, one in self.servers.items()}


def stories(titles: Sequence[str], first: int) -> tuple[Story, ...]:
    """The titles as stories of the last minutes, numbered from `first`."""
    now = int(time.time()) * 1_000_000
    return tuple(Story(first + one, title, at=now - 60_000_000 * (one + 1)) for one, title in enumerate(titles))


@contextmanager
def news_house(
    titles: Mapping[str, Sequence[str]], instead: Mapping[str, Sequence[Reply]] | None = None
) -> Iterator[House]:
    """Each source says its `titles`, in the shape that it has; one of `instead` gives these answers."""
    with ExitStack() as stack:
        servers = {}
        for number, case in enumerate(CASES):
            sound = case.reply(stories(titles.get(case.name, ()), 1_000 * (number + 1)))
            replies = [*(instead or {}).get(case.name, [sound])]
            servers[case.name] = stack.enter_context(serving(NewsServer(replies)))
        urls = {f"KEEL_NEWS__SOURCES__{name.upper()}__URL": one.url for name, one in servers.items()}
        yield House(servers, {**KEYS, **SETTINGS, **urls})
