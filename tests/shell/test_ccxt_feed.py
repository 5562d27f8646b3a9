"""Bars by REST: ccxt against a Binance on the loopback that can be told to fail."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ccxt
import pytest
import stamina

from conf.home import PROJECT
from models.types import BadInput, Series, Unavailable
from tasks.adapters.feeds.ccxt_rest import CcxtFeed, build_exchange
from tasks.bootstrap import build_desk
from tasks.session.desk import Desk
from tasks.session.intake import ingest
from tests.shell.loopback_venue import FIRST, HOUR_MS, Venue, running_venue

BTC = Series("binance", "BTC/USDT", "1h")
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def venue() -> Iterator[Venue]:
    with running_venue() as told:
        yield told


def _exchange(url: str) -> Any:
    """The exchange that the product builds, with every address but the loopback's dead."""
    exchange = build_exchange("binance", None, None, timeout_ms=500)
    exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], NOWHERE)
    exchange.urls["api"] |= {"public": f"{url}/api/v3", "private": f"{url}/api/v3", "v1": f"{url}/api/v1"}
    exchange.enableRateLimit = False
    return exchange


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.fixture
def feed(venue: Venue) -> CcxtFeed:
    return CcxtFeed(_exchange(venue.url))


@pytest.fixture
def desk(keel_home: Path) -> Desk:
    """A desk at noon of 2020-05-01."""
    return build_desk(as_of=(FIRST + 121 * 24 * HOUR_MS + 12 * HOUR_MS) * 1000)


def _fetch(desk: Desk, feed: CcxtFeed) -> dict[str, Any]:
    return ingest(desk, BTC, feed, None, True, lambda _text: None).as_json()


def test_pages_beyond_a_thousand_bars_join_without_seam(venue: Venue, feed: CcxtFeed, desk: Desk) -> None:
    venue.bars = 2500
    told = _fetch(desk, feed)
    assert (told["added"], told["gaps"], told["quarantined"]) == (2500, 0, 0)
    assert [query["limit"] for query in venue.klines] == ["1000"] * len(venue.klines)
    begins = [int(query["startTime"]) for query in venue.klines[1:]]
    assert begins[:2] == [FIRST + 1000 * HOUR_MS, FIRST + 2000 * HOUR_MS]
    bars = desk.bars.read(BTC)
    assert bars.ts.tolist() == [(FIRST + number * HOUR_MS) * 1000 for number in range(2500)]
    assert bars.close.tolist() == [100.5 + number / 8 for number in range(2500)]
    assert set(bars.volume) == {7.25}


def test_a_second_fetch_asks_for_the_rest_only(venue: Venue, feed: CcxtFeed, desk: Desk) -> None:
    venue.bars = 1200
    assert _fetch(desk, feed)["added"] == 1200
    venue.asked.clear()
    venue.bars = 1210
    assert _fetch(desk, feed)["added"] == 10
    assert int(venue.klines[0]["startTime"]) == FIRST + 1200 * HOUR_MS


def test_an_interrupted_fetch_goes_on_where_it_stopped(venue: Venue, feed: CcxtFeed, desk: Desk) -> None:
    venue.bars = 2500
    venue.fault_path, venue.faults = "klines", [200, 200, 503, 503, 503]
    with pytest.raises(Unavailable):
        _fetch(desk, feed)
    assert len(desk.bars.read(BTC)) == 2000
    told = _fetch(desk, feed)
    assert (told["added"], told["bars"], told["gaps"]) == (500, 2500, 0)


def test_the_unfinished_bar_is_not_stored(venue: Venue, feed: CcxtFeed, desk: Desk) -> None:
    venue.bars = 121 * 24 + 12 + 1  # the last one opened at noon, which is now
    told = _fetch(desk, feed)
    assert (told["added"], told["quarantined"], told["last"]) == (2916, 0, "2020-05-01T11:00:00Z")
    later = desk.at(desk.clock.now() + HOUR_MS * 1000)
    assert _fetch(later, feed)["added"] == 1


def test_an_unknown_symbol_names_its_neighbours(venue: Venue, feed: CcxtFeed, desk: Desk) -> None:
    with pytest.raises(BadInput, match=r"binance has no market BTC/USD; it has BTC/EUR, BTC/USDT"):
        next(feed.pages("BTC/USD", "1h", None))
    with pytest.raises(BadInput, match=r"binance has no market DOGE/USDT; it has 3 others, none of DOGE"):
        next(feed.pages("DOGE/USDT", "1h", None))
    assert venue.klines == []


def test_a_bar_size_that_the_venue_lacks_is_named(feed: CcxtFeed) -> None:
    del feed.exchange.timeframes["30m"]
    with pytest.raises(BadInput, match=r"binance has no 30m bars; it has .*1m, .*1h"):
        next(feed.pages("BTC/USDT", "30m", None))


@pytest.mark.parametrize("fault", [503, 429, "hang", "reset"])
def test_a_passing_fault_is_tried_again(fault: int | str, venue: Venue, feed: CcxtFeed, desk: Desk) -> None:
    venue.bars = 30
    venue.fault_path, venue.faults = "klines", [fault, fault]
    assert _fetch(desk, feed)["added"] == 30
    assert [query.get("startTime") for query in venue.klines[:3]] == [venue.klines[0].get("startTime")] * 3


@pytest.mark.parametrize("path", ["exchangeInfo", "klines"])
@pytest.mark.parametrize("fault", [503, 418, "hang", "reset", "html", "cut"])
def test_a_lasting_fault_is_one_sentence_after_three_attempts(
    fault: int | str, path: str, venue: Venue, feed: CcxtFeed, desk: Desk, keel_home: Path
) -> None:
    venue.bars = 30
    venue.fault_path, venue.faults = path, [fault] * 9
    with pytest.raises(Unavailable, match=r"^binance did not give its bars") as error:
        _fetch(desk, feed)
    assert "\n" not in str(error.value)
    assert venue.url not in str(error.value)
    attempts = [asked for asked in venue.asked if path in asked[0]]
    assert len(attempts) == 3
    assert not keel_home.exists()


def test_a_quick_feed_asks_once(venue: Venue, desk: Desk) -> None:
    venue.faults = [503] * 9
    with pytest.raises(Unavailable):
        _fetch(desk, CcxtFeed(_exchange(venue.url), attempts=1))
    assert len(venue.asked) == 1


def test_a_refused_connection_is_one_sentence_and_nothing_is_written(desk: Desk, keel_home: Path) -> None:
    with pytest.raises(Unavailable, match="check the network, or set the venue's https_proxy"):
        _fetch(desk, CcxtFeed(_exchange(NOWHERE)))
    assert not keel_home.exists()


def test_a_venue_that_ccxt_does_not_know_is_named() -> None:
    with pytest.raises(BadInput, match="ccxt has no exchange mtgox"):
        build_exchange("mtgox", None, None)


def test_a_certificate_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no file"):
        build_exchange("binance", None, str(tmp_path / "ca.pem"))


def test_the_exchange_is_built_for_public_spot_data_only() -> None:
    exchange = build_exchange("binance", "http://127.0.0.1:9", None)
    assert exchange.enableRateLimit
    assert not exchange.apiKey
    assert not exchange.secret
    assert exchange.httpsProxy == "http://127.0.0.1:9"
    assert exchange.timeout == 10_000
    assert exchange.options["defaultType"] == "spot"
    assert isinstance(exchange, ccxt.Exchange)


def test_the_command_says_it_in_one_sentence_and_one_object(tmp_path: Path) -> None:
    names = ["--venue", BTC.venue, "--symbol", BTC.symbol, "--timeframe", BTC.timeframe, "--json"]
    kept = {name: text for name, text in os.environ.items() if not name.startswith("KEEL_")}
    run = subprocess.run(
        [sys.executable, "-m", "flows.cli", "ingest", *names],
        cwd=PROJECT,
        env=kept | {"KEEL_HOME": str(tmp_path / "home"), "KEEL_VENUES__BINANCE__HTTPS_PROXY": NOWHERE},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("keel: binance did not give its bars")
    assert json.loads(run.stdout)["exit_code"] == 1
    assert not (tmp_path / "home").exists()
