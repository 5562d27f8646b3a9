"""Rows become bars or are quarantined with the name of the rule they broke; nothing is repaired."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.catalogue import refresh_catalogue
from models.types import BadInput, Bars, Series, Unavailable
from tasks.bootstrap import build_desk
from tasks.ports import Page
from tasks.session.desk import Desk
from tasks.session.intake import ingest, take_in_archive

BTC = Series("binance", "BTC/USDT", "1h")
SPY = Series("alpaca", "SPY", "1d")
HOUR = 3_600_000_000
DAY = 24 * HOUR
START = 1_577_836_800_000_000
Make = Callable[..., Bars]
Frame = Callable[..., pd.DataFrame]


@pytest.fixture
def desk(keel_home: Path) -> Desk:
    """A desk whose clock stands at 2020-03-01."""
    return build_desk(as_of=START + 60 * DAY)


@dataclass
class Pages:
    """A feed with everything it was given; it breaks off after `good` pages, and notes where it was asked to begin."""

    rows: Bars
    size: int = 10
    good: int = 1000
    asked: list[int | None] = field(default_factory=list)
    name: str = "pages"

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        self.asked.append(since)
        begin = 0 if since is None else int(np.searchsorted(self.rows.ts, since))
        for number, start in enumerate(range(begin, len(self.rows), self.size)):
            if number == self.good:
                raise Unavailable("the line is cut")
            yield Page(self.rows.rows(slice(start, start + self.size)), self.name)


def _files(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"}


def _silent(_text: str, _share: float) -> None:
    return None


def _fetch(desk: Desk, feed: Pages, since: int | None = None, store: bool = True) -> dict[str, Any]:
    return ingest(desk, BTC, feed, since, store, _silent).as_json()


# One changed cell or more, the flaws it makes in 48 rows, and the rows that stay out of the lake.
FLAWS: dict[str, tuple[dict[str, dict[int, object]], dict[str, int]]] = {
    "text in a price": ({"close": {3: "n/a"}}, {"not_finite": 1}),
    "missing": ({"open": {3: None}, "volume": {9: np.nan}}, {"not_finite": 2}),
    "infinite": ({"high": {3: np.inf}}, {"not_finite": 1}),
    "zero": ({"low": {3: 0.0}}, {"not_positive": 1}),
    "negative": ({"low": {3: -1.0}}, {"not_positive": 1}),
    "negative volume": ({"volume": {0: -1.0}}, {"negative_volume": 1}),
    "zero volume is sound": ({"volume": {0: 0.0}}, {}),
    "high below low": ({"high": {47: 1.0}}, {"high_below_low": 1}),
    "open above high": ({"open": {5: 1e6}}, {"outside_range": 1}),
    "close below low": ({"close": {5: 1e-6}}, {"outside_range": 1}),
    "off the grid": ({"ts": {5: pd.Timestamp("2020-01-01T05:00:01Z")}}, {"off_grid": 1}),
    "no time": ({"ts": {5: pd.NaT}}, {"no_time": 1}),
    "the future": ({"ts": {47: pd.Timestamp("2200-01-01", tz="UTC")}}, {"unfinished": 1}),
    "out of order": ({"ts": {7: pd.Timestamp("2020-01-01T02:00Z")}}, {"unsorted": 1}),
    "the same row twice": (
        {"ts": {7: pd.Timestamp("2020-01-01T06:00Z")}}
        | {name: {7: 130.0, 6: 130.0} for name in ("open", "high", "low", "close", "volume")},
        {"duplicate": 1},
    ),
    "another row of the same time": ({"ts": {7: pd.Timestamp("2020-01-01T06:00Z")}}, {"conflict": 2}),
    "several at once": (
        {"close": {3: None}, "low": {4: -2.0}, "volume": {8: -1.0, 9: -1.0}},
        {
            "negative_volume": 2,
            "not_finite": 1,
            "not_positive": 1,
        },
    ),
}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("case", FLAWS)
def test_a_bad_row_is_named_and_quarantined(
    case: str, kind: str, frame: Frame, keel: Callable[..., Any], keel_home: Path, tmp_path: Path
) -> None:
    changes, flaws = FLAWS[case]
    rows = frame(**changes)
    if kind == "parquet" and case == "text in a price":
        rows["close"] = rows["close"].astype(str)
    path = tmp_path / f"rows.{kind}"
    rows.to_csv(path, index=False) if kind == "csv" else rows.to_parquet(path)
    names = ("--venue", BTC.venue, "--symbol", BTC.symbol, "--timeframe", BTC.timeframe, "--json")
    outcome = keel("import", path, *names)
    assert (outcome.code, outcome.err) == (0, "")
    bad = sum(flaws.values())
    assert (outcome.json["flaws"], outcome.json["quarantined"], outcome.json["added"]) == (flaws, bad, 48 - bad)
    kept = list((keel_home / "lake" / "quarantine").rglob("*.parquet"))
    assert len(kept) == (bad > 0)
    if bad:
        table = pq.read_table(kept[0], partitioning=None)
        assert table.num_rows == bad
        assert sorted(table["flaw"].to_pylist()) == sorted(name for name, n in flaws.items() for _ in range(n))
    before = _files(keel_home)
    again = keel("import", path, *names)
    assert (again.code, again.json["added"], again.json["bars"]) == (0, 0, 48 - bad)
    assert _files(keel_home) == before


def test_a_dry_run_says_the_same_and_changes_nothing(desk: Desk, bars: Make, keel_home: Path) -> None:
    take_in_archive(desk, BTC, bars(30))
    before = _files(keel_home)
    told = take_in_archive(desk, BTC, bars(48), store=False)
    assert (told.added, told.bars) == (18, 30)
    assert _files(keel_home) == before
    assert take_in_archive(desk, BTC, bars(48)).added == told.added


def test_a_dry_run_of_the_first_archive_makes_no_folder(desk: Desk, bars: Make, keel_home: Path) -> None:
    told = take_in_archive(desk, BTC, bars(48), store=False)
    assert (told.added, told.bars, told.first) == (48, 0, None)
    assert not keel_home.exists()


def test_figures_other_than_the_stored_ones_are_quarantined(desk: Desk, bars: Make) -> None:
    take_in_archive(desk, BTC, bars(48))
    other = bars(50)
    close = other.close.copy()
    close[[3, 40]] += 0.5
    told = take_in_archive(desk, BTC, replace(other, close=close, high=other.high + 0.0))
    assert (told.added, told.quarantined, told.flaws) == (2, 2, {"conflict_stored": 2})
    assert desk.bars.read(BTC).close[3] == bars(48).close[3]


def test_half_of_the_rows_may_be_bad_and_no_more(desk: Desk, bars: Make, keel_home: Path) -> None:
    rows = bars(48)
    for bad, refused in ((24, False), (25, True)):
        volume = np.where(np.arange(48) < bad, -1.0, rows.volume)
        if refused:
            with pytest.raises(BadInput, match="25 of 48 rows are bad"):
                take_in_archive(desk, BTC, replace(rows, volume=volume))
        else:
            assert take_in_archive(desk, BTC, replace(rows, volume=volume)).added == 24


def test_gaps_are_those_of_the_calendar(desk: Desk, bars: Make) -> None:
    hourly = bars(48)
    told = take_in_archive(desk, BTC, hourly.rows(np.delete(np.arange(48), [5, 6, 20]))).as_json()
    assert (told["gaps"], told["missing_bars"]) == (2, 3)
    assert told["gap_list"] == [
        {"start": "2020-01-01T05:00:00Z", "end": "2020-01-01T06:00:00Z", "missing": 2, "kind": "missing"},
        {"start": "2020-01-01T20:00:00Z", "end": "2020-01-01T20:00:00Z", "missing": 1, "kind": "missing"},
    ]
    sessions = pd.to_datetime(["2020-01-16", "2020-01-17", "2020-01-21", "2020-01-23"])  # a weekend and a holiday
    ts = sessions.to_numpy(dtype="datetime64[us]").astype(np.int64)
    daily = take_in_archive(desk, SPY, replace(bars(4), ts=ts)).as_json()
    assert daily["gap_list"] == [
        {"start": "2020-01-22T00:00:00Z", "end": "2020-01-22T00:00:00Z", "missing": 1, "kind": "missing"}
    ]


def test_ingest_goes_on_after_the_newest_bar(desk: Desk, bars: Make) -> None:
    feed = Pages(bars(100))
    assert _fetch(desk, feed)["added"] == 100
    assert _fetch(desk, feed)["added"] == 0
    assert feed.asked == [None, START + 100 * HOUR]


def test_an_earlier_since_fetches_what_lies_before(desk: Desk, bars: Make) -> None:
    feed = Pages(bars(100))
    assert _fetch(desk, feed, START + 60 * HOUR)["added"] == 40
    assert _fetch(desk, feed, START + 70 * HOUR)["added"] == 0
    assert _fetch(desk, feed, START + 10 * HOUR)["added"] == 50
    assert feed.asked == [START + hours * HOUR for hours in (60, 100, 10, 100)]


def test_the_growing_bar_is_neither_stored_nor_called_bad(desk: Desk, bars: Make) -> None:
    now = START + 20 * HOUR + HOUR // 2
    told = _fetch(desk.at(now), Pages(bars(21)))
    assert (told["added"], told["quarantined"], told["last"]) == (20, 0, "2020-01-01T19:00:00Z")
    assert _fetch(desk.at(now + HOUR // 2), Pages(bars(21)))["added"] == 1


def test_a_bar_is_closed_at_its_end_and_not_before(desk: Desk, bars: Make) -> None:
    for now, added in ((START + HOUR - 1, 0), (START + HOUR, 1)):
        assert _fetch(desk.at(now), Pages(bars(1)))["added"] == added


def test_what_an_interrupted_ingest_stored_stays_and_the_rest_follows(desk: Desk, bars: Make, keel_home: Path) -> None:
    feed = Pages(bars(100), good=3)
    with pytest.raises(Unavailable, match="the line is cut"):
        _fetch(desk, feed)
    assert len(desk.bars.read(BTC)) == 30
    with duckdb.connect(str(keel_home / "lake" / "catalogue.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM bars").fetchall() == [(30,)]
    feed.good = 1000
    told = _fetch(desk, feed)
    assert (told["added"], told["bars"], told["gaps"]) == (70, 100, 0)


def test_an_ingest_that_gets_nothing_writes_nothing(desk: Desk, bars: Make, keel_home: Path) -> None:
    with pytest.raises(Unavailable):
        _fetch(desk, Pages(bars(5), good=0))
    assert _fetch(desk, Pages(bars(0)))["bars"] == 0
    assert _fetch(desk, Pages(bars(30)), store=False)["added"] == 30
    assert not keel_home.exists()


def test_a_feed_is_not_asked_for_what_cannot_be_there(desk: Desk, bars: Make) -> None:
    feed = Pages(bars(100))
    _fetch(desk, feed)
    last = START + 99 * HOUR
    for now, asked in ((last + HOUR, 0), (last + 2 * HOUR - 1, 0), (last + 2 * HOUR, 1)):
        feed.asked.clear()
        assert _fetch(desk.at(now), feed)["added"] == 0
        assert len(feed.asked) == asked


def test_every_bar_says_who_gave_it_and_when_it_was_known(desk: Desk, bars: Make) -> None:
    take_in_archive(desk, BTC, bars(10))
    _fetch(desk, Pages(bars(20), name="kraken"))
    _fetch(desk, Pages(bars(30), name="binance"))
    rows = desk.bars.rows(BTC)
    assert [rows.names[code] for code in rows.source] == ["archive"] * 10 + ["kraken"] * 10 + ["binance"] * 10
    assert rows.known_at.tolist() == (rows.bars.ts + HOUR).tolist()


@pytest.mark.parametrize("size", [3, 10, 48])
def test_a_spike_is_told_stored_and_never_read_however_it_came(
    size: int, desk: Desk, bars: Make, keel: Callable[..., Any]
) -> None:
    close = bars(48).close.copy()
    close[[9, 20]] *= [9.0, 0.1]
    rows = replace(bars(48), close=close, high=np.maximum(bars(48).high, close), low=np.minimum(bars(48).low, close))
    _fetch(desk, Pages(rows, size=size))
    told = take_in_archive(desk, BTC, rows)
    assert (told.bars, told.added, told.flaws, told.quarantined) == (46, 0, {"spike": 2}, 2)
    assert desk.bars.read(BTC).ts.tolist() == np.delete(rows.ts, [9, 20]).tolist()
    assert told.gaps == ()  # they came; that they cannot be trusted is another matter
    asked = keel("sql", "SELECT epoch_us(ts), close, flaw FROM quarantine ORDER BY 1", "--json").json["rows"]
    assert asked == [[int(rows.ts[row]), close[row], "spike"] for row in (9, 20)]
    assert keel("sql", "SELECT count(*) FROM bars", "--json").json["rows"] == [[46]]
    assert not list((desk.lake.root / "quarantine").rglob("*.parquet"))


def test_an_archive_is_quarantined_beside_the_suspects_of_the_lake(desk: Desk, bars: Make) -> None:
    rows = bars(48)
    volume = rows.volume.copy()
    volume[5] = -1.0
    for _ in range(2):
        told = take_in_archive(desk, BTC, replace(rows, volume=volume))
        assert (told.bars, told.quarantined) == (47, 1)
    store = desk.bars.quarantine(BTC, rows.rows(slice(0, 2)), ["conflict", "conflict"])
    assert store is not None
    with duckdb.connect(str(refresh_catalogue(desk.lake)), read_only=True) as connection:
        flaws = connection.execute("SELECT flaw, symbol FROM quarantine ORDER BY 1").fetchall()
    assert flaws == [("conflict", "BTC/USDT")] * 2 + [("negative_volume", "BTC/USDT")]


@pytest.mark.parametrize("apart", [1, 3, 24])
def test_two_rows_alone_say_nothing_about_the_bar_size(apart: int, desk: Desk, bars: Make) -> None:
    rows = bars(2, step=apart * HOUR)
    assert take_in_archive(desk, BTC, rows).bars == 2
    many = bars(9, start=START + 40 * DAY, step=4 * HOUR)
    with pytest.raises(BadInput, match="no two rows are 1h apart"):
        take_in_archive(desk, BTC, many)


def test_an_index_may_come_without_a_volume(keel: Callable[..., Any], frame: Frame, tmp_path: Path) -> None:
    rows = frame(5).assign(ts=pd.date_range("2020-01-06", periods=5).date).drop(columns="volume")
    rows.to_csv(tmp_path / "vix.csv", index=False)
    names = ("--venue", "alpaca", "--timeframe", "1d", "--json")
    told = keel("import", tmp_path / "vix.csv", "--symbol", "VIX", *names)
    assert (told.code, told.json["bars"], told.json["quarantined"]) == (0, 5, 0)
    assert keel("sql", "SELECT sum(volume) FROM bars", "--json").json["rows"] == [[0.0]]
    refused = keel("import", tmp_path / "vix.csv", "--symbol", "SPY", *names)
    assert (refused.code, "no column volume" in refused.sentence) == (2, True)
