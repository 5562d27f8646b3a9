"""A journal, a clock, and a feed made of fakes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_feeds import BTC, RULES, START, FakeFeed, TurningClock

from data.journal import FeedLog, Journal, open_journal
from models.types import CALENDARS
from models.types.timeframes import HOUR
from tasks.session.feeds import FailoverFeed, Source


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(tmp_path / "journal.sqlite")
    with opened.engine.connect() as connection:  # that it is durable has tests of its own
        connection.connection.cursor().execute("PRAGMA synchronous=OFF")
    yield opened
    opened.engine.dispose()


@pytest.fixture
def log(journal: Journal) -> FeedLog:
    return FeedLog(journal.engine)


@pytest.fixture
def clock() -> TurningClock:
    """Half past the open of bar 100."""
    return TurningClock(START + 100 * HOUR + HOUR // 2)


@pytest.fixture
def fakes(clock: TurningClock) -> Iterator[list[FakeFeed]]:
    """Three feeds; whatever hangs is let go at the end."""
    made = [FakeFeed(name, clock) for name in ("one", "two", "three")]
    yield made
    for fake in made:
        fake.released.set()


Together = Callable[..., FailoverFeed]


@pytest.fixture
def together(log: FeedLog, clock: TurningClock) -> Together:
    """One feed of several, in their order; `symbols` where a feed has another one."""

    def make(*fakes: FakeFeed, symbols: dict[str, str] | None = None) -> FailoverFeed:
        sources = tuple(Source(one, (symbols or {}).get(one.name, BTC.symbol)) for one in fakes)
        return FailoverFeed(BTC, sources, RULES, CALENDARS["24/7"], clock, log)

    return make
