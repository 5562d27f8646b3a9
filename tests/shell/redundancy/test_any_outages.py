"""Whatever the feeds do: every true bar comes once and in order, or it is said that some are missing; none is wrong."""

import tempfile
from pathlib import Path

import pytest
from fake_feeds import BTC, RULES, START, FakeFeed, TurningClock, truth
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.journal import Change, FeedLog, open_journal
from data.journal.tables import feed_events, feed_health, feed_pauses
from models.types import CALENDARS, Unavailable
from models.types.timeframes import HOUR, SECOND
from tasks.session.feeds import FailoverFeed, Source

CLOSED = 60
MOODS = st.sampled_from(["ok", "ok", "down", "late", "wrong", "shuffled", "empty"])
STEPS = st.lists(st.tuples(st.tuples(MOODS, MOODS, MOODS), st.integers(0, 300)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def log() -> FeedLog:
    with tempfile.TemporaryDirectory() as folder:
        journal = open_journal(Path(folder) / "journal.sqlite")
        with journal.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA synchronous=OFF")
        yield FeedLog(journal.engine)
        journal.engine.dispose()


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS, sizes=st.tuples(*[st.integers(3, 25)] * 3), frozen=st.integers(0, CLOSED), begins=st.integers(0, 40)
)
def test_every_bar_once_or_a_sentence(
    steps: list[tuple[tuple[str, str, str], int]],
    sizes: tuple[int, int, int],
    frozen: int,
    begins: int,
    log: FeedLog,
) -> None:
    """Moods change with every page taken. Two feeds wrong in the same way at once would be the truth: they differ."""
    for table in (feed_health, feed_pauses, feed_events):
        with log.engine.begin() as connection:
            connection.execute(table.delete())
    clock = TurningClock(START + CLOSED * HOUR + 1)
    factors = (1.03, 0.95, 1.08)
    fakes = [
        FakeFeed(name, clock, size=size, frozen=frozen, factor=factor)
        for name, size, factor in zip(("one", "two", "three"), sizes, factors, strict=True)
    ]
    fakes[2].begins_at = begins
    feed = FailoverFeed(BTC, tuple(Source(one, BTC.symbol) for one in fakes), RULES, CALENDARS["24/7"], clock, log)
    taken: list[int] = []
    said = None
    true = truth(CLOSED).close

    def turn(number: int) -> None:
        moods, seconds = steps[number % len(steps)]
        for fake, mood in zip(fakes, moods, strict=True):
            fake.mood = mood
        clock.moment = min(clock.moment + seconds * SECOND, START + (CLOSED + 1) * HOUR - 1)

    turn(0)
    try:
        for number, page in enumerate(feed.pages(BTC.symbol, BTC.timeframe, None), 1):
            wrong = [k for k, ts in enumerate(page.bars.ts) if page.bars.close[k] != true[int(ts - START) // HOUR]]
            if wrong:
                # Only where nobody else answered, and then the journal says so.
                last = log.last(BTC, (Change.UNCHECKED, Change.CHECKED))
                assert last is not None
                assert last.kind is Change.UNCHECKED
                others = [one.mood for one in fakes if one.name != page.source]
                assert not {"ok"} <= set(others) or begins > 0 or _paused(log, page.source)
            taken += [int(ts - START) // HOUR for ts in page.bars.ts]
            turn(number)
    except Unavailable as error:
        said = str(error)
    assert taken == list(range(len(taken)))
    if said is None:
        assert len(taken) >= CLOSED - RULES.late_bars


def _paused(log: FeedLog, serving: str) -> bool:
    """Whether another feed is left alone at the moment: it could not be asked for its opinion."""
    return any(log.pause(name, BTC.symbol) is not None for name in ("one", "two", "three") if name != serving)
