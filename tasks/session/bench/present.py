"""Ingest of what is already there, against reading its manifest."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from data.manifest import verified_manifest
from models.types import Series, Unavailable
from models.types.timeframes import DAY
from tasks.ports import Page
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.minutes import minute_bars
from tasks.session.intake import ingest, take_in_archive

SERIES = Series("binance", "BTC/USDT", "1m")
BARS = 500_000
TARGET = 2.0


class NoFeed:
    """A feed that must not be asked."""

    name = "nobody"

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Nothing may come from here."""
        raise Unavailable(f"{symbol} {timeframe} was asked for from {since}, though it is there")


def bench_present(place: Workplace) -> Figure:
    """An ingest that finds everything there."""
    bars = minute_bars(BARS)
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        desk = place.make_desk(Path(name))
        take_in_archive(desk, SERIES, bars)
        desk = desk.at(int(bars.ts[-1]) + 90 * 1_000_000)
        folder = desk.bars.dataset(SERIES).folder
        since = int(bars.ts[-1]) - DAY
        seconds, _, ratio = paired_seconds(
            lambda: ingest(desk, SERIES, NoFeed(), since, True, lambda *_: None),
            lambda: verified_manifest(folder).sha256,
            rounds=50,
        )
    return Figure("present", seconds * 1e3, "ms", "reading the manifest", ratio, "ratio <= 2", ratio <= TARGET)
