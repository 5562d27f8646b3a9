"""From a venue into the lake: what a fetch asks for, keeps and says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from venues.base import running
from venues.binance import Binance
from venues.cases import access_to
from venues.tape import DAY_MS, FIRST, HOUR_MS, hours

from conf.home import PROJECT
from models.types import Series, Unavailable
from tasks.adapters.feeds import BUILDERS
from tasks.bootstrap import build_desk
from tasks.ports import Feed
from tasks.session.desk import Desk
from tasks.session.intake import ingest

BTC = Series("binance", "BTC/USDT", "1h")
NOON = FIRST + 121 * DAY_MS + 12 * HOUR_MS  # of 2020-05-01


@pytest.fixture
def venue() -> Iterator[Binance]:
    with running(Binance(now=NOON, fault_path="klines")) as told:
        yield told


@pytest.fixture
def feed(venue: Binance, tmp_path: Path) -> Feed:
    return BUILDERS["binance"](access_to(venue, tmp_path, NOON))


@pytest.fixture
def desk(keel_home: Path) -> Desk:
    return build_desk(as_of=NOON * 1000)


def _fetch(desk: Desk, feed: Feed) -> dict[str, Any]:
    return ingest(desk, BTC, feed, None, True, lambda *_: None).as_json()


def test_pages_join_in_the_lake_without_seam(venue: Binance, feed: Feed, desk: Desk) -> None:
    venue.tape = hours(2500)
    told = _fetch(desk, feed)
    assert (told["added"], told["gaps"], told["quarantined"]) == (2500, 0, 0)
    bars, candles = desk.bars.read(BTC), venue.tape.candles(HOUR_MS, 0, NOON)
    assert bars.ts.tolist() == [one.begin * 1000 for one in candles]
    assert bars.close.tolist() == [float(one.close) for one in candles]
    assert bars.volume.tolist() == [float(one.volume) for one in candles]


def test_a_second_fetch_asks_for_the_rest_only(venue: Binance, feed: Feed, desk: Desk) -> None:
    venue.tape = hours(1200)
    assert _fetch(desk, feed)["added"] == 1200
    venue.asked.clear()
    venue.tape = hours(1210)
    assert _fetch(desk, feed)["added"] == 10
    assert int(venue.of("klines")[0].query["startTime"]) == FIRST + 1200 * HOUR_MS


def test_an_interrupted_fetch_goes_on_where_it_stopped(venue: Binance, feed: Feed, desk: Desk) -> None:
    venue.tape, venue.faults = hours(2500), [200, 200, 503, 503, 503]
    with pytest.raises(Unavailable):
        _fetch(desk, feed)
    assert len(desk.bars.read(BTC)) == 2000
    told = _fetch(desk, feed)
    assert (told["added"], told["bars"], told["gaps"]) == (500, 2500, 0)


def test_the_unfinished_bar_is_not_stored(venue: Binance, feed: Feed, desk: Desk) -> None:
    venue.tape = hours(121 * 24 + 12 + 1)  # the last one opened at noon, which is now
    told = _fetch(desk, feed)
    assert (told["added"], told["quarantined"], told["last"]) == (2916, 0, "2020-05-01T11:00:00Z")


def test_a_lasting_fault_leaves_no_lake(venue: Binance, feed: Feed, desk: Desk, keel_home: Path) -> None:
    venue.tape, venue.always = hours(30), 503
    with pytest.raises(Unavailable):
        _fetch(desk, feed)
    assert not (keel_home / "lake").exists()


def test_a_quick_feed_asks_once(venue: Binance, desk: Desk, tmp_path: Path) -> None:
    venue.always, venue.fault_path = 503, "/"
    with pytest.raises(Unavailable):
        _fetch(desk, BUILDERS["binance"](replace(access_to(venue, tmp_path, NOON), attempts=1)))
    assert len(venue.asked) == 1


def test_the_command_says_it_in_one_sentence_and_one_object(tmp_path: Path) -> None:
    names = ["--venue", BTC.venue, "--symbol", BTC.symbol, "--timeframe", BTC.timeframe, "--json"]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
    run = subprocess.run(
        [sys.executable, "-m", "flows.cli", "ingest", *names],
        cwd=PROJECT,
        env=kept
        | {
            "KEEL_HOME": str(tmp_path / "home"),
            "KEEL_VENUES__BINANCE__HTTPS_PROXY": "http://127.0.0.1:9",
            "KEEL_VENUES__BINANCE__BACKUPS": "[]",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("keel: binance did not give its bars")
    assert json.loads(run.stdout)["exit_code"] == 1
    assert not (tmp_path / "home" / "lake").exists()
