"""The one place where adapters are chosen and put together."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from conf import home, load
from data.bars import BarStore
from data.journal import Journal, open_journal
from data.lake import Lake
from data.model_files import ModelFiles
from data.predictions import PredictionStore
from models.types import BadInput, Series, Unavailable
from tasks.adapters.brokers.paper import PaperBroker
from tasks.adapters.clocks import FixedClock, SystemClock
from tasks.ports import Broker, Feed, Tracker
from tasks.session.desk import Desk

# A demo or a dry run asks once and does not wait long.
QUICK_TIMEOUT_MS = 3_000


def build_desk(flags: Mapping[str, Any] | None = None, as_of: int | None = None) -> Desk:
    """A desk by the configuration with `flags` on top; `as_of` (UTC microseconds) stops its clock there.

    Raises:
        BadInput: the configuration is wrong.
    """
    where = home()
    lake = Lake(where / "lake")
    return Desk(
        loaded=load(flags),
        home=where,
        lake=lake,
        bars=BarStore(lake),
        predictions=PredictionStore(lake),
        models=ModelFiles(where / "state" / "models"),
        clock=SystemClock() if as_of is None else FixedClock(as_of),
    )


def journal_path(where: Path) -> Path:
    """The journal's SQLite file."""
    return where / "state" / "journal.sqlite"


def build_journal(desk: Desk) -> Journal:
    """The desk's journal, created where there is none."""
    return open_journal(journal_path(desk.home))


@contextmanager
def scratch_journal(desk: Desk) -> Iterator[Journal]:
    """A copy of the journal that is thrown away: a dry run goes the real way, on this."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "journal.sqlite"
        if journal_path(desk.home).exists():
            _copy_journal(journal_path(desk.home), copy)
        journal = open_journal(copy)
        yield journal
        journal.engine.dispose()


def _copy_journal(original: Path, copy: Path) -> None:
    try:
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise Unavailable(f"the journal {original} cannot be copied ({error}); see what is wrong with it") from error


def build_broker(desk: Desk, journal: Journal) -> Broker:
    """The broker of the stage: paper, until live trading is built."""
    return PaperBroker(journal, desk.clock)


def build_feed(desk: Desk, series: Series, quick: bool = False) -> Feed:
    """The feed of the series' venue; `quick` gives up after a few seconds.

    Raises:
        BadInput: the venue is not configured or has archives only.
    """
    venue = desk.venue(series.venue)
    if venue.feed == "sample":
        from tasks.adapters.feeds.sample import SampleFeed

        return SampleFeed()
    if venue.feed == "none":
        raise BadInput(f"venue {series.venue} has no feed to ingest from; bring its archives in with keel import")
    # Imported here: ccxt takes two seconds, which a trade cycle need not pay.
    from tasks.adapters.feeds.ccxt_rest import TIMEOUT_MS, CcxtFeed, build_exchange

    timeout = QUICK_TIMEOUT_MS if quick else TIMEOUT_MS
    exchange = build_exchange(series.venue, venue.https_proxy, venue.ca_file, timeout)
    return CcxtFeed(exchange, attempts=1) if quick else CcxtFeed(exchange)


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


def no_checkpoint(label: str) -> None:
    """Production goes on at every checkpoint."""
