"""The feed of a series, with the backups that the configuration names."""

import logging
from collections.abc import Callable

from conf.schema import BackupConfig
from conf.schema.feeds import FeedsConfig
from data.journal import FeedLog, Journal
from models.types import BadInput, Series
from tasks.ports import Feed
from tasks.session.desk import Desk
from tasks.session.feeds.failover import FailoverFeed
from tasks.session.feeds.single import SingleFeed
from tasks.session.feeds.source import Source

logger = logging.getLogger(__name__)

Build = Callable[[str, str], Feed]
"""The feed of a venue for a symbol there."""


def failover_for(desk: Desk, series: Series, build: Build, journal: Journal, rules: FeedsConfig) -> Feed:
    """The venue's own feed first, then its backups; alone it still has its deadline and its health recorded.

    Raises:
        BadInput: the venue's own feed cannot be built, or two feeds have one name.
    """
    sources = [Source(build(series.venue, series.symbol), series.symbol)]
    for backup in backups_of(desk, series):
        symbol = backup.symbol or series.symbol
        try:
            sources.append(Source(build(backup.venue, symbol), symbol))
        except BadInput as error:
            # Without its keys a backup is none; that is no reason to do without the others.
            logger.info("%s: %s is left out of the backups: %s", series, backup.venue, error)
    log = FeedLog(journal.engine)
    if len(sources) == 1:
        return SingleFeed(series, sources[0], rules, desk.clock, log)
    return FailoverFeed(series, tuple(sources), rules, desk.calendar(series), desk.clock, log)


def backups_of(desk: Desk, series: Series) -> tuple[BackupConfig, ...]:
    """Of the symbol where it has its own, of the venue otherwise."""
    venue = desk.venue(series.venue)
    own = venue.instruments.get(series.symbol)
    return venue.backups if own is None or own.backups is None else own.backups


def feeds_in_use(desk: Desk, wanted: tuple[Series, ...]) -> tuple[str, ...]:
    """Venues that may serve one of the series, each once: whose health `check_feeds_down` asks for."""
    names = [name for one in wanted for name in (one.venue, *(backup.venue for backup in backups_of(desk, one)))]
    return tuple(dict.fromkeys(names))
