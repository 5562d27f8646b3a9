"""Ticks: rows that come one by one, readable within milliseconds, stored as Parquet parts with checksums.

The order of the lake is the order of arrival. Its key `ts` is the time of arrival, or one microsecond after the row
before where the clock had not moved on or had gone back; so it is unique, ascending, and never before `known_at`. The
venue's own time is `exch_ts`: clocks differ, and nothing is sorted by it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa

from data.dataset import TIME, Dataset, micros_of
from data.hot import read_hot
from data.lake import Lake
from data.manifest import NAME
from data.objects import ObjectPath, Place, beside
from data.tick_parts import Reached, add_rows
from models.types import Damaged, Series, Unavailable, among

TIMES = (("ts", TIME), ("exch_ts", TIME), ("known_at", TIME))
DAMAGED = ".damaged"
CURE = "its sound rows are read again once the recorder has started anew and set the file aside"


@dataclass(frozen=True, slots=True, order=True)
class Market:
    """One symbol at one venue, named as in a Series."""

    venue: str
    symbol: str

    def __post_init__(self) -> None:
        Series(self.venue, self.symbol, "1m")

    def __str__(self) -> str:
        return f"{self.venue} {self.symbol}"


@dataclass(frozen=True, slots=True)
class TickStore:
    """Ticks of one kind (books, trades) of any market. `schema` begins with TIMES."""

    lake: Lake
    kind: str
    schema: pa.Schema

    def dataset(self, market: Market) -> Dataset:
        """The market's Parquet parts; the rows of the last minute are not in there yet."""
        folder = self.lake.root / self.kind / f"venue={market.venue}" / f"symbol={quote(market.symbol, safe='')}"
        return Dataset(folder, "1m", self.schema)

    def markets(self) -> Iterator[Market]:
        """Every market that the lake has ticks of, in the order of their names."""
        committed = (self.lake.root / self.kind).glob(f"venue=*/symbol=*/{NAME}")
        hot = (self.lake.local / self.kind).glob("venue=*/symbol=*/hot/*.frames")
        found = {_market_of(path.parts[-3:-1]) for path in committed}
        yield from sorted(found | {_market_of(path.parts[-4:-2]) for path in hot})

    def read(self, market: Market, since: int | None = None, until: int | None = None) -> pa.Table:
        """Rows with `since` <= ts <= `until` (UTC microseconds), ascending; what arrived milliseconds ago included.

        Raises:
            Damaged: a part or a hot file does not match its checksums.
        """
        # Hot files first: what is rolled meanwhile is then seen twice, and taken once, instead of not at all.
        hot = self._hot_rows(market, self.hot_files(market), since)
        stored = self.dataset(market).read(since, until)
        ts = micros_of(stored)
        return pa.concat_tables([stored, _within(hot, int(ts[-1]) if ts.size else None, until)])

    def roll(self, market: Market, through: int | None, reached: Reached) -> None:
        """Move the rows of hot files into Parquet, of those only that begin at or before `through` (UTC microseconds):
        the writer's open file begins later. What is in Parquet already is left out.

        A damaged hot file gives its sound frames and stays beside the others, renamed.
        """
        dataset = self.dataset(market)
        if not self._closed(market, through):
            return
        with dataset.lock():
            closed = self._closed(market, through)
            parts = dataset.manifest().parts
            rows = [(path, found) for path in closed if (found := read_hot(path, self.schema)) is not None]
            hot = pa.concat_tables([self.schema.empty_table(), *(one.table for _, one in rows)])
            if parts and isinstance(dataset.folder, ObjectPath):
                _require_own(dataset, hot, parts[-1].last)
            fresh = _within(hot, parts[-1].last if parts else None, None)
            if fresh.num_rows:
                add_rows(dataset, fresh, reached)
            for path, one in rows:
                if one.damage is not None:
                    path.rename(path.with_suffix(DAMAGED))
                path.unlink(missing_ok=True)
                reached("hot file")

    def damaged(self) -> Iterable[tuple[Place, str]]:
        """Every file of every market that cannot be trusted, with the reason."""
        for market in self.markets():
            yield from self.dataset(market).damaged()
            yield from ((path, reason) for path, reason in self.checked_hot(market) if reason is not None)

    def checked_hot(self, market: Market) -> Iterator[tuple[Path, str | None]]:
        """Files whose rows may not be in Parquet yet and those set aside, each with what is wrong with it, or None."""
        aside = sorted(self.hot_folder(market).glob(f"*{DAMAGED}"))
        for path in (*self.hot_files(market), *aside):
            found = read_hot(path, self.schema)
            if found is not None:  # otherwise it was rolled since it was listed
                yield path, found.damage

    def hot_folder(self, market: Market) -> Path:
        """Where on this machine the rows of the last minute are."""
        return beside(self.dataset(market).folder) / "hot"

    def hot_files(self, market: Market) -> list[Path]:
        """Files of rows that may not be in Parquet yet, in the order of their rows."""
        return sorted(self.hot_folder(market).glob("*.frames"))

    def _closed(self, market: Market, through: int | None) -> list[Path]:
        return [path for path in self.hot_files(market) if through is None or int(path.stem) <= through]

    def _hot_rows(self, market: Market, paths: list[Path], since: int | None) -> pa.Table:
        tables = []
        for path in paths:
            rows = read_hot(path, self.schema, since)
            if rows is None:
                continue  # rolled since it was listed: its rows are in the parts that are read next
            if rows.damage is not None and path in self.hot_files(market):
                raise Damaged(f"{rows.damage}; {CURE}")
            tables.append(rows.table)
        table = pa.concat_tables([self.schema.empty_table(), *tables])
        return _within(table, None if since is None else since - 1, None)


def _require_own(dataset: Dataset, hot: pa.Table, last: int) -> None:
    """Make sure that the rows up to `last` are those that were rolled before a crash: the lock of a market binds this
    machine only.

    Raises:
        Unavailable: they are not, another machine has recorded the market at the same time. All rows stay where they
            are.
    """
    old = micros_of(_within(hot, None, last))
    if old.size and not among(micros_of(dataset.read(int(old[0]), int(old[-1]))), old).all():
        raise Unavailable(
            f"another machine has recorded {dataset.folder} at the same time: let only one of them do so. The rows of "
            f"this one stay in {beside(dataset.folder) / 'hot'}"
        )


def _within(table: pa.Table, after: int | None, until: int | None) -> pa.Table:
    ts = micros_of(table)
    start = 0 if after is None else int(ts.searchsorted(after, side="right"))
    stop = ts.size if until is None else int(ts.searchsorted(until, side="right"))
    return table.slice(start, max(0, stop - start))


def _market_of(folders: tuple[str, ...]) -> Market:
    venue, symbol = (unquote(part.split("=", 1)[1]) for part in folders)
    return Market(venue, symbol)
