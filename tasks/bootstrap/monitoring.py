"""Metrics and streams of a home, put together for whoever serves them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from conf.secrets import load_secrets
from data.journal import Journal
from models.types import iso
from models.types.timeframes import DAY
from tasks.adapters.clocks import SystemClock
from tasks.adapters.servers import Plan, elsewhere
from tasks.adapters.servers.outcomes import flow_outcomes
from tasks.monitoring.background import Background
from tasks.monitoring.counted import Counts, bounds_of
from tasks.monitoring.metrics import Metrics
from tasks.monitoring.samples import Sample
from tasks.session.desk import Desk
from tasks.session.overview import Lookout, Overview
from tasks.session.release import release_id

BACKGROUND_S = 30.0


def build_metrics(desk: Callable[[], Desk], lookout: Lookout, journal: Callable[[], Journal]) -> Callable[[], bytes]:
    """What answers a scrape. What is slow to find out is asked by a thread that ends with the process."""
    metrics = metrics_of(desk, lookout, journal)
    metrics.background.start()
    return metrics.exposition


def metrics_of(desk: Callable[[], Desk], lookout: Lookout, journal: Callable[[], Journal]) -> Metrics:
    """The metrics of a desk; their background asks nobody yet."""
    rules = desk().loaded.settings.monitoring.rules
    sources = {"flow runs": lambda: _flows(desk()), "lake figures": lambda: _lake(desk(), lookout.look())}
    return Metrics(
        look=lookout.look,
        journal=journal,
        background=Background(sources, BACKGROUND_S),
        counts=Counts(bounds_of(rules.cycle_seconds, rules.order_seconds)),
        now=SystemClock().now,
        build=(_version(), release_id()),
    )


@contextmanager
def streaming(desk: Desk, journal: Callable[[], Journal]) -> Iterator[None]:
    """Decisions, fills and order states go out as streams while the context lasts, where a Redis server is configured
    (servers.redis_url).
    """
    settings = desk.loaded.settings
    url = settings.servers.redis_url
    if url is None:
        yield
        return
    # Imported here: the client of Redis would slow every command down.
    from tasks.adapters.events import Publisher, RedisStreams

    password = load_secrets().redis_password
    publisher = Publisher(RedisStreams(url, password, settings.monitoring.stream_length), journal)
    publisher.start()
    try:
        yield
    finally:
        publisher.stop()


def _flows(desk: Desk) -> Iterator[Sample]:
    servers = desk.loaded.settings.servers
    own = Plan(desk.home, desk.home, servers.prefect_port, servers.mlflow_port, servers.host)
    api_url = elsewhere(own).api_url or own.api_url
    found = flow_outcomes(api_url, iso(SystemClock().now() - DAY))
    yield from (Sample("keel_flow_runs", labels, float(count)) for labels, count in sorted(found.items()))


def _lake(desk: Desk, view: Overview) -> Iterator[Sample]:
    """The look has read the lake; what is wrong with it is counted only where something is."""
    yield Sample("keel_lake_series", (), float(len(list(desk.lake.series()))))
    well = all(one.ok for one in view.parts if one.name == "lake")
    yield Sample("keel_lake_damaged", (), 0.0 if well else float(max(1, len(list(desk.bars.damaged())))))


def _version() -> str:
    try:
        return version("keel")
    except PackageNotFoundError:
        return "source"
