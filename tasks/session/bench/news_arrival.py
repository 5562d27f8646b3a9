"""From the arrival of a burst of headlines to the opportunity that is stored."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from conf.news import load_entities
from data.journal import open_journal
from data.opportunities import read_opportunities
from models.news.reading import Reader
from models.news.tone import Keel
from models.types import Series
from models.types.news import SOURCES, Item
from models.types.timeframes import HOUR
from tasks.adapters.clocks import FixedClock
from tasks.ports import Heard, Mark
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.live_bars import hourly_bars, hours_until
from tasks.session.bench.live_desk import TIMEFRAME, VENUE, trading_live
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.news.round import hear_round

BURST, ROUNDS, WARM_UP = 500, 30, 2
TARGET = 1.0
# Four bursts are in the opportunities' window at once: two thousand headlines.
FIRST, APART = 1_640_995_200_000_000, 12 * HOUR
# Two years of hours of each, from which moves and outcomes are read.
TRADED, HOURS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT"), 17_520
NAMES = ("Bitcoin", "Ethereum", "Solana", "Ripple", "Apple", "Tesla", "Dogecoin", "Cardano")
WORDS = (
    *("surges", "falls", "rises", "plunges", "steady", "after", "exchange", "hacked", "lists", "regulator", "sues"),
    *("approves", "fund", "rate", "inflation", "record", "quarter", "profit", "warns", "investors", "billion"),
)


def bench_news_arrival(place: Workplace) -> Figure:
    """Seconds at the 99th percentile of rounds from the moment at which a burst of 500 items is there, and how many
    times the median that is.

    Every item of a burst is scored and stored, and in the opportunities, at the end of its round: the last one's time
    is all of theirs.
    """
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        desk = trading_live(place.make_desk(Path(name)))
        for number, symbol in enumerate(TRADED):
            hours = hours_until(FIRST + (ROUNDS + WARM_UP) * APART, HOURS)
            take_in_archive(desk, Series(VENUE, symbol, TIMEFRAME), hourly_bars(hours, number))
        seconds = asyncio.run(_rounds(desk))[WARM_UP:]
        stored = len(read_opportunities(desk.lake))
    worst, usual = float(np.quantile(seconds, 0.99)), statistics.median(seconds)
    said = f"the median of {ROUNDS} bursts of {BURST}, {usual:.2f} s"
    met = worst < TARGET and stored > 0
    return Figure("news_arrival", worst, "s from burst to stored opportunity", said, worst / usual, "p99 < 1 s", met)


@dataclass(slots=True)
class Burst:
    """A source that says what it is given, and notes when."""

    items: tuple[Item, ...]
    name: str = SOURCES[0]
    url: str = "https://burst.example/"
    why_off: str | None = None
    heard_at: float = 0.0

    async def hear(self, mark: Mark | None) -> Heard:
        """All at once."""
        self.heard_at = time.perf_counter()
        return Heard(self.items, (), mark or Mark())


async def _rounds(desk: Desk) -> list[float]:
    entities, scorer, seconds = load_entities(), Keel(), []
    journal = open_journal(desk.home / "state" / "journal.sqlite")
    for number, items in enumerate(_bursts()):
        source, reached = Burst(items), dict[str, float]()

        def note(label: str, reached: dict[str, float] = reached) -> None:
            reached[label] = time.perf_counter()

        then = replace(desk, clock=FixedClock(FIRST + number * APART))
        await hear_round(then, journal, [source], lambda weights: Reader(entities, scorer, weights), None, note)
        seconds.append(reached["weighed"] - source.heard_at)
    return seconds


def _bursts() -> Iterator[tuple[Item, ...]]:
    rng = np.random.default_rng(1)
    for burst in range(ROUNDS + WARM_UP):
        yield tuple(_item(rng, burst * BURST + number) for number in range(BURST))


def _item(rng: np.random.Generator, number: int) -> Item:
    name, words = NAMES[int(rng.integers(len(NAMES)))], rng.choice(WORDS, 9)
    title = f"{name} {' '.join(words)} {number}"
    return Item(SOURCES[0], str(number), f"https://burst.example/{number}", title, f"{title} and more of it. " * 3)
