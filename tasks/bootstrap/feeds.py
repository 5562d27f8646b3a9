"""Where bars, books, trades and corporate actions come from."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import SecretStr

from data.journal import Journal
from models.types import BadInput, Series
from tasks.ports import ActionFeed, Feed
from tasks.session.desk import Desk
from tasks.session.feeds import failover_for

if TYPE_CHECKING:
    from tasks.adapters.venues import Keys
    from tasks.session.streaming import Plan, Sources, Target

KEYED = ("alpaca", "coingecko", "cryptocompare")
# A demo or a dry run asks once and does not wait long.
QUICK_TIMEOUT_MS = 3_000


def build_feed(desk: Desk, series: Series, journal: Journal | None = None, quick: bool = False) -> Feed:
    """The feed of the series' venue with its backups; with a `journal` their health and every switch is recorded there.
    Without one it is the venue's own feed alone; `quick` gives up after a few seconds.

    Raises:
        BadInput: the venue is not configured or has archives only.
    """
    if journal is None or desk.venue(series.venue).feed == "sample":
        return build_source(desk, series.venue, series.symbol, quick)
    rules = desk.loaded.settings.feeds
    return failover_for(desk, series, lambda venue, symbol: build_source(desk, venue, symbol), journal, rules)


def build_source(desk: Desk, name: str, symbol: str, quick: bool = False) -> Feed:
    """One source, by itself. It waits out a ban for half of the deadline that a feed among others has for an answer.

    Raises:
        BadInput: the venue is not configured, has archives only, or wants keys that are not there.
    """
    venue = desk.venue(name)
    if venue.feed == "sample":
        from tasks.adapters.feeds.sample import SampleFeed

        return SampleFeed()
    if venue.feed == "none":
        raise BadInput(f"venue {name} has no feed to ingest from; bring its archives in with keel import")
    # Imported here: ccxt takes two seconds, which a trade cycle need not pay.
    from tasks.adapters.feeds import BUILDERS, build_any_venue
    from tasks.adapters.venues import Access, Limits

    access = Access(
        clock=desk.clock,
        limits=Limits(desk.home / "state" / "limits.sqlite"),
        https_proxy=venue.https_proxy,
        ca_file=venue.ca_file,
        keys=_keys(desk, name),
        patience_ms=round(desk.loaded.settings.feeds.deadline_seconds * 500),
        url=venue.url,
        files=venue.files,
    )
    if quick:
        access = replace(access, timeout_ms=QUICK_TIMEOUT_MS, attempts=1, patience_ms=0)
    kind = name if venue.feed == "ccxt" else venue.feed
    if symbol == venue.index:
        kind = "index_files"
    return BUILDERS[kind](access) if kind in BUILDERS else build_any_venue(name, access)


def _keys(desk: Desk, venue: str) -> "Keys | None":
    """Keys of a source that gives its data to account holders; the others are asked without."""
    if venue not in KEYED:
        return None
    from tasks.adapters.credentials import Passphrase, find, standard_sources
    from tasks.adapters.venues import Keys

    names = (f"{venue}_api_key", f"{venue}_secret_key")
    key, secret = (find(names, standard_sources(desk.home, Passphrase())).values.get(one) for one in names)
    return None if key is None else Keys(key, secret if secret is not None else SecretStr(""))


def build_action_feed(desk: Desk, series: Series) -> ActionFeed | None:
    """Where splits and dividends of the series' symbol are published, None where nobody says."""
    if desk.venue(series.venue).feed != "alpaca" or series.symbol == desk.venue(series.venue).index:
        return None
    feed = build_source(desk, series.venue, series.symbol)
    return feed if isinstance(feed, ActionFeed) else None


def build_streams(desk: Desk) -> "tuple[Plan, Sources, Target, np.random.Generator]":
    """What a run of the stream flow works with, for the configured book.

    Raises:
        BadInput: the venue has no streams.
    """
    from tasks.adapters.feeds.ccxt_feed import CcxtFeed
    from tasks.adapters.feeds.streams import CcxtStream, build_stream_exchange
    from tasks.session.streaming import Sources, plan_of, target_of

    settings = desk.loaded.settings
    name = settings.trading.venue
    venue = desk.venue(name)
    if venue.feed != "ccxt":
        raise BadInput(f"venue {name} has no streams; trading.venue must be one whose feed is ccxt")
    feed = build_source(desk, name, settings.trading.symbols[0])
    books = feed if isinstance(feed, CcxtFeed) else None
    stream = CcxtStream(name, lambda: build_stream_exchange(name, venue.https_proxy, venue.ca_file), desk.clock)
    return plan_of(settings.trading, settings.streaming), Sources(stream, feed, books), target_of(desk), _jitter()


def _jitter() -> np.random.Generator:
    # Unseeded on purpose: the clients of one venue should not come back in step.
    return np.random.default_rng()
