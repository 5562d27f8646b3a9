"""Repair takes damage out of the lake and fetches again what is missing; then the lake is what it was."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lakes import equal_bars, lake_bytes
from power import power_until
from small_lake import BTC, ETH, NOW, act, archive, originals, predict, restore, settle

from data.coverage import Asked
from data.manifest import NAME
from data.repair import set_aside
from data.tail_fits import TailFitStore
from data.verify import Damage, verify_lake
from models.tails import Garch, fit_key
from models.types import BadInput, Bars, Series, Unavailable
from models.types.timeframes import DAY, HOUR
from tasks.bootstrap import build_desk
from tasks.ports import Feed, Page
from tasks.session.coverage import coverage_of, matching
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.repairing import Repair, repair
from tasks.session.stock import record_asked, take_stock
from tasks.session.tails.fits import RecordedFits


@pytest.fixture
def desk(keel_home: Path) -> Iterator[Desk]:
    """A home with the small lake; nothing is flushed, which takes most of the time."""
    with power_until(None):
        desk = build_desk(as_of=NOW)
        settle(desk)
        yield desk


@dataclass
class Venue:
    """A feed with these rows, which notes what it was asked for; it breaks off after `good` pages."""

    rows: Bars
    name: str = "venue"
    good: int = 1000
    asked: list[int | None] = field(default_factory=list)

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        self.asked.append(since)
        begin = 0 if since is None else int(np.searchsorted(self.rows.ts, since))
        for number, start in enumerate(range(begin, len(self.rows), 30)):
            if number == self.good:
                raise Unavailable("the line is cut")
            yield Page(self.rows.rows(slice(start, start + 30)), self.name)


def _no_feed(_desk: Desk, series: Series) -> Feed:
    raise BadInput(f"venue {series.venue} has no feed")


def _of_archives(_desk: Desk, series: Series) -> Feed:
    return Venue(archive(series), "archive")


def _silent(_text: str) -> None:
    return None


def _repair(desk: Desk, open_feed: Callable[[Desk, Series], Feed] = _no_feed, store: bool = True) -> Repair:
    return repair(desk, matching(desk, None, None, None), open_feed, store, _silent)


def _bring_back(desk: Desk, name: str) -> None:
    """What the file held once more, twice: what a commit replaced is kept for its readers until the next one."""
    series = BTC if "BTC" in name else ETH
    for _ in range(2):
        if name.startswith(("bars", "quarantine")):
            take_in_archive(desk, series, archive(series))
        if name.startswith("predictions"):
            predict(desk, series)
    act(desk)


def _damage(content: bytes, number: int) -> bytes | None:
    return [content[:40] + bytes([content[40] ^ 1]) + content[41:], content[:-9], b"", None][number % 4]


def test_after_any_damage_repair_and_the_archives_make_the_same_lake(desk: Desk) -> None:
    whole, before = lake_bytes(desk.lake.root), originals(desk.lake.root)
    for number, (name, content) in enumerate(whole.items()):
        path = desk.lake.root / name
        spoilt = _damage(content, number)
        path.unlink()
        if spoilt is not None:
            path.write_bytes(spoilt)
        done = _repair(desk)
        assert {str(one.path) for one in done.set_aside} <= {str(path)}, name
        assert verify_lake(desk.lake, _silent).damaged == (), name
        aside = desk.lake.root / "damaged" / name
        assert aside.exists() == (name in before and spoilt is not None and bool(done.set_aside)), name
        if aside.exists():
            assert aside.read_bytes() == spoilt
        left = {series: desk.bars.read(series) for series in (BTC, ETH)}
        _bring_back(desk, name)
        assert originals(desk.lake.root) == before, name
        for series, bars in left.items():
            assert np.isin(bars.ts, desk.bars.read(series).ts).all()
        restore(desk.lake.root, whole)


def test_a_damaged_manifest_costs_no_bar(desk: Desk) -> None:
    before = originals(desk.lake.root)
    for series in (BTC, ETH):
        path = desk.bars.dataset(series).folder / NAME
        path.write_bytes(path.read_bytes().replace(b'"rows": ', b'"rows": 1'))
    done = _repair(desk)
    assert len(done.set_aside) == 2
    assert done.refetched == () or all(one.why for one in done.refetched)
    assert originals(desk.lake.root) == before


def test_a_rebuilt_manifest_takes_the_newer_of_two_parts_and_no_spoilt_one(desk: Desk) -> None:
    folder = desk.bars.dataset(ETH).folder
    rows = desk.bars.rows(ETH)
    older = build_desk(as_of=NOW, folder=desk.home.parent / "older")
    take_in_archive(older, ETH, archive(ETH).rows(slice(0, 400)))
    for part in older.bars.dataset(ETH).manifest().parts:  # as a writer leaves them who is killed before it sweeps
        (folder / part.path).write_bytes((older.bars.dataset(ETH).folder / part.path).read_bytes())
    (folder / "period=2020" / "0123456789abcdef.parquet").write_bytes(b"spoilt")
    manifest = desk.bars.dataset(ETH).manifest()
    (folder / NAME).unlink()
    assert len(list(folder.rglob("*.parquet"))) == len(manifest.parts) + 2
    _repair(desk)
    assert desk.bars.dataset(ETH).manifest() == manifest
    assert equal_bars(desk.bars.rows(ETH).bars, rows.bars)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_lost_part_is_fetched_again_from_its_first_bar_to_its_last(which: int, desk: Desk) -> None:
    before = originals(desk.lake.root)
    dataset = desk.bars.dataset(ETH)
    part = dataset.manifest().parts[which]
    (dataset.folder / part.path).unlink()
    venue = Venue(archive(ETH), "archive")
    done = _repair(desk, lambda _desk, series: venue if series == ETH else _no_feed(_desk, series))
    (fetched,) = [one for one in done.refetched if one.series == ETH]
    assert (fetched.start, fetched.end) == (part.first, part.last)
    assert (fetched.wanted, fetched.brought, fetched.source, fetched.why) == (part.rows, part.rows, "archive", "")
    assert venue.asked == [part.first]
    assert done.as_json()["brought"] == part.rows
    _repair(desk)
    kept = {name: content for name, content in originals(desk.lake.root).items() if name.startswith("bars")}
    assert kept == {name: content for name, content in before.items() if name.startswith("bars")}
    ledger = take_stock(desk, ETH)
    assert ledger.absences == ()
    assert [(one.start, one.end, one.brought) for one in ledger.asked] == [(part.first, part.last, part.rows)]


def test_a_part_and_its_manifest_lost_at_once_are_fetched_by_what_the_ledger_knew(desk: Desk) -> None:
    dataset = desk.bars.dataset(ETH)
    last = dataset.manifest().parts[-1]
    (dataset.folder / last.path).write_bytes(b"spoilt")
    (dataset.folder / NAME).write_bytes(b"spoilt")
    done = _repair(desk, _of_archives)
    assert len(done.set_aside) == 2
    assert [(one.start, one.end, one.brought) for one in done.refetched if one.series == ETH] == [
        (last.first, last.last, last.rows)
    ]
    assert equal_bars(desk.bars.read(ETH), archive(ETH))


def test_a_dry_run_says_what_would_be_done_and_does_nothing(desk: Desk) -> None:
    part = desk.bars.dataset(ETH).manifest().parts[-1]
    (desk.bars.dataset(ETH).folder / part.path).write_bytes(b"spoilt")
    before = lake_bytes(desk.lake.root)
    done = _repair(desk, _of_archives, store=False)
    assert len(done.set_aside) == 1
    (told,) = [one for one in done.refetched if one.series == ETH]
    assert (told.start, told.end, told.wanted, told.brought) == (part.first, part.last, part.rows, 0)
    assert lake_bytes(desk.lake.root) == before


def test_what_the_venue_lacks_is_asked_again_after_a_week(desk: Desk) -> None:
    hole = take_stock(desk, BTC).absences
    assert [one.missing for one in hole] == [3]
    venue = Venue(archive(BTC))
    for moment, asked in ((NOW, 1), (NOW + 6 * DAY, 0), (NOW + 8 * DAY, 1)):
        venue.asked.clear()
        done = repair(desk.at(moment), [BTC], lambda *_: venue, True, _silent)
        assert venue.asked == [hole[0].start] * asked
        assert [one.why for one in done.refetched] == ["binance has no more than that"] * asked
        assert done.as_json()["left"] == 3 * asked
    assert [one.at for one in take_stock(desk, BTC).asked] == [NOW, NOW + 8 * DAY]


def test_only_the_missing_bars_of_an_answer_are_taken(desk: Desk) -> None:
    whole = archive(BTC)
    ts = np.arange(whole.ts[0], whole.ts[-1] + 20 * HOUR, HOUR)
    close = np.full(ts.size, 100.5)
    venue = Venue(Bars(ts, close, close + 1, close - 1, close, close), "other")
    before = desk.bars.read(BTC)
    done = repair(desk, [BTC], lambda *_: venue, True, _silent)
    assert [(one.wanted, one.brought, one.source) for one in done.refetched] == [(3, 3, "other")]
    rows = desk.bars.rows(BTC)
    assert len(rows.bars) == len(whole) - 1 + 3  # one row of the archive is quarantined
    assert [name for name, n in zip(rows.names, np.bincount(rows.source), strict=True) if n == 3] == ["other"]
    assert np.isin(before.ts, desk.bars.read(BTC).ts).all()
    assert take_stock(desk, BTC).absences == ()


def test_a_cut_line_keeps_what_came_and_is_no_answer(desk: Desk) -> None:
    part = desk.bars.dataset(ETH).manifest().parts[-1]
    (desk.bars.dataset(ETH).folder / part.path).unlink()
    done = repair(desk, [ETH], lambda *_: Venue(archive(ETH), "archive", good=1), True, _silent)
    (told,) = done.refetched
    assert (told.brought, told.why) == (30, "interrupted: the line is cut")
    assert take_stock(desk, ETH).asked == ()
    assert desk.bars.read(ETH).ts[-1] == part.first + 29 * DAY


def test_what_somebody_else_has_put_right_stays(desk: Desk) -> None:
    dataset = desk.bars.dataset(ETH)
    part = dataset.folder / dataset.manifest().parts[0].path
    before = lake_bytes(desk.lake.root)
    for path in (part, dataset.folder / NAME):
        set_aside(desk.lake, Damage(path, "as it was found by a verification some time ago"))
    assert lake_bytes(desk.lake.root) == before


def test_a_part_that_cannot_be_read_is_no_traceback(desk: Desk) -> None:
    """A folder in its place stands for what nobody may read: whether its bars are sound is not known, so it stays."""
    dataset = desk.bars.dataset(ETH)
    part = dataset.folder / dataset.manifest().parts[0].path
    part.unlink()
    part.mkdir()
    (damage,) = [one for one in verify_lake(desk.lake, _silent).damaged if not one.derived]
    assert damage.path == part
    with pytest.raises(Unavailable, match="cannot be read"):
        set_aside(desk.lake, damage)
    part.rmdir()
    os.mkfifo(part)  # is not waited for
    with pytest.raises(Unavailable, match="cannot be read"):
        set_aside(desk.lake, damage)
    assert part.name in str(dataset.manifest().parts)


def test_keel_repairs_and_says_what_it_did(desk: Desk, keel: Callable[..., Any]) -> None:
    part = desk.bars.dataset(BTC).manifest().parts[0]
    path = desk.bars.dataset(BTC).folder / part.path
    path.write_bytes(b"spoilt")
    record_asked(desk, ETH, Asked(1, 2, 3, "somebody", 4))
    told = keel("data", "repair", "--symbol", "ETH/USD", "--json")
    assert told.code == 0
    assert [one["path"] for one in told.json["set_aside"]] == [str(path)]
    assert (told.json["refetched"], told.json["brought"], told.json["dry_run"]) == ([], 0, False)
    assert keel("data", "verify", "--json").code == 0
    assert keel("sql", "SELECT count(*) FROM bars WHERE venue = 'binance'", "--json").json["rows"] == [
        [len(desk.bars.read(BTC))]
    ]
    covered = coverage_of(desk, [ETH])[0][0].as_json()
    assert covered["asked"] == [
        {
            "start": "1970-01-01T00:00:00.000001Z",
            "end": "1970-01-01T00:00:00.000002Z",
            "at": "1970-01-01T00:00:00.000003Z",
            "source": "somebody",
            "brought": 4,
        }
    ]


def test_a_lake_whose_only_manifest_is_lost_is_repaired(keel_home: Path, keel: Callable[..., Any]) -> None:
    desk = build_desk(as_of=NOW)
    take_in_archive(desk, ETH, archive(ETH))
    path = desk.bars.dataset(ETH).folder / NAME
    path.unlink()
    refused = keel("data", "coverage", "--json")
    assert (refused.code, str(path) in refused.sentence) == (1, True)
    assert keel("data", "repair", "--json").code == 0
    assert equal_bars(build_desk(as_of=NOW).bars.read(ETH), archive(ETH))


def test_a_venue_that_does_not_answer_is_asked_once(desk: Desk, bars: Callable[..., Bars]) -> None:
    asked = []

    class Silent:
        name = "kraken"

        def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
            asked.append(since)
            raise Unavailable("the line is cut")

    hours = bars(300, start=NOW - 400 * HOUR)
    other = Series("kraken", "LTC/USD", "1h")
    take_in_archive(desk, other, hours.rows(np.delete(np.arange(300), [50, 51, 120, 200])))
    done = repair(desk, [other], lambda *_: Silent(), store=True, report=lambda _: None)
    assert [one.wanted for one in done.refetched] == [2, 1, 1]
    assert len(asked) == 1
    assert [one.why.split(":")[0] for one in done.refetched] == ["interrupted", "not asked", "not asked"]
    assert take_stock(desk, other).asked == (), "nobody said that there is nothing"


def test_a_damaged_fit_of_tails_goes_and_is_made_again(desk: Desk) -> None:
    def fit(_: np.ndarray) -> Garch:
        made.append(1)
        return Garch(0.1, 0.02, 0.05, 0.03, 0.9, 5.0)

    made: list[int] = []
    window = np.linspace(-2.0, 2.0, 400)
    store = TailFitStore(desk.lake)
    wanted = RecordedFits(store, fit)(window)
    key = fit_key(window)
    (path,) = [one for found, one in store.files() if found == key]
    other, lost = path.parent.parent / "ff" / f"{'f' * 64}.json", path.parent.parent / "zz" / path.name
    for copy in (other, lost):
        copy.parent.mkdir()
        copy.write_bytes(path.read_bytes())
    path.write_bytes(path.read_bytes().replace(b"0.05", b"0.06"))
    damaged = {one.path: one for one in verify_lake(desk.lake, lambda _: None).damaged}
    assert set(damaged) == {path, other, lost}
    assert all(one.derived and str(one.path) in one.reason for one in damaged.values())
    done = repair(desk, [], _no_feed, store=True, report=lambda _: None)
    assert {one.path for one in done.set_aside} == {path, other, lost}
    assert not path.exists()
    assert not other.exists()
    assert not lost.exists()
    assert verify_lake(desk.lake, lambda _: None).damaged == ()
    assert RecordedFits(store, fit)(window) == wanted
    assert len(made) == 2
    assert path.exists()
