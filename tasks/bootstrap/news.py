"""What a round of the news works with: its sources, its reader, and whoever is asked about a headline."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr

from conf.news import load_entities
from conf.schema import SourceConfig
from conf.secrets.names import KEYS
from data.opinions import Opinions
from models.news.reading import Reader, ReadingSettings
from tasks.ports import NewsSource
from tasks.session.desk import Desk
from tasks.session.news.reads import MakeReader
from tasks.session.news.scorers import kept_in, scorer_named

if TYPE_CHECKING:
    from tasks.adapters.news.endpoint import Endpoint


def build_news_sources(desk: Desk) -> tuple[NewsSource, ...]:
    """A source for each address of those that are enabled; one without its key is there, and says why it is off.

    Raises:
        BadInput: what the configuration says of a source cannot be used.
        Refused: an address is at none of its source's hosts.
    """
    # Imported here: nobody else needs a client of the web.
    from tasks.adapters.news import WAYS, Place, build_source
    from tasks.adapters.venues import Access, Keys, Limits

    limits = Limits(desk.home / "state" / "limits.sqlite")

    def place(name: str, url: str, one: SourceConfig) -> Place:
        return Place(
            name=name,
            url=url,
            hosts=frozenset(one.hosts),
            spacing_ms=1e3 * one.spacing_seconds,
            timeout_ms=round(1e3 * one.timeout_seconds),
            longest_bytes=one.longest_bytes,
            most_items=one.most_items,
            account=one.account,
        )

    def access(name: str, one: SourceConfig) -> Access:
        key = _secret(desk, name)
        keys = None if key is None else Keys(key, SecretStr(""))
        return Access(desk.clock, limits, https_proxy=one.https_proxy, ca_file=one.ca_file, keys=keys, url=one.url)

    return tuple(
        build_source(WAYS[name], place(name, url, one), access(name, one))
        for name, one in desk.loaded.settings.news.sources.items()
        if one.enabled
        for url in one.urls
    )


def build_make_reader(desk: Desk) -> MakeReader:
    """Makes readers by the configured entities and scorer.

    Raises:
        BadInput: the entities or the scorer cannot be used.
        Damaged: a trained scorer was changed.
    """
    news = desk.loaded.settings.news
    settings = ReadingSettings(memory_days=news.memory_days, known_days=news.known_days)
    scorer = scorer_named(news.scorer, kept_in(desk.home))
    entities = load_entities()
    return lambda weights: Reader(entities, scorer, weights, settings)


def build_endpoint(desk: Desk) -> "Endpoint | None":
    """The language model that is asked about headlines, None where the configuration names none."""
    settings = desk.loaded.settings.news.endpoint
    if settings.url is None:
        return None
    from tasks.adapters.news.endpoint import Endpoint

    kept = Opinions(desk.home / "state" / "news_opinions.sqlite")
    return Endpoint(settings, _secret(desk, "openai"), kept, desk.clock)


def _secret(desk: Desk, name: str) -> SecretStr | None:
    """The one secret of a source, None where it needs none or none is set."""
    from tasks.adapters.credentials import Passphrase, find, standard_sources

    names = tuple(f"{name}_{part}" for part in KEYS.get(name, ()))
    found: Mapping[str, SecretStr] = find(names, standard_sources(desk.home, Passphrase())).values if names else {}
    return next(iter(found.values()), None)
