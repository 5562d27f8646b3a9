"""The embedded series: all there, whole by the exchange's calendar, without network."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.types import BadInput, Bars
from tasks.adapters.feeds.sample import SYMBOLS, SampleFeed
from tasks.ports import Page

DAY = 86_400_000_000
FIGURES = ("open", "high", "low", "close", "volume")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the sample asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize(
    ("symbol", "count", "first", "last"),
    [
        ("SP500", 5031, "1999-01-04", "2018-12-31"),
        ("NASDAQ", 5031, "1999-01-04", "2018-12-31"),
        ("VIX", 1259, "2014-01-03", "2019-01-03"),
    ],
)
def test_a_series_is_complete_and_sound(
    symbol: str, count: int, first: str, last: str, keel: Callable[..., Any]
) -> None:
    outcome = keel("ingest", "--symbol", symbol, "--json")
    assert outcome.code == 0, outcome.err
    told = outcome.json
    assert (told["bars"], told["added"], told["gaps"], told["quarantined"]) == (count, count, 0, 0)
    assert (told["first"], told["last"]) == (f"{first}T00:00:00Z", f"{last}T00:00:00Z")


def only(pages: Iterator[Page]) -> Bars:
    (page,) = pages
    assert page.source == "sample"
    return page.bars


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_no_figure_is_missing(symbol: str) -> None:
    page = only(SampleFeed().pages(symbol, "1d", None))
    assert all(np.isfinite(getattr(page, name)).all() for name in FIGURES)
    assert (np.diff(page.ts) >= DAY).all()
    assert (page.ts % DAY == 0).all()
    assert (page.low > 0).all()


def test_vix_has_closes_only() -> None:
    page = only(SampleFeed().pages("VIX", "1d", None))
    assert all((getattr(page, name) == page.close).all() for name in ("open", "high", "low"))
    assert not page.volume.any()


def test_since_begins_there() -> None:
    whole = only(SampleFeed().pages("SP500", "1d", None))
    for since, rows in ((int(whole.ts[100]), 4931), (int(whole.ts[100]) + 1, 4930), (int(whole.ts[-1]) + 1, 0)):
        page = only(SampleFeed().pages("SP500", "1d", since))
        assert len(page) == rows


def test_the_configured_book_brings_its_index_and_the_second_time_nothing(
    keel: Callable[..., Any], lake_hash: Callable[[], str]
) -> None:
    told = keel("ingest", "--json").json
    assert told["added"] == 5031 + 5031 + 1259
    assert [one["series"] for one in told["series"]] == ["sample SP500 1d", "sample NASDAQ 1d", "sample VIX 1d"]
    before = lake_hash()
    again = keel("ingest", "--json").json
    assert (again["added"], again["bars"]) == (0, 11321)
    assert lake_hash() == before


def test_a_dry_run_writes_nothing(keel: Callable[..., Any], keel_home: Path) -> None:
    told = keel("ingest", "--symbol", "SP500", "--dry-run", "--json").json
    assert (told["added"], told["bars"], told["dry_run"]) == (5031, 0, True)
    assert not keel_home.exists()


@pytest.mark.parametrize(("symbol", "timeframe"), [("DAX", "1d"), ("SP500", "1h"), ("sp500", "1d")])
def test_what_the_sample_lacks_is_named(symbol: str, timeframe: str, keel: Callable[..., Any], keel_home: Path) -> None:
    outcome = keel("ingest", "--symbol", symbol, "--timeframe", timeframe, "--json")
    assert outcome.code == 2
    assert outcome.json["exit_code"] == 2
    if symbol == "sp500":
        assert "trading.symbols" in outcome.sentence
        return
    assert "SP500, NASDAQ, VIX in daily bars (1d)" in outcome.err
    assert f"{symbol} in {timeframe}" in outcome.err
    assert not (keel_home / "lake").exists()


def test_an_unknown_symbol_is_refused_before_any_page() -> None:
    with pytest.raises(BadInput, match="not DAX in 1d"):
        next(SampleFeed().pages("DAX", "1d", None))
