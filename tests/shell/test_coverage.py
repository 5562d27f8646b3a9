"""The ledger says what is there, what is missing, what was quiet and what fell into a known outage, and follows the
bars.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock, Timeout
from lakes import lake_bytes
from small_lake import BTC, ETH, NOW, archive, settle

from data.coverage import Absence, Asked, CoverageStore, Ledger
from data.manifest import Manifest, write_manifest
from models.quality import graded_absences
from models.types import BadInput, Bars, Damaged, Series, parse_time
from models.types.timeframes import HOUR, MINUTE
from tasks.bootstrap import build_desk
from tasks.session import stock
from tasks.session.coverage import coverage_of, matching
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.stock import record_asked, take_stock

SPARSE = Series("binance", "XRP/USDT", "1m")
Make = Callable[..., Bars]


@pytest.fixture
def desk(keel_home: Path) -> Desk:
    return build_desk(as_of=NOW)


def _told(desk: Desk, series: Series) -> dict[str, Any]:
    (one,), damaged = coverage_of(desk, [series])
    assert damaged == {}
    return one.as_json()


def test_every_expected_bar_is_counted_once(desk: Desk, bars: Make) -> None:
    """Binance was down from 01:00 to 12:00 of 2018-06-26 (conf/base.yaml); five hours before it are lost."""
    midnight = parse_time("2018-06-26T00:00Z")
    rows = bars(96, start=midnight - 48 * HOUR)
    lost = (rows.ts >= midnight - 4 * HOUR) & (rows.ts < midnight + 14 * HOUR) & (rows.ts != midnight + 5 * HOUR)
    close = rows.close.copy()
    close[10] *= 5.0
    rows = Bars(rows.ts, rows.open, np.maximum(rows.high, close), rows.low, close, rows.volume)
    take_in_archive(desk, BTC, rows.rows(~lost))
    told = _told(desk, BTC)
    assert {name: told[name] for name in ("expected", "present", "quarantined", "quiet", "missing", "outage")} == {
        "expected": 96,
        "present": 96 - 17,
        "quarantined": 1,
        "quiet": 0,
        "missing": 7,
        "outage": 10,
    }
    spans = [(gap["start"][5:16], gap["end"][5:16], gap["missing"], gap["kind"]) for gap in told["gap_list"]]
    assert spans == [
        ("06-25T20:00", "06-26T00:00", 5, "missing"),
        ("06-26T01:00", "06-26T04:00", 4, "outage"),
        ("06-26T06:00", "06-26T11:00", 6, "outage"),
        ("06-26T12:00", "06-26T13:00", 2, "missing"),
    ]


def test_a_quiet_minute_is_no_gap_and_a_silent_day_is_one(desk: Desk) -> None:
    rng = np.random.default_rng(4)
    present = rng.random(20_000) < 0.6
    present[[0, -1]] = True
    present[9_000:10_440] = False
    ts = NOW - 30 * 24 * HOUR + np.flatnonzero(present) * MINUTE
    flat = np.full(ts.size, 1.5)
    take_in_archive(desk, SPARSE, Bars(ts, flat, flat, flat, flat, flat))
    told = _told(desk, SPARSE)
    (gap,) = told["gap_list"]
    assert 1440 <= gap["missing"] <= 1450
    assert gap["kind"] == "missing"
    assert told["quiet"] == 20_000 - ts.size - gap["missing"] > 5_000
    assert told["present"] + told["quiet"] + told["missing"] == told["expected"] == 20_000


def test_a_symbol_is_expected_while_it_is_listed(
    keel_home: Path, monkeypatch: pytest.MonkeyPatch, conf_folder: Path, bars: Make
) -> None:
    (conf_folder / "local.yaml").write_text(
        "venues: {binance: {instruments: {BTC/USDT: {tick: 0.01, lot: 0.00001, min_notional: 5.0, "
        "listed: 2020-01-02}}}}\n"
    )
    desk = build_desk(as_of=NOW)
    rows = bars(48)
    take_in_archive(desk, BTC, rows.rows(np.delete(np.arange(48), [3, 4, 30])))
    assert [(gap["start"], gap["missing"]) for gap in _told(desk, BTC)["gap_list"]] == [("2020-01-02T06:00:00Z", 1)]


def test_the_ledger_follows_the_bars_and_is_not_made_twice(desk: Desk, bars: Make) -> None:
    rows = bars(48)
    take_in_archive(desk, BTC, rows.rows(np.r_[0:20, 25:40]))
    path = desk.coverage.path(BTC)
    assert take_stock(desk, BTC).absences == (Absence(int(rows.ts[20]), int(rows.ts[24]), 5, "missing"),)
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    assert take_stock(desk, BTC) == desk.coverage.read(BTC)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    take_in_archive(desk, BTC, rows)
    ledger = take_stock(desk, BTC)
    assert (ledger.bars, ledger.absences, ledger.last) == (48, (), int(rows.ts[-1]))


def test_what_was_asked_outlives_new_bars(desk: Desk, bars: Make) -> None:
    take_in_archive(desk, BTC, bars(30))
    asked = [Asked(1, 2, 3, "kraken", 0), Asked(4, 5, 6, "bitget", 7)]
    for one in asked:
        record_asked(desk, BTC, one)
    take_in_archive(desk, BTC, bars(48))
    assert take_stock(desk, BTC).asked == tuple(asked)
    assert [one["source"] for one in _told(desk, BTC)["asked"]] == ["kraken", "bitget"]


@pytest.mark.parametrize("content", [b"", b"{}", b"no ledger", b'{"sha256": "0", "body": []}'])
def test_a_damaged_ledger_is_made_anew(content: bytes, desk: Desk, bars: Make) -> None:
    take_in_archive(desk, BTC, bars(30))
    path = desk.coverage.path(BTC)
    sound = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(Damaged, match="ledger"):
        desk.coverage.read(BTC)
    told = take_stock(desk, BTC)
    assert path.read_bytes() == sound
    path.write_bytes(content)
    assert take_in_archive(desk, BTC, bars(30)).bars == told.bars


def test_a_ledger_comes_back_as_it_was_written(tmp_path: Path) -> None:
    from data.lake import Lake

    store = CoverageStore(Lake(tmp_path))
    assert store.read(BTC) is None
    for ledger in (
        Ledger("v", None, None, None, 0, 0, 0, ()),
        Ledger(
            "w",
            (0, 12),
            1,
            9,
            5,
            2,
            3,
            (Absence(2, 3, 2, "missing"), Absence(5, 5, 1, "outage")),
            (Asked(1, 2, 3, "x", 4),),
        ),
    ):
        made = partial(_always, ledger)
        assert store.change(BTC, made) == ledger
        (store.path(BTC).parent / ".writing-abc").write_bytes(b"half")
        store.change(BTC, made)
        assert store.read(BTC) == ledger
        assert sorted(path.name for path in store.path(BTC).parent.iterdir()) == [".lock", "ledger.json"]


def _always(ledger: Ledger, _known: Ledger | None) -> Ledger:
    return ledger


def test_nobody_else_changes_a_ledger_while_it_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch, bars: Make) -> None:
    """What another process asked of a venue meanwhile would be lost."""
    take_in_archive(desk, BTC, bars(30))
    held: list[bool] = []

    def graded(*given: Any) -> Any:
        with pytest.raises(Timeout):
            FileLock(desk.coverage.path(BTC).parent / ".lock").acquire(timeout=0)
        held.append(True)
        return graded_absences(*given)

    monkeypatch.setattr(stock, "graded_absences", graded)
    take_in_archive(desk, BTC, bars(48))
    take_in_archive(desk, BTC, bars(50).rows(slice(49, 50)))
    record_asked(desk, BTC, Asked(1, 2, 3, "kraken", 0))
    assert held == [True, True]
    assert [one.source for one in take_stock(desk, BTC).asked] == ["kraken"]


def test_a_lake_with_an_emptied_series_is_covered_all_the_same(desk: Desk, keel: Callable[..., Any]) -> None:
    settle(desk)
    write_manifest(desk.bars.dataset(ETH).folder, Manifest())  # as repair leaves it whose every part was damaged
    told = keel("data", "coverage", "--json")
    assert told.code == 0, told.err
    empty, full = ({one["series"]: one for one in told.json["series"]}[str(series)] for series in (ETH, BTC))
    assert (empty["first"], empty["last"], empty["present"], empty["expected"]) == (None, None, 0, 700)
    assert full["present"] == len(archive(BTC).ts) - 1
    assert take_in_archive(desk, ETH, archive(ETH)).bars == 700


def test_filters_choose_and_refuse(desk: Desk, keel: Callable[..., Any]) -> None:
    settle(desk)
    assert matching(desk, None, None, None) == [BTC, ETH]
    assert matching(desk, "kraken", None, None) == [ETH]
    assert matching(desk, None, ["BTC/USDT", "ETH/USD"], "1h") == [BTC]
    with pytest.raises(BadInput, match="it has binance BTC/USDT 1h, kraken ETH/USD 1d"):
        matching(desk, "binance", ["ETH/USD"], None)
    before = lake_bytes(desk.lake.root)
    told = keel("data", "coverage", "--venue", "kraken", "--json")
    assert [one["series"] for one in told.json["series"]] == [str(ETH)]
    shown = keel("data", "coverage", "--symbol", "BTC/USDT")
    assert (shown.code, "missing" in shown.out) == (0, True)
    assert lake_bytes(desk.lake.root) == before


def test_the_ledger_follows_the_settings_that_explain_absences(
    desk: Desk, bars: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = bars(48)
    take_in_archive(desk, BTC, rows.rows(np.delete(np.arange(48), [20, 21])))
    assert _told(desk, BTC)["missing"] == 2
    monkeypatch.setenv(
        "KEEL_VENUES__BINANCE__OUTAGES", "[{start: 2020-01-01T20:00Z, end: 2020-01-01T21:00Z, why: a test}]"
    )
    told = _told(build_desk(as_of=NOW), BTC)
    assert (told["missing"], told["outage"]) == (1, 1)


def test_a_damaged_series_hides_no_other(desk: Desk, keel: Callable[..., Any]) -> None:
    settle(desk)
    path = desk.bars.dataset(BTC).folder / desk.bars.dataset(BTC).manifest().parts[0].path
    path.write_bytes(b"spoilt")
    desk.coverage.path(BTC).unlink()
    told = keel("data", "coverage", "--json")
    assert told.code == 1
    assert [one["series"] for one in told.json["series"]] == [str(ETH)]
    assert [(one["series"], path.name in one["reason"]) for one in told.json["damaged"]] == [(str(BTC), True)]


def test_a_lost_end_stays_missing(desk: Desk, bars: Make, keel: Callable[..., Any]) -> None:
    year = parse_time("2020-01-01")
    take_in_archive(desk, BTC, bars(96, start=year - 24 * HOUR))
    head, _ = desk.bars.dataset(BTC).manifest().parts
    (desk.bars.dataset(BTC).folder / head.path).write_bytes(b"spoilt")
    assert keel("data", "repair", "--venue", "kraken", "--json").code == 2, "no series there, and nothing was touched"
    take_in_archive(desk, ETH, archive(ETH))
    assert keel("data", "repair", "--venue", "kraken", "--json").code == 0
    told = _told(desk, BTC)
    assert (told["first"], told["missing"]) == ("2020-01-01T00:00:00Z", 24)
    assert told["gap_list"][0]["start"] == "2019-12-31T00:00:00Z"
