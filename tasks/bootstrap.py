"""The one place where adapters are chosen and put together."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import SecretStr

from conf import PROJECT, Loaded, home, load
from conf.limits import loosened
from conf.schema.execution import ExecutionConfig
from conf.secrets import load_secrets
from data.actions import ActionStore
from data.arrays import ArrayCache
from data.bars import BarStore, Grading
from data.coverage import CoverageStore
from data.journal import Journal, Leases, LiveLog, OrderLog, ParameterLog, open_journal
from data.lake import Lake
from data.model_files import ModelFiles
from data.predictions import PredictionStore
from models.orders import GateCaps
from models.quality import CONTEXT, Flaw, spikes
from models.types import BadInput, Bars, IntArray, Refused, Series, Unavailable
from tasks.adapters.brokers.paper import PaperAccount
from tasks.adapters.clocks import FixedClock, SystemClock, VirtualClock, monotonic
from tasks.adapters.holder import is_gone, this_process
from tasks.adapters.redaction import protect
from tasks.ports import ActionFeed, Checkpoint, Clock, Feed, Runner, Tracker, VenueAccount, Waiting
from tasks.session.desk import Desk
from tasks.session.feeds import failover_for
from tasks.session.labels import RegimeLabels
from tasks.session.ordering.broker import Broker
from tasks.session.ordering.caps import gate_caps
from tasks.session.ordering.desk import OrderDesk
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.paper import PaperBroker
from tasks.session.ordering.writing import Writing
from tasks.session.parameters import ParameterServer, Verdict, is_live, load_or_last
from tasks.session.remembered import UnkeptPredictions
from tasks.session.speakers import Speakers
from tasks.session.tails import recorded_tails

if TYPE_CHECKING:
    from tasks.adapters.venues import Keys
    from tasks.session.streaming import Plan, Sources, Target

KEYED = ("alpaca", "coingecko", "cryptocompare")
# A demo or a dry run asks once and does not wait long.
QUICK_TIMEOUT_MS = 3_000
SECOND = 1_000_000
NEVER = 2**62


def no_checkpoint(label: str) -> None:
    """Production goes on at every checkpoint."""


def build_desk(flags: Mapping[str, Any] | None = None, as_of: int | None = None, folder: Path | None = None) -> Desk:
    """A desk by the configuration with `flags` on top; `as_of` (UTC microseconds) stops its clock there, `folder` is
    used instead of KEEL_HOME.

    Raises:
        BadInput: the configuration is wrong.
    """
    clock = SystemClock() if as_of is None else FixedClock(as_of)
    return _desk(load(flags), home() if folder is None else folder, clock)


def build_trading_desk(
    flags: Mapping[str, Any], warn: Callable[[str], None], as_of: int | None = None
) -> tuple[Desk, Journal]:
    """A desk as `desk_in_force` gives it, and its journal, created where there is none.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before with these flags.
    """
    if not journal_path(home()).exists():
        load(flags)  # before anything is made
    journal = open_journal(journal_path(home()))
    return desk_in_force(journal, flags, warn, as_of), journal


def build_standing_desk(warn: Callable[[str], None]) -> Desk:
    """A desk to look by: that of the configuration, or of the one adopted last while it is not valid.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before.
    """
    try:
        return build_desk()
    except BadInput:
        if not journal_path(home()).exists():
            raise
        return desk_in_force(open_journal(journal_path(home())), {}, warn)


def stress_desk(flags: Mapping[str, Any], act: bool, warn: Callable[[str], None]) -> tuple[Desk, Journal | None]:
    """A desk and its journal, None where there is none. Who acts does so by the parameters in force, see
    `build_trading_desk`; who only looks makes nothing and adopts nothing.

    Raises:
        BadInput: the configuration is not valid.
    """
    if act:
        return build_trading_desk(flags, warn)
    desk = build_desk(flags)
    return desk, build_journal(desk) if journal_path(desk.home).exists() else None


def desk_in_force(
    journal: Journal, flags: Mapping[str, Any], warn: Callable[[str], None], as_of: int | None = None
) -> Desk:
    """A desk by the parameters in force; their adoption is written into the journal. While the configuration is not
    valid the one that was adopted last stays in force, with an alert, and `warn` is told. `as_of`: see `build_desk`.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before with these flags.
    """
    loaded = load_or_last(journal, lambda: load(flags), SystemClock().now(), loosened, flags, warn)
    return _desk(loaded, home(), SystemClock() if as_of is None else FixedClock(as_of))


def _desk(loaded: Loaded, where: Path, clock: Clock) -> Desk:
    protect()
    lake, models = Lake(where / "lake"), ModelFiles(where / "state" / "models")
    return Desk(
        loaded=loaded,
        home=where,
        lake=lake,
        bars=build_bars(lake),
        coverage=CoverageStore(lake),
        actions=ActionStore(lake),
        predictions=PredictionStore(lake),
        models=models,
        speakers=Speakers(models),
        clock=clock,
        regimes=RegimeLabels(),
        tails=recorded_tails(lake),
    )


def build_bars(lake: Lake) -> BarStore:
    """The lake's bars, graded by the rules on neighbours."""
    return BarStore(lake, ArrayCache(lake), Grading(_suspects, CONTEXT))


def _suspects(bars: Bars) -> IntArray:
    return np.where(spikes(bars), int(Flaw.SPIKE), 0)


def journal_path(where: Path) -> Path:
    """The journal's SQLite file."""
    return where / "state" / "journal.sqlite"


def build_journal(desk: Desk) -> Journal:
    """The desk's journal, created where there is none."""
    return open_journal(journal_path(desk.home))


def build_parameter_log() -> ParameterLog:
    """The journal's page on parameters; it asks for no valid configuration."""
    return ParameterLog(open_journal(journal_path(home())).engine)


@contextmanager
def watched_parameters(desk: Desk, journal: Journal, flags: Mapping[str, Any]) -> Iterator[ParameterServer]:
    """The parameters of a session while it runs: its files are watched, and a Redis server where one is configured.

    Who decides calls `at_boundary` between two bars, who only looks on `follow`.
    """
    # Imported here: the client of Redis would slow every command down.
    from tasks.adapters.parameters import FileWatch, RedisChannel

    clock, folder = desk.clock, PROJECT / "conf"
    server = ParameterServer(journal, lambda: load(flags), is_live(desk.loaded), loosened, clock.now(), flags)
    watches: list[FileWatch | RedisChannel] = [
        FileWatch(folder, lambda final: server.offer("file", clock.now(), final) is not Verdict.INVALID)
    ]
    url = desk.loaded.settings.servers.redis_url
    if url is not None:
        password = load_secrets().redis_password
        watches.append(
            RedisChannel(
                url,
                password,
                folder,
                lambda: server.offer("redis", clock.now()),
                lambda why: journal.raise_alert(
                    f"param.reload {clock.now()}", "warning", f"refused: {why}", clock.now()
                ),
            )
        )
    with ExitStack() as running:
        for watch in watches:
            watch.start()
            running.callback(watch.stop)
        yield server


@contextmanager
def scratch_journal(where: Path) -> Iterator[Journal]:
    """A copy of the journal in the home `where` that is thrown away: a dry run goes the real way, on this."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "journal.sqlite"
        if journal_path(where).exists():
            _copy_journal(journal_path(where), copy)
        journal = open_journal(copy)
        yield journal
        journal.engine.dispose()


@contextmanager
def scratch_desk(
    flags: Mapping[str, Any], warn: Callable[[str], None], as_of: int | None = None
) -> Iterator[tuple[Desk, Journal]]:
    """As `build_trading_desk`, on a scratch journal: what is adopted, said and decided there is thrown away."""
    with scratch_journal(home()) as journal:
        desk = desk_in_force(journal, flags, warn, as_of)
        yield replace(desk, predictions=UnkeptPredictions(desk.lake)), journal


def _copy_journal(original: Path, copy: Path) -> None:
    try:
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise Unavailable(f"the journal {original} cannot be copied ({error}); see what is wrong with it") from error


def build_broker(desk: Desk, journal: Journal, live: bool = False, checkpoint: Checkpoint = no_checkpoint) -> Broker:
    """Who takes the desk's orders: the paper broker; where the stage or the caller says live the venues, if every act
    of a person that this asks for is there.

    Raises:
        Refused: an act is missing; names each.
        BadInput: a venue's keys are missing, or orders cannot go there.
    """
    if live or is_live(desk.loaded):
        return _live_broker(desk, journal, live, checkpoint)
    instruments = {one.symbol: desk.instrument(one) for one in desk.book_series()}
    account = PaperAccount(desk.clock, instruments)
    # However late it is handed over, a paper order is filled by the bar that it was decided for.
    caps = replace(_gate_caps(desk), stale=NEVER)
    clock = desk.clock if isinstance(desk.clock, SystemClock) else VirtualClock(desk.clock.now())
    orders = _order_desk(desk, journal, {account.name: account}, clock, caps, checkpoint)
    return PaperBroker(journal, orders, build_writing(desk.loaded.settings.execution, journal))


def _live_broker(desk: Desk, journal: Journal, flag: bool, checkpoint: Checkpoint) -> LiveBroker:
    settings = desk.loaded.settings
    if not isinstance(desk.clock, SystemClock):
        raise Refused("live orders are sent now or never; leave --as-of out, or trade on paper")
    venues = tuple(dict.fromkeys((settings.trading.venue, *settings.execution.venues)))
    accounts = build_accounts(desk, venues)
    caps = require_live(settings, accounts, LiveLog(journal.engine), _gate_caps(desk), flag)
    orders = _order_desk(desk, journal, accounts, desk.clock, caps, checkpoint)
    writing = build_writing(settings.execution, journal)
    lots = {one.symbol: Decimal(repr(desk.instrument(one).lot)) for one in desk.book_series()}
    return LiveBroker(journal, orders, writing, venues, lots)


def build_accounts(desk: Desk, venues: Sequence[str]) -> dict[str, VenueAccount]:
    """The accounts at the venues, by name, each with the keys of the first source that has them.

    Raises:
        BadInput: keys are missing, or orders cannot go there.
    """
    # Imported here: ccxt takes two seconds, which a paper cycle need not pay.
    from tasks.adapters.brokers import open_account
    from tasks.adapters.credentials import Passphrase, standard_sources, venue_keys
    from tasks.adapters.venues import Access, Keys, Limits

    clock = SystemClock()
    sources = standard_sources(desk.home, Passphrase())
    found: dict[str, VenueAccount] = {}
    for name in venues:
        venue, keys = desk.venue(name), venue_keys(name, sources)
        access = Access(
            clock=clock,
            limits=Limits(desk.home / "state" / "limits.sqlite"),
            https_proxy=venue.https_proxy,
            ca_file=venue.ca_file,
            keys=Keys(keys.key, keys.secret, keys.passphrase),
            url=venue.url,
        )
        found[name] = open_account(name, access, clock, _jitter(), venue.sandbox)
    return found


def _gate_caps(desk: Desk) -> GateCaps:
    settings = desk.loaded.settings
    return gate_caps(settings.execution.gate, settings.trading.capital, [one.symbol for one in desk.book_series()])


def _order_desk(
    desk: Desk,
    journal: Journal,
    accounts: Mapping[str, VenueAccount],
    clock: Waiting,
    caps: GateCaps,
    checkpoint: Checkpoint,
) -> OrderDesk:
    return OrderDesk(
        log=OrderLog(journal.engine),
        accounts=accounts,
        clock=clock,
        settings=desk.loaded.settings.execution,
        caps=caps,
        alert=lambda key, severity, text: journal.raise_alert(key, severity, text, clock.now()),
        checkpoint=checkpoint,
        monotonic=monotonic,
    )


def build_writing(settings: ExecutionConfig, journal: Journal) -> Writing:
    """How the lease of a journal's orders is taken: by the machine's own clock, the only one that others know."""
    return Writing(
        leases=Leases(journal.engine),
        holder=this_process(),
        is_dead=is_gone,
        clock=SystemClock(),
        ttl=round(settings.lease_seconds * SECOND),
        patience=round(settings.lease_wait_seconds * SECOND),
    )


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


def build_tracker(desk: Desk) -> Tracker:
    """MLflow: the server that MLFLOW_TRACKING_URI names, or the embedded database."""
    state = desk.home / "state"
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"{state} cannot be made ({error.strerror}); point KEEL_HOME to a folder that can") from error
    from tasks.adapters.tracking.mlflow_tracking import MlflowTracker

    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{state / 'mlflow.db'}"
    return MlflowTracker(uri, state / "mlartifacts")


def build_runner(desk: Desk, kind: str) -> AbstractContextManager[Runner]:
    """Where chunks of a search are done: `threads` of this process, or the workers of a `dask` cluster: the one at
    evolution.dask_address, or one of this machine that begins and ends with the context.

    Raises:
        BadInput: there is no such runner; entering: Dask is not installed, or the address is none.
        Unavailable: entering: no scheduler answers there.
    """
    settings = desk.loaded.settings.evolution
    if kind == "threads":
        from tasks.adapters.runners import ThreadRunner

        return nullcontext(ThreadRunner(settings.workers))
    if kind == "dask":
        from tasks.adapters.runners.dask import dask_runner

        return dask_runner(settings.dask_address, settings.workers)
    raise BadInput(f"there is no runner {kind}; there is threads, dask")
