"""Where news is heard: one adapter for each source, behind one guarded client."""

from collections.abc import Mapping
from types import MappingProxyType

from tasks.adapters.news import bloomberg, coindesk, cryptopanic, reddit, reuters, telegram, twitter
from tasks.adapters.news.hearing import Hearing, hear_all
from tasks.adapters.news.place import Place
from tasks.adapters.news.source import build_source
from tasks.adapters.news.way import Way

WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "reuters": reuters.WAY,
        "bloomberg": bloomberg.WAY,
        "coindesk": coindesk.WAY,
        "cryptopanic": cryptopanic.WAY,
        "twitter": twitter.WAY,
        "reddit": reddit.WAY,
        "telegram": telegram.WAY,
    }
)
"""By name; sources, in the order of models.types.news.SOURCES."""

__all__ = ["WAYS", "Hearing", "Place", "build_source", "hear_all"]
